// A clock that stands still until a test moves it.

import type { Clock } from "../host/clock.ts"

export interface ManualClock extends Clock {
  /** Moves time forward and runs, in order, every action that falls due; between two actions pending promises settle. */
  advance(byMs: number): Promise<void>
  /**
   * Moves time forward as it does for a process that is held up, or sleeps: only at the end does what fell
   * due run, late and before anything that came in meanwhile is read.
   */
  holdUp(byMs: number): void
  /** Somebody sets the wall clock, ahead or back; no time passes. */
  set(byMs: number): void
  readonly waiting: number
}

export function createManualClock(startMs = Date.UTC(2026, 0, 1)): ManualClock {
  let elapsed = 0
  let wall = startMs
  const timers = new Set<{ dueAt: number; action: () => void }>()

  async function settle(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve))
  }

  return {
    now: () => wall + elapsed,
    monotonic: () => elapsed,
    after(delayMs, action) {
      const timer = { dueAt: elapsed + delayMs, action }
      timers.add(timer)
      return { cancel: () => void timers.delete(timer) }
    },
    async advance(byMs) {
      const end = elapsed + byMs
      await settle()
      for (;;) {
        const next = [...timers].sort((a, b) => a.dueAt - b.dueAt)[0]
        if (next === undefined || next.dueAt > end) break
        elapsed = Math.max(elapsed, next.dueAt)
        timers.delete(next)
        next.action()
        await settle()
      }
      elapsed = end
      await settle()
    },
    holdUp(byMs) {
      elapsed += byMs
      const due = [...timers].filter(({ dueAt }) => dueAt <= elapsed)
      for (const timer of due.sort((a, b) => a.dueAt - b.dueAt)) {
        if (timers.delete(timer)) timer.action()
      }
    },
    set(byMs) {
      wall += byMs
    },
    get waiting() {
      return timers.size
    },
  }
}
