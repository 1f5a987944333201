// What an agent asks before it acts, and how that was decided (the stream `permission` of rule E6, and M12).

import * as v from "valibot"
import { shortText, TimestampMs } from "./text.ts"

/** What a tool does, as the Agent Client Protocol sorts it; an unknown kind counts as `other`. */
export const TOOL_KINDS = [
  "read",
  "edit",
  "delete",
  "move",
  "search",
  "execute",
  "think",
  "fetch",
  "switch_mode",
  "other",
] as const
export type ToolKind = (typeof TOOL_KINDS)[number]

/** `always` is the agent's own memory: it asks no more for what is alike, in whatever conversation. */
export const PermissionOption = v.object({
  id: v.string(),
  label: v.string(),
  kind: v.picklist(["allow_once", "allow_always", "reject_once", "reject_always"]),
})
export type PermissionOption = v.InferOutput<typeof PermissionOption>

/** A question that waits for `agent.decide`. */
export const PermissionRequest = v.object({
  requestId: v.string(),
  /** The tool call that it is about. */
  callId: v.optional(v.string()),
  title: v.string(),
  input: v.optional(v.string()),
  options: v.array(PermissionOption),
  /** Without an answer by then it is refused. */
  expiresAt: TimestampMs,
})
export type PermissionRequest = v.InferOutput<typeof PermissionRequest>

/** The end of a question, also of one that a rule answered and nobody was asked. */
export const PermissionDecided = v.object({
  requestId: v.string(),
  callId: v.optional(v.string()),
  title: v.optional(v.string()),
  decided: v.object({
    /** Missing if none of the options was taken, which is a refusal. */
    optionId: v.optional(v.string()),
    by: v.picklist(["client", "rule", "timeout", "abort"]),
  }),
})
export type PermissionDecided = v.InferOutput<typeof PermissionDecided>

/** Params of `agent.decide`: one of the options of a question that waits. */
export const AgentDecideParams = v.strictObject({
  runId: shortText(),
  requestId: shortText(),
  optionId: shortText(),
})
