// A WebSocket of the ws library as the small socket that the gateway wants.

import type { Socket as NetSocket } from "node:net"
import type { WebSocket } from "ws"
import { CLOSE, type Close, LIMITS } from "#protocol"
import type { Asking, Socket, SocketListener } from "../gateway/socket.ts"
import type { Clock } from "../host/clock.ts"
import { createPings } from "./pings.ts"

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

export interface SocketOwner {
  readonly accept: (socket: Socket) => SocketListener
  /** Its hello was accepted. */
  readonly admitted: () => void
  readonly remoteAddress: string | undefined
  readonly clock: Pick<Clock, "monotonic">
  readonly pingWindowMs: number
}

/** Hands the socket to its owner and its messages to what comes back. */
export function attachSocket(webSocket: WebSocket, raw: NetSocket, owner: SocketOwner): void {
  let rawBytes = 0
  /** The latest bytes brought something whole. */
  let heard = false
  let state: "stranger" | "admitted" | "over" = "stranger"
  /** From here on the other end is heard no more, whether or not it answers the close. */
  const finish = () => {
    if (state === "over") return
    state = "over"
    raw.off("data", noteBytes)
    listener.closed()
  }
  const refuse = (close: Close) => {
    webSocket.close(close.code, close.reason)
    finish()
  }
  const refuseFlood = () => {
    webSocket.close(CLOSE.tooBig.code)
    finish()
    raw.pause()
    setImmediate(() => webSocket.terminate())
  }
  // ws limits a message, but only to what an admitted client may send: until then bytes are counted here,
  // after ws has seen them, so that requests in the chunk in which hello ends do not count.
  const noteBytes = (chunk: Buffer) => {
    rawBytes += chunk.length
    if (state === "stranger") {
      if (rawBytes > LIMITS.maxHelloBytes) refuseFlood()
    } else if (state === "admitted" && !heard) listener.receiving()
    heard = false
  }
  raw.on("data", noteBytes)

  const listener = owner.accept({
    remoteAddress: toVisibleAddress(owner.remoteAddress),
    get bufferedBytes() {
      return webSocket.bufferedAmount
    },
    send(text, flushed, asking) {
      const whole = (error?: Error | null) => {
        if (error === undefined || error === null) flushed()
      }
      if (asking === undefined) webSocket.send(text, whole)
      else sendInPieces(webSocket, text, { asking, whole })
    },
    close: (code, reason) => webSocket.close(code, reason),
    ping: (mark) => webSocket.ping(mark),
    terminate: () => webSocket.terminate(),
    admitted() {
      state = "admitted"
      owner.admitted()
    },
  })
  const pings = createPings({
    monotonic: owner.clock.monotonic,
    windowMs: owner.pingWindowMs,
    pong: (data, left) => webSocket.pong(data, false, left),
  })

  webSocket.on("message", (data: Buffer, isBinary: boolean) => {
    if (state === "stranger" && data.length > LIMITS.maxHelloBytes) refuseFlood()
    if (state === "over") return
    heard = true
    const text = isBinary ? decodeUtf8(data) : data.toString("utf8")
    if (text === undefined) refuse(CLOSE.invalidUtf8)
    else listener.message(text)
  })
  webSocket.on("ping", (data: Buffer) => {
    heard = true
    if (state !== "over" && !pings.take(data)) refuse(CLOSE.pingFlood)
  })
  webSocket.on("pong", (data: Buffer) => {
    heard = true
    listener.alive(data.toString("latin1"))
  })
  webSocket.on("close", finish)
  // ws has begun to close with the code of the error, and waits for an answer that may never come.
  webSocket.on("error", finish)
}

interface Pieces {
  readonly asking: Asking
  readonly whole: (error?: Error | null) => void
}

/** Fragments of one message: control frames are the only ones that may come between them, and pings do. */
function sendInPieces(webSocket: WebSocket, text: string, { asking, whole }: Pieces): void {
  const bytes = Buffer.from(text)
  let at = 0
  for (; at + asking.everyBytes < bytes.length; at += asking.everyBytes) {
    const end = at + asking.everyBytes
    webSocket.send(bytes.subarray(at, end), { binary: false, fin: false })
    webSocket.ping(asking.mark(end))
  }
  webSocket.send(bytes.subarray(at), { binary: false, fin: true }, whole)
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** Loopback says nothing about who is there (rule P2). */
function toVisibleAddress(address: string | undefined): string | undefined {
  if (address === undefined) return undefined
  const plain = address.replace(/^::ffff:/, "")
  return plain.startsWith("127.") || plain === "::1" ? undefined : plain
}
