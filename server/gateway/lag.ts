// How late timers run: a blocked event loop shows here before it shows anywhere else.

import type { Clock, Timer } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"

const PERIOD_MS = 250
const REMEMBERED = 60_000 / PERIOD_MS
/** A block that began right after a look shows only what it lasted beyond the next one. */
const WORTH_A_LINE_MS = 1_000 - PERIOD_MS
/** No program is blocked for so long: the machine slept. */
const ASLEEP_MS = 60_000

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
      timer = measure()
      if (lateMs > ASLEEP_MS) {
        log.info("the machine was asleep", { seconds: Math.round(lateMs / 1_000) })
        return
      }
      latest = [lateMs, ...latest].slice(0, REMEMBERED)
      if (lateMs > WORTH_A_LINE_MS) log.warn("the event loop was blocked", { lateMs })
    })
  }

  return {
    get worstMs() {
      return Math.max(0, ...latest)
    },
    stop: () => timer.cancel(),
  }
}
