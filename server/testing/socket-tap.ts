// Listens in on the WebSockets of this process, whoever opened them.

import { WebSocket } from "ws"
import type { Connection, FrameEar } from "./frame-ear.ts"

/** Gateways in this process are heard where they send, others where a client in it receives. */
export type Side = "gateway" | "client"

/** For good: it replaces two methods of every socket. */
export function tapSockets(ear: Pick<FrameEar, "connection">, side: Side): void {
  const connections = new WeakMap<WebSocket, Connection>()

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
    const [data] = words
    if (typeof data === "string") {
      const connection = connectionOf(this)
      if (side === "client") connection?.fromClient(data)
      else connection?.fromGateway(data)
    }
    send.apply(this, words)
  } as typeof send
}

/** A socket that was accepted has no address. */
function isClient({ url }: WebSocket): boolean {
  return typeof url === "string" && url !== ""
}
