import { invalidRequest, LIMITS } from "#protocol"
import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"

/** Everything of the response but its lines. */
const OVERHEAD_BYTES = 4 * 1024

/** `logs.tail` (M11): the latest lines of the log, then what comes behind them. */
export function logsTail({ logTail }: MethodParts): Handler<"logs.tail"> {
  return async ({ cursor, limit = LIMITS.defaultLogLines, minLevel }) => {
    const maxBytes = LIMITS.maxSentFrameBytes - OVERHEAD_BYTES
    const page = logTail.read({ cursor, limit, minLevel, maxBytes })
    if (page === undefined) throw invalidRequest("cursor: is not one that logs.tail gave")
    return { lines: [...page.lines], cursor: page.cursor }
  }
}
