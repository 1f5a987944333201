// Many lines in a box that scrolls along with what is added at its end, while its end is in sight.

import "./lines.css"
import type { ComponentChildren } from "preact"
import { useLayoutEffect, useRef, useState } from "preact/hooks"
import { Button } from "./button.tsx"

export interface LinesProps {
  readonly label: string
  readonly jumpLabel: string
  /** Another list whenever something of it changed. */
  readonly rows: readonly unknown[]
  /** Stands in the place of the lines. */
  readonly none: string | undefined
  readonly children: ComponentChildren
}

const BOTTOM_PX = 40

export function Lines({ label, jumpLabel, rows, none, children }: LinesProps) {
  const box = useRef<HTMLElement>(null)
  const [isAway, setAway] = useState(false)
  const isFollowing = useRef(true)

  const toEnd = () => {
    if (box.current !== null) box.current.scrollTop = box.current.scrollHeight
  }
  useLayoutEffect(() => {
    if (isFollowing.current) toEnd()
  }, [rows])

  return (
    <div class="lines-frame">
      <section
        ref={box}
        class="lines"
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard.
        tabIndex={0}
        onScroll={({ currentTarget }) => {
          const { clientHeight, scrollHeight, scrollTop } = currentTarget
          isFollowing.current = scrollHeight - scrollTop - clientHeight <= BOTTOM_PX
          setAway(!isFollowing.current)
        }}
      >
        {none !== undefined && <p class="muted">{none}</p>}
        <ol>{children}</ol>
      </section>
      {isAway && (
        <div class="lines-jump">
          <Button
            label={jumpLabel}
            icon="arrowDown"
            onClick={() => {
              isFollowing.current = true
              setAway(false)
              toEnd()
              box.current?.focus()
            }}
          />
        </div>
      )}
    </div>
  )
}
