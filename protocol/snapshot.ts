// What a client knows at once after hello, and how events carry it forward.

import * as v from "valibot"
import type { EventFrame } from "./frames.ts"
import { HealthSnapshot } from "./health.ts"
import { PresenceEntry } from "./presence.ts"
import { Count } from "./text.ts"

/** Each counter grows by one per change of what it counts (rule E2). */
export const StateVersion = v.object({ presence: Count, health: Count })
export type StateVersion = v.InferOutput<typeof StateVersion>

export const Snapshot = v.object({
  presence: v.array(PresenceEntry),
  health: HealthSnapshot,
  stateVersion: StateVersion,
  uptimeMs: Count,
})
export type Snapshot = v.InferOutput<typeof Snapshot>

export const Policy = v.object({
  maxPayload: Count,
  maxBufferedBytes: Count,
  tickIntervalMs: Count,
})
export type Policy = v.InferOutput<typeof Policy>

/** The snapshot after one event; an event that does not touch it gives it back as it was. */
export function applyEvent(snapshot: Snapshot, frame: EventFrame): Snapshot {
  const stateVersion = frame.stateVersion ?? snapshot.stateVersion
  switch (frame.event) {
    case "presence":
      return { ...snapshot, presence: frame.payload.presence, stateVersion }
    case "health":
      return { ...snapshot, health: frame.payload, stateVersion }
    default:
      return snapshot
  }
}
