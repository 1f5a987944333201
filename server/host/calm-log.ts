// Keeps a storm out of the log: one line a cause and minute, with a count. Nothing is lost: every
// repetition is still written as a debug line.

import type { Clock, Timer } from "./clock.ts"
import type { LogFields, Logger } from "./logger.ts"

export interface CalmLog {
  readonly logger: Logger
  /** Writes what was counted so far. */
  stop(): void
}

export interface CalmLogOptions {
  readonly log: Logger
  readonly clock: Clock
  readonly windowMs?: number
}

type Level = "warn" | "error"

interface Cause {
  readonly log: Logger
  readonly level: Level
  timer: Timer
  repeated: number
  message: string
  fields: LogFields | undefined
}

/** Strangers may bring the causes, so their number is bounded; the rest share one. */
const MAX_CAUSES = 1_000
const OTHERS = "others"

/**
 * The same log, in which the first warning or error of a cause is written at once; those of the minute
 * after it are counted, and the last of them is written with `repeated` at the minute's end. A cause is
 * an area, a message and its `error`, whatever else the line tells.
 */
export function createCalmLog({ clock, log, windowMs = 60_000 }: CalmLogOptions): CalmLog {
  const causes = new Map<string, Cause>()

  function write({ fields, level, log, message }: Cause, repeated: number): void {
    log[level](message, { ...fields, repeated })
  }

  function endWindow(key: string): void {
    const cause = causes.get(key)
    if (cause === undefined) return
    if (cause.repeated === 0) {
      causes.delete(key)
      return
    }
    write(cause, cause.repeated)
    cause.repeated = 0
    cause.timer = clock.after(windowMs, () => endWindow(key))
  }

  function note(
    log: Logger,
    level: Level,
    area: string,
    message: string,
    fields?: LogFields,
  ): void {
    const own = JSON.stringify([level, area, message, toText(fields?.["error"])])
    const key = causes.has(own) || causes.size < MAX_CAUSES ? own : OTHERS
    const cause = causes.get(key)
    if (cause === undefined) {
      log[level](message, fields)
      const timer = clock.after(windowMs, () => endWindow(key))
      causes.set(key, { log, level, timer, repeated: 0, message, fields })
      return
    }
    log.debug(message, fields)
    cause.repeated += 1
    cause.message = message
    cause.fields = fields
  }

  function calm(inner: Logger, area: string): Logger {
    return {
      debug: (message, fields) => inner.debug(message, fields),
      info: (message, fields) => inner.info(message, fields),
      warn: (message, fields) => note(inner, "warn", area, message, fields),
      error: (message, fields) => note(inner, "error", area, message, fields),
      area: (name) => calm(inner.area(name), name),
    }
  }

  return {
    logger: calm(log, ""),
    stop() {
      for (const cause of causes.values()) {
        cause.timer.cancel()
        if (cause.repeated > 0) write(cause, cause.repeated)
      }
      causes.clear()
    },
  }
}

function toText(error: unknown): string {
  if (error === undefined) return ""
  return error instanceof Error ? error.message : String(error)
}
