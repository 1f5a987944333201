// Frames on their way to one client. Little is handed to the socket at a time, so what waits can still be
// merged, replaced or given up, and a client that does not read costs bounded memory (rule E7).

import { encodeFrame, type HelloOk, LIMITS, type StateVersion } from "#protocol"
import type { Clock, Timer } from "../host/clock.ts"
import { createDeadline } from "./deadline.ts"
import {
  createOutboundQueue,
  type Outgoing,
  toOutgoingEvent,
  toOutgoingFrame,
} from "./outbound-queue.ts"
import type { PreparedEvent } from "./prepared-event.ts"
import type { Socket } from "./socket.ts"

/**
 * What is handed to the socket and not yet flushed, beyond which frames wait here: bytes and, because each
 * costs the socket something besides, frames. One frame is always handed over, however large.
 */
const WINDOW_BYTES = 32 * 1024
const WINDOW_FRAMES = 16

export interface Outbound {
  /** The first frame of all. */
  greet(helloOk: HelloOk): void
  /** A response, which has no `seq`. */
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
  readonly socket: Pick<Socket, "send">
  readonly clock: Clock
  readonly stalledAfterMs: number
  /** The client does not keep up: nothing of the queue will be sent. */
  readonly onSlow: (waitingBytes: number) => void
}

export function createOutbound(options: OutboundOptions): Outbound {
  const { socket, clock } = options
  const queue = createOutboundQueue()
  let inFlight = { bytes: 0, frames: 0 }
  // seq is per connection: a counter shared by all clients would show each of them false gaps. It is
  // given at the last moment, so that what never leaves never makes a gap.
  let lastSeq = 0
  // What was told last: an event that stood in for an older one may leave before another that was made earlier.
  let told: StateVersion = { presence: 0, health: 0 }
  let stopped = false
  let stall: Timer | undefined
  const whenFlushed: (() => void)[] = []

  function write(outgoing: Outgoing): void {
    const text = outgoing.kind === "frame" ? outgoing.text : encodeEvent(outgoing.prepared)
    const { bytes } = outgoing
    inFlight = { bytes: inFlight.bytes + bytes, frames: inFlight.frames + 1 }
    watch()
    socket.send(text, () => {
      inFlight = { bytes: inFlight.bytes - bytes, frames: inFlight.frames - 1 }
      stall?.cancel()
      stall = undefined
      if (stopped) return
      drain()
      if (inFlight.frames === 0) tellFlushed()
    })
  }

  function encodeEvent({ event, payloadJson, stateVersion }: PreparedEvent): string {
    lastSeq += 1
    const version = stateVersion && `,"stateVersion":${JSON.stringify(tell(event, stateVersion))}`
    return `{"type":"event","event":"${event}","payload":${payloadJson},"seq":${lastSeq}${version ?? ""}}`
  }

  /** The counter of what the event carries, beside the other one as the client has it. */
  function tell(event: PreparedEvent["event"], version: StateVersion): StateVersion {
    if (event === "presence" || event === "health") told = { ...told, [event]: version[event] }
    return told
  }

  function fitsWindow(bytes: number): boolean {
    if (inFlight.frames === 0) return true
    return inFlight.frames < WINDOW_FRAMES && inFlight.bytes + bytes <= WINDOW_BYTES
  }

  function drain(): void {
    for (;;) {
      const bytes = queue.nextBytes()
      if (bytes === undefined || !fitsWindow(bytes)) break
      const { lost, outgoing } = queue.take()
      lastSeq += lost
      if (outgoing !== undefined) write(outgoing)
    }
    if (inFlight.frames > 0) watch()
  }

  function watch(): void {
    stall ??= createDeadline(clock, options.stalledAfterMs, beSlow)
  }

  function beSlow(): void {
    if (stopped) return
    const waiting = queue.bytes + inFlight.bytes
    stop()
    options.onSlow(waiting)
  }

  function push(outgoing: Outgoing): void {
    if (stopped) return
    if (queue.nextBytes() === undefined && fitsWindow(outgoing.bytes)) {
      write(outgoing)
      return
    }
    queue.push(outgoing)
    if (queue.bytes <= LIMITS.maxBufferedBytes) return
    queue.shed(LIMITS.maxBufferedBytes)
    if (queue.bytes > LIMITS.maxBufferedBytes) beSlow()
  }

  function tellFlushed(): void {
    for (const tell of whenFlushed.splice(0)) tell()
  }

  function stop(): void {
    stopped = true
    queue.clear()
    stall?.cancel()
    tellFlushed()
  }

  return {
    greet(helloOk) {
      told = helloOk.snapshot.stateVersion
      push(toOutgoingFrame(encodeFrame(helloOk)))
    },
    frame: (text) => push(toOutgoingFrame(text)),
    event: (prepared) => push(toOutgoingEvent(prepared)),
    flushed() {
      if (stopped || inFlight.frames === 0) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      whenFlushed.push(resolve)
      return promise
    },
    stop,
    get waitingBytes() {
      return queue.bytes + inFlight.bytes
    },
  }
}
