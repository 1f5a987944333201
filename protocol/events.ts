// TABLE: every event and its payload.

import * as v from "valibot"
import { AgentEvent } from "./agent.ts"
import { ChatMessage } from "./chat.ts"
import { HealthSnapshot } from "./health.ts"
import { LoginEvent } from "./login.ts"
import { PresenceEntry } from "./presence.ts"
import { SessionRow } from "./sessions.ts"
import { Count, notArray, TimestampMs } from "./text.ts"

export const EVENTS = {
  agent: AgentEvent,
  chat: v.object({ sessionKey: v.string(), message: ChatMessage }),
  health: HealthSnapshot,
  login: LoginEvent,
  presence: v.object({ presence: v.array(PresenceEntry) }),
  sessions: notArray(
    v.object({ session: v.optional(SessionRow), deleted: v.optional(v.string()) }),
  ),
  shutdown: v.object({ reason: v.string(), restartExpectedMs: v.optional(Count) }),
  tick: v.object({ ts: TimestampMs }),
} as const satisfies Record<string, v.GenericSchema>

export type EventName = keyof typeof EVENTS
export type EventPayload<E extends EventName> = v.InferOutput<(typeof EVENTS)[E]>

// The names apart from their schemas: a page knows the one and leaves out the other.
const KNOWN: Readonly<Record<EventName, true>> = {
  agent: true,
  chat: true,
  health: true,
  login: true,
  presence: true,
  sessions: true,
  shutdown: true,
  tick: true,
}

export const EVENT_NAMES = Object.keys(KNOWN) as EventName[]

/** A client with this capability hears the `agent`, `chat` and `sessions` events of every run (rules E6, E10). */
export const RUNS_CAPABILITY = "runs"
