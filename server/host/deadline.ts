// A deadline of somebody else. If this process was held up, what that somebody sent in time may still lie
// unread, so a deadline that is noticed late is put off until it can have been read.

import type { Clock, Timer } from "./clock.ts"

/** Timers are this late without anything being held up. */
const USUAL_MS = 10
/** What was held up for hours, as in sleep, is read in this time as well. */
const MAX_GRACE_MS = 5_000

/** Calls `passed` once, after `delayMs` or, when that is noticed late, once after as long again, up to 5 s. */
export function createDeadline(clock: Clock, delayMs: number, passed: () => void): Timer {
  const dueAt = clock.monotonic() + delayMs
  let timer = clock.after(delayMs, () => {
    const lateMs = clock.monotonic() - dueAt
    if (lateMs <= USUAL_MS) passed()
    else timer = clock.after(Math.min(lateMs, MAX_GRACE_MS), passed)
  })
  return { cancel: () => timer.cancel() }
}
