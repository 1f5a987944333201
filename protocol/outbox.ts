// What waits to be sent, failed, or may or may not have arrived (rule M16).

import * as v from "valibot"
import { Count, shortText, TimestampMs } from "./text.ts"

export const OutboxRow = v.object({
  id: v.string(),
  channel: v.string(),
  to: v.string(),
  state: v.picklist(["pending", "sending", "failed", "unknown"]),
  createdAt: TimestampMs,
  attempts: Count,
  /** The beginning of the text. */
  preview: v.string(),
  runId: v.optional(v.string()),
  error: v.optional(v.string()),
})
export type OutboxRow = v.InferOutput<typeof OutboxRow>

export const OutboxList = v.object({ deliveries: v.array(OutboxRow) })

/** Params of `outbox.retry`. What may have arrived is sent again only with `force`. */
export const OutboxRetryParams = v.strictObject({
  id: shortText(),
  force: v.optional(v.boolean()),
})

export const OutboxDropParams = v.strictObject({ id: shortText() })

export const OutboxResult = v.object({ id: v.string() })
