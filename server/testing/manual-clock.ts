// A clock that stands still until a test moves it.

import type { Clock } from "../host/clock.ts"

export interface ManualClock extends Clock {
  /** Moves time forward and runs, in order, every action that falls due; between two actions pending promises settle. */
  advance(byMs: number): Promise<void>
  readonly waiting: number
}

export function createManualClock(startMs = Date.UTC(2026, 0, 1)): ManualClock {
  let elapsed = 0
  const timers = new Set<{ dueAt: number; action: () => void }>()

  async function settle(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve))
  }

  return {
    now: () => startMs + elapsed,
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
    get waiting() {
      return timers.size
    },
  }
}
