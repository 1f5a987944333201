// A part of the page that comes only when it is needed.

import type { ComponentType } from "preact"
import { useEffect, useState } from "preact/hooks"
import { Button } from "./button.tsx"

export interface LazyLabels {
  readonly failed: string
  readonly reload: string
  readonly again: string
}

export interface LazyProps<Props> {
  readonly load: () => Promise<ComponentType<Props>>
  readonly props: Props
  readonly labels: LazyLabels
  /** A part that could not be loaded may be of an older page than the gateway serves now. */
  readonly onReload: () => void
  /** The gateway does not answer: whoever left the page now would not get it back. */
  readonly away?: boolean
}

/** The part with its props; a skeleton until it is there. `load` must be the same function each time. */
export function Lazy<Props extends object>(lazy: LazyProps<Props>) {
  const { load, props, labels, onReload, away = false } = lazy
  const [Part, setPart] = useState<ComponentType<Props>>()
  const [failed, setFailed] = useState(false)
  // Whatever is asked for again, what was said of it stays until it comes.
  const [tries, setTries] = useState(0)
  useEffect(() => {
    setFailed(false)
    setPart(undefined)
  }, [load])
  useEffect(() => {
    let isCurrent = true
    load().then(
      (part) => {
        if (isCurrent) setPart(() => part)
      },
      () => {
        if (isCurrent) setFailed(true)
      },
    )
    return () => {
      isCurrent = false
    }
  }, [load, tries])
  const tryAgain = () => setTries((count) => count + 1)
  useEffect(() => {
    if (failed && !away) tryAgain()
    // Only once for each return of the gateway, not whenever it failed.
  }, [away])

  if (failed && Part === undefined) {
    return (
      <div class="problem" role="alert">
        <p>{labels.failed}</p>
        <Button
          label={away ? labels.again : labels.reload}
          icon="retry"
          onClick={away ? tryAgain : onReload}
        />
      </div>
    )
  }
  if (Part === undefined) {
    return (
      <div class="skeleton" aria-hidden="true">
        <span />
        <span />
        <span />
      </div>
    )
  }
  return <Part {...props} />
}
