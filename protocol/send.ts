// Sending one message out through a channel (rules M5 and S1).

import * as v from "valibot"
import { LIMITS } from "./limits.ts"
import { shortText } from "./text.ts"

/** Names one request for at least a day, so that a repetition does nothing twice (rule I1). */
export const IdempotencyKey = v.pipe(
  v.string("idempotencyKey required"),
  v.minLength(1, "idempotencyKey required"),
  v.maxLength(
    LIMITS.maxIdempotencyKeyLength,
    `must have at most ${LIMITS.maxIdempotencyKeyLength} characters`,
  ),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused.
  v.regex(/^[^\u0000-\u001F\u007F]*$/, "must not hold control characters"),
)

/** Whom to reach; each channel reads the forms it knows. */
export const Target = shortText()

/** Params of `send`. One of `message` and `mediaUrl` is needed; which is checked by the method. */
export const SendParams = v.strictObject({
  to: Target,
  message: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(
        LIMITS.maxSendLength,
        `message too long (max ${LIMITS.maxSendLength} characters)`,
      ),
    ),
  ),
  mediaUrl: v.optional(shortText(LIMITS.maxUrlLength)),
  channel: v.optional(shortText()),
  idempotencyKey: IdempotencyKey,
})
export type SendParams = v.InferOutput<typeof SendParams>

export const SendResult = v.object({
  messageId: v.string(),
  channel: v.string(),
  to: v.string(),
  /** Where the message went, in WhatsApp's own form. */
  toJid: v.optional(v.string()),
  /** Where the message went, in Telegram's own form. */
  chatId: v.optional(v.string()),
  status: v.literal("sent"),
})
export type SendResult = v.InferOutput<typeof SendResult>
