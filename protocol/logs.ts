// The latest lines of the gateway's log (rule M11).

import * as v from "valibot"
import { LIMITS } from "./limits.ts"
import { shortText, TimestampMs } from "./text.ts"

const LogLevel = v.picklist(
  ["debug", "info", "warn", "error"],
  "must be one of debug, info, warn, error",
)

export const LogLine = v.object({
  ts: TimestampMs,
  level: LogLevel,
  /** The part of the gateway that wrote it. */
  area: v.string(),
  text: v.string(),
})
export type LogLine = v.InferOutput<typeof LogLine>

/** Params of `logs.tail`; without a `cursor` the latest lines are given. */
export const LogsTailParams = v.strictObject({
  cursor: v.optional(shortText()),
  limit: v.optional(
    v.pipe(
      v.number(),
      v.safeInteger("must be a whole number"),
      v.minValue(1, "must be at least 1"),
      v.maxValue(LIMITS.maxLogLines, `must be at most ${LIMITS.maxLogLines}`),
    ),
  ),
  minLevel: v.optional(LogLevel),
})

/** Oldest first; `cursor` leads to what comes behind. */
export const LogsTail = v.object({ lines: v.array(LogLine), cursor: v.string() })
