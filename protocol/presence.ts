// Who is here: the gateway itself, its clients, and what other machines report about themselves.

import * as v from "valibot"
import { LIMITS } from "./limits.ts"
import { Count, shortList, shortText, TimestampMs } from "./text.ts"

const tags = shortList(shortText(LIMITS.maxPresenceTagLength), LIMITS.maxPresenceTags, "tags")

/** One entry of the presence list (rule P1). */
export const PresenceEntry = v.object({
  host: shortText(),
  ip: v.optional(shortText()),
  version: v.optional(shortText()),
  mode: v.optional(shortText()),
  platform: v.optional(shortText()),
  lastInputSeconds: v.optional(Count),
  reason: v.optional(shortText()),
  tags: v.optional(tags),
  /** One line for people; a native client shows it as it is. */
  text: shortText(LIMITS.maxPresenceTextLength),
  ts: TimestampMs,
  instanceId: v.optional(shortText()),
})
export type PresenceEntry = v.InferOutput<typeof PresenceEntry>

/** Params of `system-event` (rule M4): a note, and who says it. */
export const SystemEventParams = v.strictObject({
  text: v.pipe(
    v.string(),
    v.regex(/\S/, "must not be blank"),
    v.maxLength(
      LIMITS.maxPresenceTextLength,
      `must have at most ${LIMITS.maxPresenceTextLength} characters`,
    ),
  ),
  instanceId: v.optional(shortText()),
  host: v.optional(shortText()),
  ip: v.optional(shortText()),
  mode: v.optional(shortText()),
  version: v.optional(shortText()),
  platform: v.optional(shortText()),
  lastInputSeconds: v.optional(Count),
  reason: v.optional(shortText()),
  tags: v.optional(tags),
})
export type SystemEventParams = v.InferOutput<typeof SystemEventParams>
