// A clock that stands still until a test moves it.

import type { Clock } from "../gateway.ts"

export interface ManualClock extends Clock {
  /** Moves time forward and runs what falls due, in order; between two actions pending promises settle. */
  advance(byMs: number): Promise<void>
}

export function createManualClock(startMs = Date.UTC(2026, 0, 1)): ManualClock {
  let now = startMs
  const timers = new Set<{ dueAt: number; action: () => void }>()
  return {
    now: () => now,
    after(delayMs, action) {
      const timer = { dueAt: now + delayMs, action }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    async advance(byMs) {
      const end = now + byMs
      await settle()
      for (;;) {
        const next = [...timers].sort((a, b) => a.dueAt - b.dueAt)[0]
        if (next === undefined || next.dueAt > end) break
        now = Math.max(now, next.dueAt)
        timers.delete(next)
        next.action()
        await settle()
      }
      now = end
      await settle()
    },
  }
}

/** Lets every promise that can settle do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}
