// Frames on their way to one client. Little is handed to the socket at a time, so what waits can still be
// merged, replaced or dropped, and a client that does not read costs bounded memory (rule E7).

import {
  type AgentEvent,
  type EventName,
  type EventPayload,
  LIMITS,
  type StateVersion,
} from "#protocol"
import type { Clock, Timer } from "../host/clock.ts"
import type { Socket } from "./socket.ts"

/** Bytes handed to the socket and not yet flushed, beyond which frames wait here. */
const WINDOW_BYTES = 128 * 1024
/** A delta is not merged beyond this many units. */
const MAX_MERGED_LENGTH = 16 * 1024

/** Only the newest of these matters; the older one leaves without having used a `seq`. */
const COALESCED: ReadonlySet<EventName> = new Set(["presence", "health", "tick"])

/** An event that is the same for everybody, serialised once. */
export interface PreparedEvent<E extends EventName = EventName> {
  readonly event: E
  readonly payload: EventPayload<E>
  readonly payloadJson: string
  readonly stateVersion: StateVersion | undefined
}

type Delta = Extract<AgentEvent, { stream: "assistant" | "thought" }>

type Item =
  | { readonly kind: "frame"; readonly text: string }
  | { readonly kind: "event"; prepared: PreparedEvent }

export interface Outbound {
  /** A frame without a `seq`: hello-ok or a response. */
  frame(text: string): void
  event(prepared: PreparedEvent): void
  /** Resolves when nothing waits any more, or nothing will be sent. */
  flushed(): Promise<void>
  /** Forgets what waits; nothing more is sent. */
  stop(): void
  /** Bytes that wait here or in the socket. */
  readonly waitingBytes: number
}

export interface OutboundOptions {
  readonly socket: Socket
  readonly clock: Clock
  readonly stalledAfterMs: number
  /** The client does not keep up: nothing of the queue will be sent. */
  readonly onSlow: (waitingBytes: number) => void
}

export function prepareEvent<E extends EventName>(
  event: E,
  payload: EventPayload<E>,
  stateVersion?: StateVersion,
): PreparedEvent<E> {
  return { event, payload, payloadJson: JSON.stringify(payload), stateVersion }
}

export function createOutbound(options: OutboundOptions): Outbound {
  const { socket, clock } = options
  const queue: Item[] = []
  let queuedBytes = 0
  let inFlightBytes = 0
  // seq is per connection: a counter shared by all clients would show each of them false gaps. It is
  // given at the last moment, so that what never leaves never makes a gap.
  let lastSeq = 0
  let stopped = false
  let stall: Timer | undefined
  const whenFlushed: (() => void)[] = []

  function write(item: Item): void {
    const text = item.kind === "frame" ? item.text : encodeEvent(item.prepared)
    const bytes = Buffer.byteLength(text)
    inFlightBytes += bytes
    watch()
    socket.send(text, () => {
      inFlightBytes -= bytes
      stall?.cancel()
      stall = undefined
      if (!stopped) drain()
      if (inFlightBytes === 0) tellFlushed()
    })
  }

  function encodeEvent({ event, payloadJson, stateVersion }: PreparedEvent): string {
    lastSeq += 1
    const version =
      stateVersion === undefined ? "" : `,"stateVersion":${JSON.stringify(stateVersion)}`
    return `{"type":"event","event":"${event}","payload":${payloadJson},"seq":${lastSeq}${version}}`
  }

  function drain(): void {
    while (inFlightBytes < WINDOW_BYTES) {
      const item = queue.shift()
      if (item === undefined) break
      queuedBytes -= sizeOf(item)
      write(item)
    }
    if (inFlightBytes > 0) watch()
  }

  function watch(): void {
    stall ??= clock.after(options.stalledAfterMs, beSlow)
  }

  function beSlow(): void {
    if (stopped) return
    const waiting = queuedBytes + inFlightBytes
    stop()
    options.onSlow(waiting)
  }

  function push(item: Item): void {
    if (stopped) return
    if (queue.length === 0 && inFlightBytes < WINDOW_BYTES) {
      write(item)
      return
    }
    if (item.kind === "event" && replaceOrMerge(item.prepared)) return
    queue.push(item)
    queuedBytes += sizeOf(item)
    if (queuedBytes > LIMITS.maxBufferedBytes) beSlow()
  }

  function replaceOrMerge(prepared: PreparedEvent): boolean {
    if (COALESCED.has(prepared.event)) {
      const older = queue.find(
        (item) => item.kind === "event" && item.prepared.event === prepared.event,
      )
      if (older?.kind !== "event") return false
      replace(older, prepared)
      return true
    }
    const delta = deltaOf(prepared)
    if (delta === undefined) return false
    const before = lastOfRun(delta.runId)
    const older = before && deltaOf(before.prepared)
    if (before === undefined || older === undefined || !continues(older, delta)) return false
    const data = { ...older.data, delta: older.data.delta + delta.data.delta }
    replace(before, prepareEvent("agent", { ...delta, data }))
    return true
  }

  function replace(item: Extract<Item, { kind: "event" }>, prepared: PreparedEvent): void {
    queuedBytes -= sizeOf(item)
    item.prepared = prepared
    queuedBytes += sizeOf(item)
  }

  /** The last waiting event of a run, unless a response stands behind it: nothing is moved across one. */
  function lastOfRun(runId: string): Extract<Item, { kind: "event" }> | undefined {
    for (let at = queue.length - 1; at >= 0; at -= 1) {
      const item = queue[at]
      if (item === undefined || item.kind === "frame") return undefined
      const { prepared } = item
      if (prepared.event === "agent" && agentOf(prepared)?.runId === runId) return item
    }
    return undefined
  }

  function tellFlushed(): void {
    for (const tell of whenFlushed.splice(0)) tell()
  }

  function stop(): void {
    stopped = true
    queue.length = 0
    queuedBytes = 0
    stall?.cancel()
    tellFlushed()
  }

  return {
    frame: (text) => push({ kind: "frame", text }),
    event: (prepared) => push({ kind: "event", prepared }),
    flushed() {
      if (stopped || inFlightBytes === 0) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      whenFlushed.push(resolve)
      return promise
    },
    stop,
    get waitingBytes() {
      return queuedBytes + inFlightBytes
    },
  }
}

function sizeOf(item: Item): number {
  return item.kind === "frame" ? item.text.length : item.prepared.payloadJson.length + 64
}

function agentOf(prepared: PreparedEvent): AgentEvent | undefined {
  return prepared.event === "agent" ? (prepared.payload as AgentEvent) : undefined
}

function deltaOf(prepared: PreparedEvent): Delta | undefined {
  const agent = agentOf(prepared)
  return agent?.stream === "assistant" || agent?.stream === "thought" ? agent : undefined
}

function continues(older: Delta, newer: Delta): boolean {
  return (
    older.stream === newer.stream &&
    older.data.messageId === newer.data.messageId &&
    older.data.offset + older.data.delta.length === newer.data.offset &&
    older.data.delta.length < MAX_MERGED_LENGTH
  )
}
