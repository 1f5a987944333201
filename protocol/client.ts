// The client's half of the protocol without any IO: text in, text out. The CLI and the page share it;
// each brings its own socket and its own clock.

import type { AgentAck } from "./agent.ts"
import { type ErrorShape, fromErrorShape, GatewayError, invalidRequest } from "./errors.ts"
import { EVENT_NAMES } from "./events.ts"
import {
  decodeText,
  type EventFrame,
  encodeFrame,
  type Hello,
  type HelloError,
  type HelloOk,
} from "./frames.ts"
import type { MethodAck, MethodName, MethodParams, MethodResult } from "./methods.ts"
import { createSequenceCounter } from "./sequence.ts"

export type ClientSignal =
  | { readonly kind: "ready"; readonly helloOk: HelloOk }
  | { readonly kind: "refused"; readonly helloError: HelloError }
  | { readonly kind: "event"; readonly frame: EventFrame }
  /** Events were lost before the one that follows: refresh (rule E8). */
  | { readonly kind: "gap"; readonly lost: number }
  /** The other end does not speak this protocol. */
  | { readonly kind: "garbage"; readonly problem: string }

export interface ProtocolClientOptions {
  readonly hello: Omit<Hello, "type">
  readonly send: (text: string) => void
  readonly on: (signal: ClientSignal) => void
}

export interface RequestOptions<M extends MethodName> {
  /** Called when a two-stage method was accepted. */
  readonly onAck?: (ack: MethodAck<M>) => void
}

export interface PendingRequest<Result> {
  readonly id: string
  /**
   * Rejects with a GatewayError; after `closed()` with `UNAVAILABLE`, `details.reason` "connection_lost" and
   * its `closeCode`. What the gateway would not take is never sent (rule T4): "request_too_large".
   */
  readonly result: Promise<Result>
  /** Forget the request: its answer will be ignored and `result` never settles. */
  forget(): void
}

export interface ProtocolClient {
  /** The socket is open: say hello. */
  opened(): void
  /** One message arrived. */
  receive(text: string): void
  /** The socket is closed: every pending request fails. A new socket may be opened afterwards. */
  closed(why: string, closeCode?: number): void
  request<M extends MethodName>(
    method: M,
    params: MethodParams<M>,
    options?: RequestOptions<M>,
  ): PendingRequest<MethodResult<M>>
  /** A request by a name that this code need not know, as `gw:call` makes it. */
  call(method: string, params: unknown, onAck?: (ack: AgentAck) => void): PendingRequest<unknown>
}

/** A request waits for its final answer, whether or not its caller wants to hear of the first. */
function ignoreAck(): void {
  return
}

interface Pending {
  readonly onAck: ((ack: AgentAck) => void) | undefined
  readonly resolve: (payload: unknown) => void
  readonly reject: (error: GatewayError) => void
}

