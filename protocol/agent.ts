// Running the agent: the `agent` request, its two answers, and the events of a run (rules A1 to A6, E6).

import * as v from "valibot"
import { SessionKey } from "./chat.ts"
import { LIMITS } from "./limits.ts"
import { PermissionDecided, PermissionRequest } from "./permissions.ts"
import { IdempotencyKey, Target } from "./send.ts"
import { Count, SequenceNumber, shortList, shortText, TimestampMs } from "./text.ts"

/** How hard the model should think. A native client sends `default` for "not set". */
export const Thinking = v.picklist(
  ["off", "minimal", "low", "medium", "high"],
  "must be one of off, minimal, low, medium, high",
)
export type Thinking = v.InferOutput<typeof Thinking>

const ThinkingParam = v.picklist(
  ["off", "minimal", "low", "medium", "high", "default"],
  "must be one of off, minimal, low, medium, high",
)

export const Attachment = v.strictObject({
  name: v.optional(shortText()),
  mimeType: shortText(),
  /** base64. */
  data: v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/]+={0,2}$/, "is not base64")),
})
export type Attachment = v.InferOutput<typeof Attachment>

/** Params of `agent` (rule M6). */
export const AgentParams = v.strictObject({
  /** That it is not blank where no files come along is checked by the method. */
  message: v.pipe(
    v.string(),
    v.maxLength(
      LIMITS.maxAgentMessageLength,
      `message too long (max ${LIMITS.maxAgentMessageLength} characters)`,
    ),
  ),
  to: v.optional(v.union([v.literal(""), Target])),
  sessionKey: v.optional(SessionKey),
  sessionId: v.optional(shortText()),
  channel: v.optional(shortText()),
  thinking: v.optional(ThinkingParam),
  deliver: v.optional(v.boolean()),
  /** Seconds. */
  timeout: v.optional(
    v.pipe(
      v.number(),
      v.safeInteger("must be a whole number of seconds"),
      v.minValue(1, "must be at least 1 second"),
      v.maxValue(
        LIMITS.maxAgentTimeoutSeconds,
        `must be at most ${LIMITS.maxAgentTimeoutSeconds} seconds`,
      ),
    ),
  ),
  attachments: v.optional(shortList(Attachment, LIMITS.maxAttachments, "attachments")),
  /** The run whose question is asked again; its files come along unless `attachments` are given. */
  retryOf: v.optional(shortText()),
  idempotencyKey: IdempotencyKey,
})
export type AgentParams = v.InferOutput<typeof AgentParams>

/** The first answer to `agent`: the request is on disk (rule A1). */
export const AgentAck = v.object({
  runId: v.string(),
  status: v.literal("accepted"),
  sessionKey: v.string(),
  sessionId: v.string(),
})
export type AgentAck = v.InferOutput<typeof AgentAck>

export const Delivery = v.object({
  status: v.picklist(["sent", "queued", "failed", "unknown"]),
  channel: v.string(),
  to: v.string(),
  messageId: v.optional(v.string()),
})
export type Delivery = v.InferOutput<typeof Delivery>

/** The second answer to `agent`: how the run ended (rule A2). */
export const AgentFinal = v.object({
  runId: v.string(),
  status: v.picklist(["ok", "error"]),
  /** One line for people and logs. */
  summary: v.string(),
  text: v.optional(v.string()),
  /** `text` was cut to fit the frame; the conversation holds it whole. */
  truncated: v.optional(v.boolean()),
  delivery: v.optional(Delivery),
})
export type AgentFinal = v.InferOutput<typeof AgentFinal>

export const LifecycleData = v.object({
  phase: v.picklist(["started", "ended", "error", "aborted", "interrupted"]),
  message: v.optional(v.string()),
})

/** `offset` counts UTF-16 units of the message's text before `delta`. */
export const DeltaData = v.object({ messageId: v.string(), offset: Count, delta: v.string() })

export const ToolData = v.object({
  phase: v.picklist(["start", "update", "end"]),
  callId: v.string(),
  name: v.string(),
  title: v.optional(v.string()),
  input: v.optional(v.string()),
  output: v.optional(v.string()),
  ok: v.optional(v.boolean()),
  truncated: v.optional(v.boolean()),
})
export type ToolData = v.InferOutput<typeof ToolData>

/* @__NO_SIDE_EFFECTS__ */
function eventOf<const Stream extends string, Data extends v.GenericSchema>(
  stream: Stream,
  data: Data,
) {
  return v.object({
    runId: v.string(),
    sessionKey: v.string(),
    /** Counts per run from 1; may jump where deltas were merged. */
    seq: SequenceNumber,
    stream: v.literal(stream),
    ts: TimestampMs,
    data,
  })
}

/** Payload of the event `agent` (rule E6). */
export const AgentEvent = v.variant("stream", [
  eventOf("lifecycle", LifecycleData),
  eventOf("assistant", DeltaData),
  eventOf("thought", DeltaData),
  eventOf("tool", ToolData),
  eventOf("permission", v.union([PermissionRequest, PermissionDecided])),
])
export type AgentEvent = v.InferOutput<typeof AgentEvent>
