// A line over the page, or over the message box, that goes away by itself or when it was read.

import type { ComponentChildren } from "preact"
import { useLayoutEffect, useRef } from "preact/hooks"
import { goOn } from "./go-on.ts"

export interface StripProps {
  readonly tone: "quiet" | "busy" | "good"
  readonly label: string
  readonly children: ComponentChildren
}

export function Strip({ tone, label, children }: StripProps) {
  const strip = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    const box = strip.current
    return () => {
      if (box?.contains(document.activeElement)) goOn(() => undefined)
    }
  }, [])
  return (
    <section ref={strip} class={`banner banner-${tone}`} aria-label={label}>
      {children}
    </section>
  )
}
