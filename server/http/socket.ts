// A WebSocket of the ws library as the small socket that the gateway wants.

import type { IncomingMessage } from "node:http"
import type { WebSocket } from "ws"
import { CLOSE, LIMITS } from "#protocol"
import type { Socket, SocketListener } from "../gateway/socket.ts"

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

export interface SocketOwner {
  readonly accept: (socket: Socket) => SocketListener
  /** Its hello was accepted. */
  readonly admitted: () => void
}

/** Hands the socket to its owner and its messages to what comes back. */
export function attachSocket(
  webSocket: WebSocket,
  request: IncomingMessage,
  owner: SocketOwner,
): void {
  const raw = request.socket
  let rawBytes = 0
  let state: "stranger" | "admitted" | "refused" = "stranger"
  const refuse = () => {
    state = "refused"
    raw.off("data", countBytes)
    webSocket.close(CLOSE.tooBig.code)
    raw.pause()
    setImmediate(() => webSocket.terminate())
  }
  // ws limits a message, but only to what an admitted client may send: until then bytes are counted here,
  // after ws has seen them, so that requests in the chunk in which hello ends do not count.
  const countBytes = (chunk: Buffer) => {
    rawBytes += chunk.length
    if (state === "stranger" && rawBytes > LIMITS.maxHelloBytes) refuse()
  }
  raw.on("data", countBytes)

  const listener = owner.accept({
    remoteAddress: toVisibleAddress(raw.remoteAddress),
    send: (text, flushed) =>
      webSocket.send(text, (error) => {
        if (error === undefined || error === null) flushed()
      }),
    close: (code, reason) => webSocket.close(code, reason),
    ping: () => webSocket.ping(),
    terminate: () => webSocket.terminate(),
    admitted() {
      state = "admitted"
      raw.off("data", countBytes)
      owner.admitted()
    },
  })

  webSocket.on("message", (data: Buffer, isBinary: boolean) => {
    if (state === "stranger" && data.length > LIMITS.maxHelloBytes) refuse()
    if (state === "refused") return
    const text = isBinary ? decodeUtf8(data) : data.toString("utf8")
    if (text === undefined) webSocket.close(CLOSE.invalidUtf8.code, CLOSE.invalidUtf8.reason)
    else listener.message(text)
  })
  webSocket.on("pong", () => listener.alive())
  webSocket.on("close", () => listener.closed())
  // ws has closed the socket already, with the code of the error; without a listener it would throw.
  webSocket.on("error", () => undefined)
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
