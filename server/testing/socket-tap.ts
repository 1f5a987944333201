// Listens in on the WebSockets of this process, whoever opened them.

import { WebSocket } from "ws"
import type { Connection, FrameEar } from "./frame-ear.ts"

/** Gateways in this process are heard where they send, others where a client in it receives. */
export type Side = "gateway" | "client"

/** Replaces two methods of every socket, until what it gives is called. */
export function tapSockets(ear: Pick<FrameEar, "connection">, side: Side): () => void {
  const connections = new WeakMap<WebSocket, Connection>()
  const pieces = createPieces()

  /** Of a socket on the side where we listen. */
  function connectionOf(socket: WebSocket): Connection | undefined {
    if (isClient(socket) !== (side === "client")) return undefined
    const connection = connections.get(socket) ?? ear.connection()
    connections.set(socket, connection)
    return connection
  }

  const { emit, send } = WebSocket.prototype
  WebSocket.prototype.emit = function (this: WebSocket, name: string, ...words: unknown[]) {
    const [data, isBinary] = words
    if (name === "message" && isBinary === false) {
      const connection = connectionOf(this)
      if (side === "client") connection?.fromGateway(String(data))
      else connection?.fromClient(String(data))
    }
    return emit.call(this, name, ...words)
  }
  WebSocket.prototype.send = function (this: WebSocket, ...words: Parameters<typeof send>) {
    const text = pieces.add(this, words)
    if (text !== undefined) {
      const connection = connectionOf(this)
      if (side === "client") connection?.fromClient(text)
      else connection?.fromGateway(text)
    }
    send.apply(this, words)
  } as typeof send
  return () => Object.assign(WebSocket.prototype, { emit, send })
}

/** Texts that leave in pieces. */
function createPieces() {
  const begun = new WeakMap<WebSocket, Buffer[]>()
  return {
    /** The text that ends with what is sent, if one does. */
    add(socket: WebSocket, [data, options]: readonly unknown[]): string | undefined {
      if (typeof data === "string") return data
      if (!(data instanceof Buffer) || !isTextPiece(options)) return undefined
      const all = [...(begun.get(socket) ?? []), data]
      begun.set(socket, options.fin ? [] : all)
      return options.fin ? Buffer.concat(all).toString() : undefined
    },
  }
}

function isTextPiece(options: unknown): options is { readonly fin: boolean } {
  return (
    typeof options === "object" &&
    options !== null &&
    "fin" in options &&
    "binary" in options &&
    options.binary === false
  )
}

/** A socket that was accepted has no address. */
function isClient({ url }: WebSocket): boolean {
  return typeof url === "string" && url !== ""
}
