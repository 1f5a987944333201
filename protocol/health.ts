// The health snapshot: the same shape for `health`, `clawdis health --json` and the `health` event.

import * as v from "valibot"
import { Count, recordOf, TimestampMs } from "./text.ts"

export const ChannelState = v.picklist([
  "off",
  "connecting",
  "open",
  "waiting",
  "replaced",
  "logged_out",
  "banned",
  "failed",
])
export type ChannelState = v.InferOutput<typeof ChannelState>

/** What a person reads of a channel's state: an account that is missing counts before the state. */
export type ChannelWord = ChannelState | "not_linked"

/** Their one home in English: commands, command lines and the page say the same. */
export const CHANNEL_WORDS: Readonly<Record<ChannelWord, string>> = {
  off: "off",
  connecting: "connecting",
  open: "connected",
  waiting: "waiting to retry",
  replaced: "replaced by another",
  logged_out: "logged out",
  banned: "banned",
  failed: "failed",
  not_linked: "not linked",
}

export function toChannelWord({
  linked,
  state,
}: Pick<ChannelHealth, "linked" | "state">): ChannelWord {
  const isUnlinked = linked === false && (state === "off" || state === "logged_out")
  return isUnlinked ? "not_linked" : state
}

/** What one channel says of itself. `linked` is missing where the service has no linking. */
export const ChannelHealth = v.object({
  configured: v.boolean(),
  state: ChannelState,
  linked: v.optional(v.boolean()),
  /** Who the gateway is on this channel: a number, a bot name. */
  self: v.optional(v.string()),
  authAgeMs: v.optional(v.nullable(Count)),
  connectedAt: v.optional(TimestampMs),
  lastError: v.optional(v.string()),
  lastInboundAt: v.optional(TimestampMs),
  /** When the next attempt to connect is due, while `waiting`. */
  retryAt: v.optional(TimestampMs),
  /** Inbound updates that were not messages, or not ones this gateway answers. */
  skipped: v.optional(Count),
  /** How often, since the start, its own code failed where nobody waited, and it was connected anew. */
  strays: v.optional(Count),
})
export type ChannelHealth = v.InferOutput<typeof ChannelHealth>

export const AgentState = v.picklist(["ready", "missing", "failed"])
export type AgentState = v.InferOutput<typeof AgentState>

export const RecentSession = v.object({
  key: v.string(),
  updatedAt: TimestampMs,
  ageMs: Count,
})
export type RecentSession = v.InferOutput<typeof RecentSession>

export const OutboxCounts = v.object({ pending: Count, failed: Count, unknown: Count })
export type OutboxCounts = v.InferOutput<typeof OutboxCounts>

/** The full snapshot (rule M1). `ok` is false when the gateway cannot do its work. */
export const HealthSnapshot = v.object({
  ok: v.boolean(),
  ts: TimestampMs,
  durationMs: Count,
  version: v.string(),
  uptimeMs: Count,
  web: v.object({
    linked: v.boolean(),
    authAgeMs: v.nullable(Count),
    state: ChannelState,
    connectedAt: v.optional(TimestampMs),
    lastError: v.optional(v.string()),
    lastInboundAt: v.optional(TimestampMs),
    self: v.optional(v.string()),
  }),
  telegram: v.object({
    configured: v.boolean(),
    state: ChannelState,
    bot: v.optional(v.string()),
    lastError: v.optional(v.string()),
    lastInboundAt: v.optional(TimestampMs),
  }),
  channels: recordOf(ChannelHealth),
  agent: v.object({
    engine: v.string(),
    state: AgentState,
    lastError: v.optional(v.string()),
  }),
  storage: v.object({
    ok: v.boolean(),
    path: v.string(),
    lastError: v.optional(v.string()),
  }),
  config: v.object({
    ok: v.boolean(),
    since: v.optional(TimestampMs),
    lastError: v.optional(v.string()),
  }),
  webchat: v.object({
    port: v.optional(Count),
    state: v.picklist(["off", "open", "failed"]),
    lastError: v.optional(v.string()),
  }),
  /** How late the event loop's timers ran at worst in the last minute. */
  lagMs: Count,
  outbox: OutboxCounts,
  sessions: v.object({
    path: v.string(),
    count: Count,
    recent: v.array(RecentSession),
  }),
})
export type HealthSnapshot = v.InferOutput<typeof HealthSnapshot>

/** Somebody who wrote and may not (no content is kept). */
export const DroppedSender = v.object({
  channel: v.string(),
  id: v.string(),
  name: v.optional(v.string()),
  count: Count,
  lastAt: TimestampMs,
})
export type DroppedSender = v.InferOutput<typeof DroppedSender>

/** A message that the service may or may not have. */
export const UnknownDelivery = v.object({
  id: v.string(),
  channel: v.string(),
  to: v.string(),
  at: TimestampMs,
  error: v.optional(v.string()),
})
export type UnknownDelivery = v.InferOutput<typeof UnknownDelivery>

/** Inbound messages that wait for a turn, and those that came too late for one or cannot be read. */
export const InboxCounts = v.object({
  pending: Count,
  expired: Count,
  damaged: v.optional(Count),
})
export type InboxCounts = v.InferOutput<typeof InboxCounts>

/** Something an operator should know, as one sentence. */
export const Notice = v.object({ ts: TimestampMs, text: v.string() })
export type Notice = v.InferOutput<typeof Notice>

/** The short summary (rule M2). */
export const StatusSummary = v.object({
  web: v.object({ linked: v.boolean(), authAgeMs: v.nullable(Count) }),
  /** A line for each channel, for people. */
  providerSummary: v.array(v.string()),
  sessions: v.object({ count: Count, recent: v.array(RecentSession) }),
  queuedSystemEvents: v.array(v.string()),
  runs: v.object({ active: Count, queued: Count }),
  outbox: OutboxCounts,
  inbox: InboxCounts,
  unknown: v.array(UnknownDelivery),
  dropped: v.array(DroppedSender),
  notices: v.array(Notice),
})
export type StatusSummary = v.InferOutput<typeof StatusSummary>
