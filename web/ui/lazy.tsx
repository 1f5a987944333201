// A part of the page that comes only when it is needed.

import { useEffect, useState } from "preact/hooks"
import { Button } from "./button.tsx"
import type { Part } from "./part.ts"
import { Skeleton } from "./skeleton.tsx"

export interface LazyLabels {
  readonly failed: string
  readonly reload: string
  readonly again: string
}

export interface LazyProps<Props> {
  readonly part: Part<Props>
  readonly props: Props
  readonly labels: LazyLabels
  /** A part that could not be loaded may be of an older page than the gateway serves now. */
  readonly onReload: () => void
  /** The gateway does not answer: whoever left the page now would not get it back. */
  readonly away?: boolean
}

/** The part with its props, at once if it is there; a skeleton until it is. */
export function Lazy<Props extends object>(lazy: LazyProps<Props>) {
  const { part, props, labels, onReload, away = false } = lazy
  const [, setArrivals] = useState(0)
  const [failed, setFailed] = useState(false)
  // Whatever is asked for again, what was said of it stays until it comes.
  const [tries, setTries] = useState(0)
  const Loaded = part.loaded()
  useEffect(() => setFailed(false), [part])
  useEffect(() => {
    if (Loaded !== undefined) return
    let isCurrent = true
    part.load().then(
      () => {
        if (isCurrent) setArrivals((count) => count + 1)
      },
      () => {
        if (isCurrent) setFailed(true)
      },
    )
    return () => {
      isCurrent = false
    }
  }, [part, tries])
  const tryAgain = () => setTries((count) => count + 1)
  useEffect(() => {
    if (failed && !away) tryAgain()
    // Only once for each return of the gateway, not whenever it failed.
  }, [away])

  if (Loaded !== undefined) return <Loaded {...props} />
  if (failed) {
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
  return <Skeleton />
}
