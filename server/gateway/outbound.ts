// Frames on their way to one client. Little is handed to the socket at a time, so what waits can still be
// merged, replaced or given up, and a client that does not read costs bounded memory (rule E7).

import { encodeFrame, type HelloOk, LIMITS, type StateVersion } from "#protocol"
import type { Clock, Timer } from "../host/clock.ts"
import { createDeadline } from "../host/deadline.ts"
import { createOutboundQueue, isFrame, type Outgoing } from "./outbound-queue.ts"
import type { PreparedEvent } from "./prepared-event.ts"
import type { Socket } from "./socket.ts"

/**
 * What is handed to the socket and not yet flushed, beyond which frames wait here: bytes and, because each
 * costs the socket something besides, frames. One frame is always handed over, however large.
 */
const UNFLUSHED_BYTES = 16 * 1024
const UNFLUSHED_FRAMES = 8
/**
 * What has left and is not known to be read, beyond which events wait here. The system takes megabytes for
 * a client that reads slowly and says for most of a minute that it takes no more, so a ping after so many
 * bytes asks the client itself how far it is. Responses come only as fast as the client asks and cannot be
 * given up, so neither they nor what stands before them waits for that.
 */
const UNREAD_BYTES = 128 * 1024
const PING_EVERY_BYTES = 32 * 1024

export interface Outbound {
  /** The first frame of all. */
  greet(helloOk: HelloOk): void
  /** A response, which has no `seq`. */
  frame(text: string): void
  event(prepared: PreparedEvent): void
  /** The ping with this mark was answered. */
  read(mark: string): void
  /** The client is sending something long, and may answer pings only when that is over. */
  receiving(): void
  /** Resolves when nothing waits any more, or nothing will be sent. */
  flushed(): Promise<void>
  /** Forgets what waits; nothing more is sent. */
  stop(): void
  /** Bytes that wait here, or have left and are not known to be read. */
  readonly waitingBytes: number
}

export interface OutboundOptions {
  readonly socket: Pick<Socket, "bufferedBytes" | "ping" | "send">
  readonly clock: Clock
  readonly stalledAfterMs: number
  /** The client does not keep up: nothing of the queue will be sent. */
  readonly onSlow: (waitingBytes: number) => void
}

export function createOutbound(options: OutboundOptions): Outbound {
  const { socket, clock } = options
  const queue = createOutboundQueue()
  let unflushedFrames = 0
  /** Counts of all bytes since the beginning. */
  const total = { sent: 0, read: 0, pinged: 0 }
  // seq is per connection: a counter shared by all clients would show each of them false gaps. It is
  // given at the last moment, so that what never leaves never makes a gap.
  let lastSeq = 0
  // What was told last: an event that stood in for an older one may leave before another that was made earlier.
  let told: StateVersion = { presence: 0, health: 0 }
  let stopped = false
  let stall: Timer | undefined
  const whenFlushed: (() => void)[] = []

  function write(outgoing: Outgoing): void {
    const text = isFrame(outgoing) ? outgoing.text : encodeEvent(outgoing)
    const { bytes } = outgoing
    const before = total.sent
    unflushedFrames += 1
    total.sent += bytes
    watch()
    const flushed = () => {
      unflushedFrames -= 1
      progress()
    }
    // Else a slow client would give no sign of reading before it has all of a long frame.
    if (bytes <= PING_EVERY_BYTES) socket.send(text, flushed)
    else
      socket.send(text, flushed, {
        everyBytes: PING_EVERY_BYTES,
        mark: (part) => markAt(before + part),
      })
    if (total.sent - total.pinged >= PING_EVERY_BYTES) askHowFar()
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

  function askHowFar(): void {
    socket.ping(markAt(total.sent))
  }

  /** What an event comes to is an estimate, so a piece of it may seem to end behind it. */
  function markAt(bytes: number): string {
    total.pinged = Math.min(bytes, total.sent)
    return String(total.pinged)
  }

  function read(mark: string): void {
    const bytes = Number(mark)
    // Anybody may send a pong, with anything in it.
    if (!(bytes > total.read && bytes <= total.pinged)) return
    total.read = bytes
    progress()
  }

  /** Something has left, or was read. */
  function progress(): void {
    stall?.cancel()
    stall = undefined
    if (stopped) return
    drain()
    if (isIdle()) tellFlushed()
  }

  function isIdle(): boolean {
    return unflushedFrames === 0 && queue.isEmpty
  }

  function fitsWindow(bytes: number, isEvent: boolean): boolean {
    const unread = total.sent - total.read
    if (isEvent && !queue.holdsResponse && unread > 0 && unread + bytes > UNREAD_BYTES) {
      if (total.pinged < total.sent) askHowFar()
      return false
    }
    // Asked for anew each time: what the system took at once is told of only later.
    const { bufferedBytes } = socket
    if (bufferedBytes === 0) return true
    return unflushedFrames < UNFLUSHED_FRAMES && bufferedBytes + bytes <= UNFLUSHED_BYTES
  }

  function drain(): void {
    while (!queue.isEmpty && fitsWindow(queue.nextBytes, queue.nextIsEvent)) {
      const { lost, outgoing } = queue.take()
      lastSeq += lost
      if (outgoing !== undefined) write(outgoing)
    }
    if (!isIdle()) watch()
  }

  function watch(): void {
    stall ??= createDeadline(clock, options.stalledAfterMs, beSlow)
  }

  /** While the system takes no more, nothing excuses the client: it does not read. */
  function receiving(): void {
    if (stall === undefined || unflushedFrames > 0) return
    stall.cancel()
    stall = undefined
    watch()
  }

  function beSlow(): void {
    if (stopped) return
    const waitingBytes = waiting()
    stop()
    options.onSlow(waitingBytes)
  }

  function push(outgoing: Outgoing): void {
    if (stopped) return
    if (queue.isEmpty && fitsWindow(outgoing.bytes, !isFrame(outgoing))) {
      write(outgoing)
      return
    }
    queue.push(outgoing)
    if (isFrame(outgoing)) drain()
    if (!isIdle()) watch()
    if (queue.bytes <= LIMITS.maxBufferedBytes) return
    queue.shed(LIMITS.maxBufferedBytes)
    if (queue.bytes > LIMITS.maxBufferedBytes) beSlow()
  }

  function pushFrame(text: string): void {
    push({ text, bytes: Buffer.byteLength(text) })
  }

  function waiting(): number {
    return queue.bytes + total.sent - total.read
  }

  function tellFlushed(): void {
    for (const tell of whenFlushed.splice(0)) tell()
  }

  function stop(): void {
    stopped = true
    queue.clear()
    stall?.cancel()
    stall = undefined
    tellFlushed()
  }

  return {
    greet(helloOk) {
      told = helloOk.snapshot.stateVersion
      pushFrame(encodeFrame(helloOk))
    },
    frame: pushFrame,
    event: push,
    read,
    receiving,
    flushed() {
      if (stopped || isIdle()) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      whenFlushed.push(resolve)
      return promise
    },
    stop,
    get waitingBytes() {
      return waiting()
    },
  }
}
