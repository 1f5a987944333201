// Where the view stands in the rows: it follows what is new only from the bottom, and what is read stays
// where it is, whatever changes above it.

import type { RefObject } from "preact"
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks"
import type { Row } from "../../store/arrange.ts"
import { BOTTOM_PX, countUnseen, followsAfter, type Place } from "./follow.ts"

interface ScrollParts {
  readonly scroller: RefObject<HTMLElement | null>
  readonly list: RefObject<HTMLOListElement | null>
  readonly rows: readonly Row[]
}

const OPEN_MENU = ":popover-open"

/** The row at the upper edge of the view, and where its own edge is. */
interface Anchor {
  readonly row: Element
  readonly offset: number
}

export function useScroll({ scroller, list, rows }: ScrollParts) {
  const [isAway, setAway] = useState(false)
  const [seen, setSeen] = useState(rows)
  const following = useRef(true)
  const place = useRef<Place>({ top: 0, below: 0 })
  const anchor = useRef<Anchor>(undefined)

  const remember = () => {
    const box = scroller.current
    if (box === null) return
    place.current = placeOf(box)
    anchor.current = findAnchor(box, list.current)
    setAway(!following.current && place.current.below > BOTTOM_PX)
  }

  /** After the rows changed in number or height. */
  const settle = () => {
    const box = scroller.current
    if (box === null) return
    if (following.current) {
      // A message whose menu is open stays where it is meanwhile.
      if (list.current?.querySelector(OPEN_MENU) == null) box.scrollTop = box.scrollHeight
    } else if (anchor.current?.row.isConnected === true) {
      const moved = offsetIn(box, anchor.current.row) - anchor.current.offset
      if (moved !== 0) box.scrollTop += moved
    }
    remember()
  }

  useLayoutEffect(() => {
    // What somebody sends is looked at.
    if (rows.at(-1)?.kind === "pending") following.current = true
    settle()
  }, [rows])

  // Rows change their height without new rows: a text streams in, a tool's output is opened.
  useEffect(() => {
    const box = scroller.current
    if (box === null || list.current === null) return
    const observer = new ResizeObserver(settle)
    observer.observe(box)
    observer.observe(list.current)
    // What came while a menu was open is caught up with when it closes; its event does not rise to here.
    box.addEventListener("toggle", settle, true)
    return () => {
      observer.disconnect()
      box.removeEventListener("toggle", settle, true)
    }
  }, [])

  return {
    isAway,
    unseen: isAway ? countUnseen(rows, seen) : 0,
    scrolled() {
      const box = scroller.current
      if (box === null) return
      following.current = followsAfter(following.current, place.current, placeOf(box))
      if (following.current || !isAway) setSeen(rows)
      remember()
    },
    jump() {
      following.current = true
      settle()
      // The button goes away, and the focus with it.
      scroller.current?.focus()
    },
  }
}

function placeOf({ clientHeight, scrollHeight, scrollTop }: HTMLElement): Place {
  return { top: scrollTop, below: scrollHeight - scrollTop - clientHeight }
}

function offsetIn(box: HTMLElement, row: Element): number {
  return row.getBoundingClientRect().top - box.getBoundingClientRect().top
}

/** Rows stand one under the other, so the first one in view is found by halves. */
function findAnchor(box: HTMLElement, list: HTMLOListElement | null): Anchor | undefined {
  const rows = list?.children
  if (rows === undefined) return undefined
  const edge = box.getBoundingClientRect().top
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((rows[middle]?.getBoundingClientRect().bottom ?? 0) > edge) high = middle
    else low = middle + 1
  }
  // What stands above a day changes with the messages before it.
  const isDay = rows[low]?.classList.contains("row-day") === true
  const row = rows[isDay ? low + 1 : low]
  return row === undefined ? undefined : { row, offset: offsetIn(box, row) }
}
