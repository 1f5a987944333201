// How late timers run: a blocked event loop shows here before it shows anywhere else.

import type { Clock, Timer } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"

const PERIOD_MS = 5_000
const REMEMBERED = 12
const WORTH_A_LINE_MS = 1_000

export interface LagMeter {
  /** The worst of the last minute. */
  readonly worstMs: number
  stop(): void
}

export function createLagMeter(clock: Clock, log: Logger): LagMeter {
  let latest: number[] = []
  let timer: Timer = measure()

  function measure(): Timer {
    const dueAt = clock.monotonic() + PERIOD_MS
    return clock.after(PERIOD_MS, () => {
      const lateMs = Math.max(0, Math.round(clock.monotonic() - dueAt))
      latest = [lateMs, ...latest].slice(0, REMEMBERED)
      if (lateMs > WORTH_A_LINE_MS) log.warn("the event loop was blocked", { lateMs })
      timer = measure()
    })
  }

  return {
    get worstMs() {
      return Math.max(0, ...latest)
    },
    stop: () => timer.cancel(),
  }
}
