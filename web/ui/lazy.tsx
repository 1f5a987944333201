// A part of the page that comes only when it is needed.

import type { ComponentType } from "preact"
import { useEffect, useState } from "preact/hooks"
import { Button } from "./button.tsx"

export interface LazyLabels {
  readonly failed: string
  readonly reload: string
}

export interface LazyProps<Props> {
  readonly load: () => Promise<ComponentType<Props>>
  readonly props: Props
  readonly labels: LazyLabels
  /** A part that could not be loaded may be of an older page than the gateway serves now. */
  readonly onReload: () => void
}

/** The part with its props; a skeleton until it is there. `load` must be the same function each time. */
export function Lazy<Props extends object>({ load, props, labels, onReload }: LazyProps<Props>) {
  const [Part, setPart] = useState<ComponentType<Props>>()
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    let isCurrent = true
    setFailed(false)
    setPart(undefined)
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
  }, [load])

  if (failed) {
    return (
      <div class="problem" role="alert">
        <p>{labels.failed}</p>
        <Button label={labels.reload} icon="retry" onClick={onReload} />
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
