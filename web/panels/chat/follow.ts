// Whether the view follows what is new, and how much of it was not seen. Pure.

import type { Row } from "../../store/arrange.ts"

export interface Place {
  readonly top: number
  /** How far the end is below the lower edge of the view. */
  readonly below: number
}

/** This close to the end counts as there. */
export const BOTTOM_PX = 80
/** Browsers round what they scroll. */
const ROUNDING_PX = 2

/**
 * After the view was scrolled: going up lets go at once, also a little; coming down to the end takes up
 * again. A place that only moved because the rows above or below changed says nothing of a wish.
 */
export function followsAfter(was: boolean, before: Place, now: Place): boolean {
  const moved = now.top - before.top
  const isAtEnd = now.below <= ROUNDING_PX
  if (moved < -ROUNDING_PX) return isAtEnd
  return isAtEnd || (now.below <= BOTTOM_PX && (was || moved > ROUNDING_PX))
}

/** How many rows came since: what stands before the first one that was seen is older, however late it came. */
export function countUnseen(rows: readonly Row[], seen: readonly Row[]): number {
  if (rows === seen) return 0
  const keys = new Set(seen.map(({ key }) => key))
  const first = rows.findIndex(({ key }) => keys.has(key))
  return rows.filter(({ key, kind }, at) => at > first && kind !== "day" && !keys.has(key)).length
}
