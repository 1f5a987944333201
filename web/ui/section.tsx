import type { ComponentChildren } from "preact"
import { useEffect, useLayoutEffect, useRef } from "preact/hooks"

export interface SectionProps {
  readonly title: string
  readonly children: ComponentChildren
}

/** A titled part of a panel. When the row that had the focus is gone, the title has it. */
export function Section({ title, children }: SectionProps) {
  const section = useRef<HTMLElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const last = useRef<Element>(undefined)

  useEffect(() => {
    const remember = ({ target }: Event) => {
      const isInside = target instanceof Element && section.current?.contains(target) === true
      last.current = isInside ? target : undefined
    }
    document.addEventListener("focusin", remember)
    return () => document.removeEventListener("focusin", remember)
  }, [])

  useLayoutEffect(() => {
    const isGone = last.current?.isConnected === false
    if (isGone && document.activeElement === document.body) heading.current?.focus()
  })

  return (
    <section ref={section} aria-label={title}>
      <h3 class="section-title" ref={heading} tabIndex={-1}>
        {title}
      </h3>
      {children}
    </section>
  )
}
