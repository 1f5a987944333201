// A conversation as it is stored, paged and shown: messages made of parts.

import * as v from "valibot"
import { ErrorShape } from "./errors.ts"
import { LIMITS } from "./limits.ts"
import { PermissionRequest } from "./permissions.ts"
import { Count, shortText, TimestampMs } from "./text.ts"

const SESSION_KEY = /^(?:main|[a-z][a-z0-9_-]*:[A-Za-z0-9:+@._-]+)$/

/**
 * The name of one conversation's place: `main`, `web:<id>`, `<channel>:<chat>`,
 * `<channel>:group:<chat>[:<topic>]` or `link:<name>`.
 */
export const SessionKey = v.pipe(
  v.string(),
  v.minLength(1, "must not be empty"),
  v.maxLength(
    LIMITS.maxSessionKeyLength,
    `must have at most ${LIMITS.maxSessionKeyLength} characters`,
  ),
  v.regex(SESSION_KEY, "is not a session key, such as main or telegram:12345"),
)

/** The session that `agent` uses when a request names none. */
export const MAIN_SESSION = "main"

/** A client may bring this session into being by using it; every other one must exist. */
export function isClientSession(sessionKey: string): boolean {
  return sessionKey === MAIN_SESSION || sessionKey.startsWith("web:")
}

export const TextPart = v.object({
  type: v.literal("text"),
  text: v.string(),
  truncated: v.optional(v.boolean()),
})
export type TextPart = v.InferOutput<typeof TextPart>

export const ThoughtPart = v.object({
  type: v.literal("thought"),
  text: v.string(),
  durationMs: v.optional(Count),
})
export type ThoughtPart = v.InferOutput<typeof ThoughtPart>

/** A tool call. `ok` is missing while it runs, and for ever if its end was never seen. */
export const ToolPart = v.object({
  type: v.literal("tool"),
  callId: v.string(),
  name: v.string(),
  title: v.optional(v.string()),
  input: v.optional(v.string()),
  output: v.optional(v.string()),
  ok: v.optional(v.boolean()),
  startedAt: TimestampMs,
  endedAt: v.optional(TimestampMs),
  truncated: v.optional(v.boolean()),
})
export type ToolPart = v.InferOutput<typeof ToolPart>

export const AttachmentPart = v.object({
  type: v.literal("attachment"),
  mediaId: v.string(),
  name: v.optional(v.string()),
  mimeType: v.string(),
  bytes: Count,
  state: v.picklist(["ok", "expired", "blocked", "unavailable"]),
})
export type AttachmentPart = v.InferOutput<typeof AttachmentPart>

export const Part = v.variant("type", [TextPart, ThoughtPart, ToolPart, AttachmentPart])
export type Part = v.InferOutput<typeof Part>

export const ChatMessage = v.object({
  id: v.string(),
  role: v.picklist(["user", "assistant", "note"]),
  ts: TimestampMs,
  status: v.picklist(["ok", "error", "interrupted"]),
  runId: v.optional(v.string()),
  replyTo: v.optional(v.string()),
  idempotencyKey: v.optional(v.string()),
  channel: v.optional(v.string()),
  sender: v.optional(
    v.object({ id: v.string(), name: v.optional(v.string()), self: v.optional(v.boolean()) }),
  ),
  error: v.optional(ErrorShape),
  parts: v.array(Part),
})
export type ChatMessage = v.InferOutput<typeof ChatMessage>

/** A run that is under way: what of its answer exists up to its event number `seq`. */
export const RunningTurn = v.object({
  runId: v.string(),
  messageId: v.string(),
  startedAt: TimestampMs,
  seq: Count,
  parts: v.array(Part),
  /** The parts were cut to fit: no delta continues them, and the whole message comes at the end. */
  truncated: v.optional(v.boolean()),
  /** What the agent asked and waits for. */
  permissions: v.optional(v.array(PermissionRequest)),
})
export type RunningTurn = v.InferOutput<typeof RunningTurn>

/** Params of `chat.history` (rule M7). `before` takes a `cursor` and excludes what it points at. */
export const ChatHistoryParams = v.strictObject({
  sessionKey: SessionKey,
  before: v.optional(shortText()),
  limit: v.optional(
    v.pipe(
      v.number(),
      v.safeInteger("must be a whole number"),
      v.minValue(1, "must be at least 1"),
      v.maxValue(LIMITS.maxHistoryMessages, `must be at most ${LIMITS.maxHistoryMessages}`),
    ),
  ),
})

/** One page of a conversation, oldest message first; no `cursor` means that it is the first page. */
export const ChatHistory = v.object({
  sessionKey: v.string(),
  sessionId: v.optional(v.string()),
  messages: v.array(ChatMessage),
  cursor: v.optional(v.string()),
  running: v.optional(v.array(RunningTurn)),
})
export type ChatHistory = v.InferOutput<typeof ChatHistory>

/** Params of `chat.abort` (rule M8). Without `runId` every run of the session is stopped. */
export const ChatAbortParams = v.strictObject({
  sessionKey: SessionKey,
  runId: v.optional(shortText()),
})

export const ChatAbortResult = v.object({ aborted: v.boolean() })