export function createProtocolClient(options: ProtocolClientOptions): ProtocolClient {
  const { hello, send, on } = options
  const pending = new Map<string, Pending>()
  const sequence = createSequenceCounter()
  let lastId = 0
  /** Not known until the gateway says it. */
  let maxPayload = Number.POSITIVE_INFINITY

  function call(
    method: string,
    params: unknown,
    onAck?: (ack: AgentAck) => void,
  ): PendingRequest<unknown> {
    lastId += 1
    const id = String(lastId)
    const text = encodeFrame({ type: "req", id, method, params })
    if (!fits(text, maxPayload)) {
      return { id, result: Promise.reject(tooLarge(maxPayload)), forget: () => undefined }
    }
    const result = new Promise<unknown>((resolve, reject) => {
      pending.set(id, { onAck, resolve, reject })
    })
    send(text)
    return { id, result, forget: () => void pending.delete(id) }
  }

  function settle(frame: ReceivedResponse): void {
    const waiting = pending.get(frame.id)
    if (waiting === undefined) return
    if (frame.ok && waiting.onAck !== undefined && isAck(frame.payload)) {
      waiting.onAck(frame.payload)
      return
    }
    pending.delete(frame.id)
    if (frame.ok) waiting.resolve(frame.payload)
    else waiting.reject(fromErrorShape(frame.error, frame.payload))
  }

  function receive(text: string): void {
    const frame = decodeServerFrame(text)
    switch (frame.type) {
      case "garbage":
        on({ kind: "garbage", problem: frame.problem })
        return
      case "unknown":
        return
      case "hello-ok":
        sequence.reset()
        maxPayload = frame.policy.maxPayload
        on({ kind: "ready", helloOk: frame })
        return
      case "hello-error":
        on({ kind: "refused", helloError: frame })
        return
      case "res":
        settle(frame)
        return
      case "event": {
        const lost = sequence.see(frame.seq)
        if (lost > 0) on({ kind: "gap", lost })
        if (EVENT_NAMES.includes(frame.event)) on({ kind: "event", frame })
        return
      }
      default:
        frame satisfies never
    }
  }

  return {
    opened: () => send(encodeFrame({ type: "hello", ...hello })),
    receive,
    closed(why, closeCode) {
      const waiting = [...pending.values()]
      pending.clear()
      for (const request of waiting) {
        request.reject(
          new GatewayError("UNAVAILABLE", `The connection to the gateway was lost (${why}).`, {
            reason: "connection_lost",
            ...(closeCode !== undefined && { details: { closeCode } }),
          }),
        )
      }
    },
    call,
    request: (method, params, requestOptions) =>
      // The table types both ends; the casts are the one place where wire and type meet.
      call(
        method,
        params,
        (requestOptions?.onAck ?? ignoreAck) as (ack: AgentAck) => void,
      ) as PendingRequest<never>,
  }
}

function tooLarge(maxPayload: number): GatewayError {
  return invalidRequest(
    `This is too large to be sent: the gateway takes at most ${maxPayload.toLocaleString("en")} bytes at once.`,
    "request_too_large",
  )
}

/** Whether the text has at most so many bytes in UTF-8. */
function fits(text: string, maxBytes: number): boolean {
  // No unit takes more than three bytes, so most texts need not be counted.
  if (text.length * 3 <= maxBytes) return true
  let bytes = text.length
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    // Each half of a pair of surrogates has two of its four bytes; JSON escapes a lone one.
    if (unit >= 0x80) bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2
  }
  // A gateway that does not say how much it takes is sent everything.
  return !(bytes > maxBytes)
}

type ReceivedResponse =
  | { readonly type: "res"; readonly id: string; readonly ok: true; readonly payload: unknown }
  | {
      readonly type: "res"
      readonly id: string
      readonly ok: false
      readonly error: ErrorShape
      readonly payload?: unknown
    }

type Received =
  | HelloOk
  | HelloError
  | ReceivedResponse
  | EventFrame
  | { readonly type: "unknown" }
  | { readonly type: "garbage"; readonly problem: string }

/**
 * A client trusts the gateway it chose and only sorts its frames: the page would pay for a second
 * validation with its weight, and a newer gateway may say more than this code knows.
 */
function decodeServerFrame(text: string): Received {
  const decoded = decodeText(text)
  if (!decoded.ok) return { type: "garbage", problem: decoded.problem }
  const frame = decoded.value
  if (!isRecord(frame) || typeof frame["type"] !== "string") {
    return { type: "garbage", problem: "a frame without a type" }
  }
  const hasItsParts = HAS_ITS_PARTS.get(frame["type"])
  if (hasItsParts === undefined) return { type: "unknown" }
  return hasItsParts(frame)
    ? (frame as unknown as Received)
    : { type: "garbage", problem: `a broken frame of type ${frame["type"]}` }
}

/** What this file itself reads of each frame. */
const HAS_ITS_PARTS: ReadonlyMap<string, (frame: Record<string, unknown>) => boolean> = new Map([
  ["hello-ok", (frame) => isRecord(frame["snapshot"]) && isRecord(frame["policy"])],
  ["hello-error", (frame) => typeof frame["code"] === "string"],
  ["event", (frame) => Number.isSafeInteger(frame["seq"]) && isRecord(frame["payload"])],
  [
    "res",
    (frame) => frame["ok"] === true || (frame["ok"] === false && isErrorShape(frame["error"])),
  ],
])

function isErrorShape(value: unknown): boolean {
  return isRecord(value) && typeof value["code"] === "string"
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null
}

function isAck(payload: unknown): payload is AgentAck {
  return isRecord(payload) && payload["status"] === "accepted"
}
