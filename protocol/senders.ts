// Who may write to the agent beside those whom the configuration names (rule M15).

import * as v from "valibot"
import { shortText, TimestampMs } from "./text.ts"

/** Params of `senders.allow` and `senders.remove`. */
export const SenderParams = v.strictObject({ channel: shortText(), id: shortText() })

export const AllowedSender = v.object({
  channel: v.string(),
  /** A person or a group, in the form of the channel's allow list. */
  id: v.string(),
  name: v.optional(v.string()),
  addedAt: TimestampMs,
})
export type AllowedSender = v.InferOutput<typeof AllowedSender>

export const SenderList = v.object({
  /** Allowed by `senders.allow`. */
  allowed: v.array(AllowedSender),
  /** Allowed by the configuration, which only its owner changes. */
  configured: v.array(v.object({ channel: v.string(), id: v.string() })),
})

export const SenderResult = v.object({
  channel: v.string(),
  id: v.string(),
  /** Nothing had to be changed: the configuration names them, or an operator allowed them before. */
  already: v.optional(v.picklist(["configured", "allowed"])),
})
