// What waits to be sent to one client: merged, replaced or given up while it waits (rule E7). It holds only
// references to what all connections share, so a text that grows costs nobody memory of their own.

import type { EventName } from "#protocol"
import {
  type Delta,
  isPreparedDelta,
  type PreparedDelta,
  type PreparedEvent,
  prepareEvent,
} from "./prepared-event.ts"

/** A merged delta is not larger than this, in bytes of JSON, unless one piece of it is. */
const MAX_MERGED_BYTES = 32 * 1024
/** What a delta has around its text, about. */
const DELTA_ENVELOPE_BYTES = 256

/** Only the newest of these matters; the older one leaves without having used a `seq`. */
const COALESCED: ReadonlySet<EventName> = new Set(["presence", "health", "tick"])

/** A text frame, or an event that gets its `seq` when it leaves. */
export type Outgoing =
  | { readonly kind: "frame"; readonly text: string; readonly bytes: number }
  | { readonly kind: "event"; readonly prepared: PreparedEvent; readonly bytes: number }

type Waiting =
  | Extract<Outgoing, { kind: "frame" }>
  | { readonly kind: "event"; prepared: PreparedEvent; bytes: number }
  /** Pieces of one text, from the first to the last along their ties. */
  | { readonly kind: "deltas"; first: PreparedDelta; last: PreparedDelta; bytes: number }
  /** Events that were given up: the client will miss their numbers here. */
  | { readonly kind: "lost"; events: number; readonly runs: Set<string> }

type WaitingDeltas = Extract<Waiting, { kind: "deltas" }>
type WaitingEvent = Extract<Waiting, { kind: "event" }>
type Lost = Extract<Waiting, { kind: "lost" }>

export interface OutboundQueue {
  push(outgoing: Outgoing): void
  /** What leaves next and its bytes, about; undefined if nothing waits. */
  next(): Pick<Outgoing, "bytes" | "kind"> | undefined
  /** What leaves next, and how many events were given up before it. */
  take(): { readonly outgoing: Outgoing | undefined; readonly lost: number }
  /**
   * Gives up deltas, and what tools said if that is not enough, until what waits is at most `maxBytes`; the
   * rest is never given up. The client learns of it by a gap and gets all of it by asking (rule E8).
   */
  shed(maxBytes: number): void
  clear(): void
  readonly bytes: number
}

export function toOutgoingFrame(text: string): Outgoing {
  return { kind: "frame", text, bytes: Buffer.byteLength(text) }
}

export function toOutgoingEvent(prepared: PreparedEvent): Outgoing {
  return { kind: "event", prepared, bytes: prepared.bytes }
}

