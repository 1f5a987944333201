// An event as all connections share it: made once, and held once however many of them have it waiting.

import {
  type AgentEvent,
  type EventName,
  type EventPayload,
  jsonBytes,
  type StateVersion,
} from "#protocol"

/** What an event has around its payload, about. */
const ENVELOPE_BYTES = 64

export type Delta = Extract<AgentEvent, { stream: "assistant" | "thought" }>

/** An event that is the same for everybody, serialised once. */
export interface PreparedEvent<E extends EventName = EventName> {
  readonly event: E
  readonly payload: EventPayload<E>
  readonly payloadJson: string
  /** What it takes in a frame, about. */
  readonly bytes: number
  readonly stateVersion: StateVersion | undefined
}

/** A piece of text that knows the piece that follows it, so that what waits is told by its two ends. */
export interface PreparedDelta extends PreparedEvent<"agent"> {
  readonly payload: Delta
  /** What its text takes as JSON. */
  readonly textBytes: number
  next: PreparedDelta | undefined
}

export function prepareEvent<E extends EventName>(
  event: E,
  payload: EventPayload<E>,
  stateVersion?: StateVersion,
): PreparedEvent<E> {
  const payloadJson = JSON.stringify(payload)
  const bytes = ENVELOPE_BYTES + Buffer.byteLength(payloadJson)
  return { event, payload, payloadJson, bytes, stateVersion }
}

export function isPreparedDelta(prepared: PreparedEvent): prepared is PreparedDelta {
  return "textBytes" in prepared
}

/** The events of runs, of which each piece of text is tied to the piece before it. */
export interface RunEvents {
  prepare(event: AgentEvent): PreparedEvent<"agent">
}

export function createRunEvents(): RunEvents {
  /** The last event of each run that is in the middle of a text; every run ends with another event. */
  const latest = new Map<string, PreparedDelta>()

  function prepareDelta(payload: Delta): PreparedDelta {
    const before = latest.get(payload.runId)
    const textBytes = jsonBytes(payload.data.delta)
    const prepared = { ...prepareEvent("agent", payload), payload, textBytes, next: undefined }
    if (before !== undefined && continues(before.payload, payload)) before.next = prepared
    latest.set(payload.runId, prepared)
    return prepared
  }

  return {
    prepare(event) {
      if (event.stream === "assistant" || event.stream === "thought") return prepareDelta(event)
      latest.delete(event.runId)
      return prepareEvent("agent", event)
    },
  }
}

function continues(older: Delta, newer: Delta): boolean {
  return (
    older.stream === newer.stream &&
    older.data.messageId === newer.data.messageId &&
    older.data.offset + older.data.delta.length === newer.data.offset
  )
}
