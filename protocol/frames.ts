// The six frames of the wire. A frame is one JSON object in one WebSocket message (rule T2).

import * as v from "valibot"
import { ErrorShape, HelloErrorCode } from "./errors.ts"
import { EVENT_NAMES, EVENTS, type EventName, type EventPayload } from "./events.ts"
import { LIMITS } from "./limits.ts"
import { findTooDeep } from "./nesting.ts"
import { Policy, Snapshot, StateVersion } from "./snapshot.ts"
import { Count, notArray, SequenceNumber, shortList, shortText } from "./text.ts"

const ProtocolVersion = v.pipe(
  v.number(),
  v.safeInteger("must be a whole number"),
  v.minValue(1, "must be at least 1"),
)

/** The first frame of a client (rule H1). Keys it does not know are dropped, so newer clients can negotiate. */
export const Hello = v.object({
  type: v.literal("hello"),
  minProtocol: ProtocolVersion,
  maxProtocol: ProtocolVersion,
  client: v.object({
    name: shortText(),
    version: shortText(),
    platform: shortText(),
    mode: shortText(),
    instanceId: v.optional(shortText()),
  }),
  caps: v.optional(shortList(shortText(LIMITS.maxCapLength), LIMITS.maxCaps, "entries")),
  // A token of another type is a wrong token, not an invalid hello.
  auth: v.optional(notArray(v.object({ token: v.optional(v.fallback(v.string(), "")) }))),
  locale: v.optional(shortText()),
  userAgent: v.optional(shortText(LIMITS.maxUserAgentLength)),
})
export type Hello = v.InferOutput<typeof Hello>

export const HelloOk = v.object({
  type: v.literal("hello-ok"),
  protocol: ProtocolVersion,
  server: v.object({
    version: v.string(),
    commit: v.optional(v.string()),
    host: v.string(),
    connId: v.string(),
  }),
  features: v.object({ methods: v.array(v.string()), events: v.array(v.string()) }),
  snapshot: Snapshot,
  policy: Policy,
})
export type HelloOk = v.InferOutput<typeof HelloOk>

export const HelloError = v.object({
  type: v.literal("hello-error"),
  /** A sentence that a person can act on. */
  reason: v.string(),
  code: HelloErrorCode,
  expectedProtocol: v.optional(ProtocolVersion),
  retryAfterMs: v.optional(Count),
})
export type HelloError = v.InferOutput<typeof HelloError>

export const RequestId = shortText(LIMITS.maxRequestIdLength)

export const RequestFrame = v.strictObject({
  type: v.literal("req"),
  id: RequestId,
  method: shortText(),
  params: v.optional(v.unknown()),
})
export type RequestFrame = v.InferOutput<typeof RequestFrame>

export const ResponseFrame = v.variant("ok", [
  v.object({
    type: v.literal("res"),
    id: v.string(),
    ok: v.literal(true),
    payload: v.unknown(),
  }),
  v.object({
    type: v.literal("res"),
    id: v.string(),
    ok: v.literal(false),
    error: ErrorShape,
    payload: v.optional(v.unknown()),
  }),
])
export type ResponseFrame = v.InferOutput<typeof ResponseFrame>

/* @__NO_SIDE_EFFECTS__ */
function eventFrame<const Name extends EventName>(event: Name) {
  return v.object({
    type: v.literal("event"),
    event: v.literal(event),
    payload: EVENTS[event],
    /** Counts per connection from 1, by one (rule E1). */
    seq: SequenceNumber,
    stateVersion: v.optional(StateVersion),
  })
}

/** One form for each row of the table of events. */
export const EventFrame: v.GenericSchema<unknown, EventFrame> = /* @__PURE__ */ toEventFrames()

/* @__NO_SIDE_EFFECTS__ */
function toEventFrames(): v.GenericSchema<unknown, EventFrame> {
  // Made of the table row by row, so the types of the rows, which EventFrame has, are lost on the way.
  return v.variant("event", EVENT_NAMES.map(eventFrame)) as unknown as v.GenericSchema<
    unknown,
    EventFrame
  >
}

/** An event as the receiver sees it, its payload typed by its name. */
export type EventFrame = {
  [E in EventName]: {
    readonly type: "event"
    readonly event: E
    readonly payload: EventPayload<E>
    readonly seq: number
    readonly stateVersion?: StateVersion | undefined
  }
}[EventName]

export type ClientFrame = Hello | RequestFrame
export type ServerFrame = HelloOk | HelloError | ResponseFrame | EventFrame

export type DecodedText =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: "malformed JSON" }
  /** `id` is the frame's own, if it has one: it can be answered although nobody has read it. */
  | {
      readonly ok: false
      readonly problem: "too deeply nested"
      readonly id: string | undefined
    }

/**
 * The JSON value of a message's text, which nests no deeper than rule T5 allows; never throws. Duplicate
 * keys: the last one wins, as in JSON.parse.
 */
export function decodeText(text: string): DecodedText {
  const tooDeep = findTooDeep(text)
  if (tooDeep !== undefined) return { ok: false, problem: "too deeply nested", id: tooDeep.id }
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch {
    return { ok: false, problem: "malformed JSON" }
  }
}

/** The text of a frame. */
export function encodeFrame(frame: ClientFrame | ServerFrame): string {
  return JSON.stringify(frame)
}
