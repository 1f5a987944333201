// A storm of one cause gives one line a minute, with a count.

import type { Clock, Timer } from "./clock.ts"
import type { LogFields, Logger } from "./logger.ts"

export interface RateLimitedLog {
  /**
   * The first line of `key` is written at once; those of the minute after it are counted, and the
   * last of them is written with `repeated` at the minute's end.
   */
  warn(key: string, message: string, fields?: LogFields): void
  /** Writes what was counted so far. */
  stop(): void
}

export interface RateLimitedLogOptions {
  readonly log: Logger
  readonly clock: Clock
  readonly windowMs?: number
}

interface Cause {
  timer: Timer
  repeated: number
  message: string
  fields: LogFields | undefined
}

/** Strangers may bring the key, so the number of causes is bounded; the rest share one. */
const MAX_CAUSES = 1_000
const OTHERS = "others"

export function createRateLimitedLog(options: RateLimitedLogOptions): RateLimitedLog {
  const { log, clock, windowMs = 60_000 } = options
  const causes = new Map<string, Cause>()

  function writeCount(cause: Cause): void {
    log.warn(cause.message, { ...cause.fields, repeated: cause.repeated })
  }

  function endWindow(key: string): void {
    const cause = causes.get(key)
    if (cause === undefined) return
    if (cause.repeated === 0) {
      causes.delete(key)
      return
    }
    writeCount(cause)
    cause.repeated = 0
    cause.timer = clock.after(windowMs, () => endWindow(key))
  }

  return {
    warn(givenKey, message, fields) {
      const known = causes.has(givenKey) || causes.size < MAX_CAUSES
      const key = known ? givenKey : OTHERS
      const cause = causes.get(key)
      if (cause !== undefined) {
        cause.repeated += 1
        cause.message = message
        cause.fields = fields
        return
      }
      log.warn(message, fields)
      const timer = clock.after(windowMs, () => endWindow(key))
      causes.set(key, { timer, repeated: 0, message, fields })
    },
    stop() {
      for (const cause of causes.values()) {
        cause.timer.cancel()
        if (cause.repeated > 0) writeCount(cause)
      }
      causes.clear()
    },
  }
}
