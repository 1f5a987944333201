// The list of sessions, and what a client may change of one (rule M9).

import * as v from "valibot"
import { Thinking } from "./agent.ts"
import { SessionKey } from "./chat.ts"
import { LIMITS } from "./limits.ts"
import { Count, shortText, TimestampMs } from "./text.ts"

/** A row of the list of sessions. */
export const SessionRow = v.object({
  key: v.string(),
  sessionId: v.string(),
  title: v.optional(v.string()),
  channel: v.string(),
  updatedAt: TimestampMs,
  /** Messages that are not the person's own and were not read yet; counted up to `maxUnread`. */
  unread: Count,
  running: v.boolean(),
  /** What was chosen for this conversation. */
  thinking: v.optional(Thinking),
})
export type SessionRow = v.InferOutput<typeof SessionRow>

/** Params of `sessions.list`: `cursor` is that of the page before. */
export const SessionListParams = v.strictObject({
  limit: v.optional(
    v.pipe(
      v.number(),
      v.safeInteger("must be a whole number"),
      v.minValue(1, "must be at least 1"),
      v.maxValue(LIMITS.maxListedSessions, `must be at most ${LIMITS.maxListedSessions}`),
    ),
  ),
  cursor: v.optional(shortText(LIMITS.maxSessionKeyLength + 32)),
})

/** Newest first; no `cursor` means that there are no older ones. */
export const SessionList = v.object({
  sessions: v.array(SessionRow),
  cursor: v.optional(v.string()),
})

/** Params of `sessions.patch`; what is missing stays as it is. */
export const SessionPatchParams = v.strictObject({
  sessionKey: SessionKey,
  /** An empty one takes the title away. */
  title: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(LIMITS.maxStringLength, `must have at most ${LIMITS.maxStringLength} characters`),
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused.
      v.regex(/^[^\u0000-\u001F\u007F-\u009F\u2028\u2029]*$/, "must be one line"),
    ),
  ),
  /** The id of the last message that was read. */
  readUpTo: v.optional(shortText()),
  /** `default` goes back to what the configuration says. */
  thinking: v.optional(
    v.picklist(
      [...Thinking.options, "default"],
      "must be one of off, minimal, low, medium, high, default",
    ),
  ),
})

/** Params of `sessions.reset` and `sessions.delete`. */
export const SessionParams = v.strictObject({ sessionKey: SessionKey })

export const SessionResetResult = v.object({ sessionKey: v.string(), sessionId: v.string() })

/** The key of the session that is gone. */
export const SessionDeleteResult = v.object({ deleted: v.string() })
