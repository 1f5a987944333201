// The listening socket for the client: admits connections as the faults say, and ends them all with the lab.

import { createServer } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { type WebSocket, WebSocketServer } from "ws"
import type { Admission } from "./faults.ts"

export type FrontDeskParts = {
  readonly port: number
  readonly admission: () => Admission
  readonly onSocket: (socket: WebSocket) => void
  /** Every TCP connection, also one that is refused. */
  readonly onKnock: () => void
}

export async function startFrontDesk({ port, admission, onSocket, onKnock }: FrontDeskParts) {
  const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  const sockets = new Set<Socket>()
  const server = createServer()

  server.on("connection", (socket) => {
    onKnock()
    socket.on("error", () => socket.destroy())
    if (admission() === "refuse") {
      socket.resetAndDestroy()
      return
    }
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  server.on("upgrade", (request, socket, head) => {
    if (admission() !== "accept") return
    webSockets.handleUpgrade(request, socket, head, onSocket)
  })
  server.listen(port, "127.0.0.1")
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve)
    server.once("error", reject)
  })

  return {
    port: (server.address() as AddressInfo).port,
    stop(): Promise<void> {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      webSockets.close()
      return closed
    },
  }
}