export function createOutboundQueue(): OutboundQueue {
  let items: Waiting[] = []
  let bytes = 0
  /** The text of a run that may still grow: nothing of the run, and no response, stands behind it. */
  const growing = new Map<string, WaitingDeltas>()
  const newest = new Map<EventName, WaitingEvent>()
  let lost: Lost | undefined

  function push(outgoing: Outgoing): void {
    if (outgoing.kind === "frame") {
      // Nothing is moved across a response: who reads it knows all that was said before.
      growing.clear()
      append(outgoing)
      return
    }
    const { prepared } = outgoing
    if (isPreparedDelta(prepared)) pushDelta(prepared)
    else if (COALESCED.has(prepared.event)) pushNewest(outgoing)
    else {
      if (prepared.event === "agent") growing.delete(runOf(prepared))
      append({ ...outgoing })
    }
  }

  function append(item: Exclude<Waiting, Lost>): void {
    items.push(item)
    bytes += item.bytes
  }

  function pushDelta(prepared: PreparedDelta): void {
    const { runId } = prepared.payload
    if (lost?.runs.has(runId)) {
      // The client is about to learn that it must ask: until then more of this text would be of no use.
      lost.events += 1
      return
    }
    const before = growing.get(runId)
    if (before !== undefined && before.last.next === prepared) {
      before.last = prepared
      before.bytes += prepared.textBytes
      bytes += prepared.textBytes
      return
    }
    const item: WaitingDeltas = {
      kind: "deltas",
      first: prepared,
      last: prepared,
      bytes: DELTA_ENVELOPE_BYTES + prepared.textBytes,
    }
    growing.set(runId, item)
    append(item)
  }

  function pushNewest({ prepared, bytes: size }: Extract<Outgoing, { kind: "event" }>): void {
    const older = newest.get(prepared.event)
    if (older !== undefined) {
      // In the place of the older one: at the end of the queue it might never come to leave.
      bytes += size - older.bytes
      older.prepared = prepared
      older.bytes = size
      return
    }
    const item: WaitingEvent = { kind: "event", prepared, bytes: size }
    newest.set(prepared.event, item)
    append(item)
  }

  function next(): Pick<Outgoing, "bytes" | "kind"> | undefined {
    const item = items.find((each) => each.kind !== "lost")
    if (item === undefined) return items.length === 0 ? undefined : { kind: "event", bytes: 0 }
    if (item.kind !== "deltas") return item
    return { kind: "event", bytes: Math.min(item.bytes, MAX_MERGED_BYTES) }
  }

  function take(): { outgoing: Outgoing | undefined; lost: number } {
    let missing = 0
    for (;;) {
      const item = items[0]
      if (item?.kind === "lost") {
        missing += item.events
        lost = undefined
        items.shift()
        continue
      }
      if (item === undefined) return { outgoing: undefined, lost: missing }
      return { outgoing: item.kind === "deltas" ? takeText(item) : takeWhole(item), lost: missing }
    }
  }

  function takeWhole(item: Exclude<Waiting, Lost | WaitingDeltas>): Outgoing {
    items.shift()
    bytes -= item.bytes
    if (item.kind === "event" && newest.get(item.prepared.event) === item) {
      newest.delete(item.prepared.event)
    }
    return item
  }

  function takeText(item: WaitingDeltas): Outgoing {
    let { first, last } = { first: item.first, last: item.first }
    let text = first.payload.data.delta
    let textBytes = first.textBytes
    while (last !== item.last && last.next !== undefined) {
      if (textBytes + last.next.textBytes > MAX_MERGED_BYTES) break
      last = last.next
      text += last.payload.data.delta
      textBytes += last.textBytes
    }
    if (last === item.last || last.next === undefined) {
      items.shift()
      bytes -= item.bytes
      if (growing.get(last.payload.runId) === item) growing.delete(last.payload.runId)
    } else {
      item.first = last.next
      item.bytes -= textBytes
      bytes -= textBytes
    }
    return toOutgoingEvent(first === last ? first : merge(first.payload, last.payload, text))
  }

  function shed(maxBytes: number): void {
    if (bytes > maxBytes) giveUp((item) => item.kind === "deltas")
    if (bytes > maxBytes) giveUp((item) => item.kind === "event" && isOfTool(item.prepared))
  }

  function giveUp(isGivenUp: (item: Waiting) => boolean): void {
    const kept: Waiting[] = []
    for (const item of items) {
      if (item.kind === "frame" || item.kind === "lost" || !isGivenUp(item)) {
        kept.push(item)
        continue
      }
      if (lost === undefined) {
        lost = { kind: "lost", events: 0, runs: new Set() }
        kept.push(lost)
      }
      bytes -= item.bytes
      lost.events += 1
      lost.runs.add(item.kind === "deltas" ? item.first.payload.runId : runOf(item.prepared))
    }
    items = kept
    growing.clear()
  }

  return {
    push,
    next,
    take,
    shed,
    clear() {
      items = []
      bytes = 0
      growing.clear()
      newest.clear()
      lost = undefined
    },
    get bytes() {
      return bytes
    },
  }
}

/** What stands between a run's first and last piece of a text is in order, so one event can say all of it. */
function merge(first: Delta, last: Delta, delta: string): PreparedEvent {
  const data = { ...last.data, offset: first.data.offset, delta }
  return prepareEvent("agent", { ...last, data })
}

function runOf(prepared: PreparedEvent): string {
  return "runId" in prepared.payload ? prepared.payload.runId : ""
}

function isOfTool({ event, payload }: PreparedEvent): boolean {
  return event === "agent" && "stream" in payload && payload.stream === "tool"
}
