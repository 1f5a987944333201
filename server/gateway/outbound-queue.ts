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
const MAX_MERGED_BYTES = 16 * 1024
/** What a delta has around its text, about. */
const DELTA_ENVELOPE_BYTES = 256

/** Only the newest of these matters; the older one leaves without having used a `seq`. */
const COALESCED: ReadonlySet<EventName> = new Set(["presence", "health", "tick"])

/** A response, as it is sent. */
export interface Frame {
  readonly text: string
  readonly bytes: number
}

/** What a client is to get; an event gets its `seq` when it leaves. */
export type Outgoing = Frame | PreparedEvent

type Waiting =
  | { readonly kind: "whole"; outgoing: Outgoing }
  /** Pieces of one text, from the first to the last along their ties. */
  | { readonly kind: "deltas"; first: PreparedDelta; last: PreparedDelta; bytes: number }
  /** Events that were given up: the client will miss their numbers here. */
  | { readonly kind: "lost"; events: number; readonly runs: Set<string> }

type WaitingDeltas = Extract<Waiting, { kind: "deltas" }>
type WaitingWhole = Extract<Waiting, { kind: "whole" }>
type Lost = Extract<Waiting, { kind: "lost" }>

export interface OutboundQueue {
  push(outgoing: Outgoing): void
  readonly isEmpty: boolean
  readonly holdsResponse: boolean
  /** What leaves next is an event. */
  readonly nextIsEvent: boolean
  /** The bytes of what leaves next, about. */
  readonly nextBytes: number
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

export function isFrame(outgoing: Outgoing): outgoing is Frame {
  return "text" in outgoing
}

export function createOutboundQueue(): OutboundQueue {
  let items: Waiting[] = []
  let bytes = 0
  let responses = 0
  /** The text of a run that may still grow: nothing of the run, and no response, stands behind it. */
  const growing = new Map<string, WaitingDeltas>()
  /** What a newer one may stand in for: no response stands behind it. */
  const newest = new Map<EventName, WaitingWhole>()
  let lost: Lost | undefined

  function push(outgoing: Outgoing): void {
    if (isFrame(outgoing)) {
      // Nothing is moved across a response: who reads it knows all that was said before, and nothing later.
      growing.clear()
      newest.clear()
      responses += 1
      append({ kind: "whole", outgoing })
    } else if (isPreparedDelta(outgoing)) pushDelta(outgoing)
    else if (COALESCED.has(outgoing.event)) pushNewest(outgoing)
    else {
      if (outgoing.event === "agent") growing.delete(runOf(outgoing))
      append({ kind: "whole", outgoing })
    }
  }

  function append(item: Exclude<Waiting, Lost>): void {
    items.push(item)
    bytes += bytesOf(item)
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

  function pushNewest(prepared: PreparedEvent): void {
    const older = newest.get(prepared.event)
    if (older !== undefined) {
      // In the place of the older one: at the end of the queue it might never come to leave.
      bytes += prepared.bytes - older.outgoing.bytes
      older.outgoing = prepared
      return
    }
    const item: WaitingWhole = { kind: "whole", outgoing: prepared }
    newest.set(prepared.event, item)
    append(item)
  }

  function next(): Exclude<Waiting, Lost> | undefined {
    return items.find((item) => item.kind !== "lost")
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

  function takeWhole(item: WaitingWhole): Outgoing {
    const { outgoing } = item
    items.shift()
    bytes -= outgoing.bytes
    if (isFrame(outgoing)) responses -= 1
    else if (newest.get(outgoing.event) === item) newest.delete(outgoing.event)
    return outgoing
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
    return first === last ? first : merge(first.payload, last.payload, text)
  }

  function shed(maxBytes: number): void {
    if (bytes > maxBytes) giveUp((item) => item.kind === "deltas")
    if (bytes > maxBytes) giveUp((item) => item.kind === "whole" && isOfTool(item.outgoing))
  }

  function giveUp(isGivenUp: (item: Waiting) => boolean): void {
    const kept: Waiting[] = []
    for (const item of items) {
      if (item.kind === "lost" || !isGivenUp(item)) {
        kept.push(item)
        continue
      }
      if (lost === undefined) {
        lost = { kind: "lost", events: 0, runs: new Set() }
        kept.push(lost)
      }
      bytes -= bytesOf(item)
      lost.events += 1
      lost.runs.add(runOf(item.kind === "deltas" ? item.first : item.outgoing))
    }
    items = kept
    growing.clear()
  }

  return {
    push,
    get isEmpty() {
      return items.length === 0
    },
    get holdsResponse() {
      return responses > 0
    },
    get nextIsEvent() {
      const item = next()
      return item?.kind !== "whole" || !isFrame(item.outgoing)
    },
    get nextBytes() {
      const item = next()
      if (item === undefined) return 0
      return item.kind === "deltas" ? Math.min(item.bytes, MAX_MERGED_BYTES) : bytesOf(item)
    },
    take,
    shed,
    clear() {
      items = []
      bytes = 0
      responses = 0
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

function bytesOf(item: Exclude<Waiting, Lost>): number {
  return item.kind === "deltas" ? item.bytes : item.outgoing.bytes
}

function runOf(outgoing: Outgoing): string {
  return !isFrame(outgoing) && "runId" in outgoing.payload ? outgoing.payload.runId : ""
}

function isOfTool(outgoing: Outgoing): boolean {
  if (isFrame(outgoing)) return false
  const { event, payload } = outgoing
  return event === "agent" && "stream" in payload && payload.stream === "tool"
}
