// Tells a test when processes are really gone: each of them holds a connection open for as long as it lives.

import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"

export interface Lifeline {
  readonly port: number
  /** Resolves when so many processes have held on at some time. */
  held(count: number): Promise<void>
  /** Resolves when nobody holds on any more. */
  released(): Promise<void>
  close(): void
}

export async function createLifeline(): Promise<Lifeline> {
  const sockets = new Set<Socket>()
  const watchers = new Set<() => void>()
  let total = 0
  const server = createServer((socket) => {
    total += 1
    sockets.add(socket)
    socket.on("error", () => socket.destroy())
    socket.on("close", () => {
      sockets.delete(socket)
      for (const watch of [...watchers]) watch()
    })
    socket.resume()
    for (const watch of [...watchers]) watch()
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")

  function until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const watch = (): void => {
        if (!condition()) return
        watchers.delete(watch)
        resolve()
      }
      watchers.add(watch)
      watch()
    })
  }

  return {
    port: address.port,
    held: (count) => until(() => total >= count),
    released: () => until(() => sockets.size === 0),
    close: () => void server.close(),
  }
}

/** Holds on without keeping the process alive; resolves when the lifeline knows of it. */
export async function holdLifeline(port: string | undefined): Promise<void> {
  if (port === undefined) return
  const socket = connect(Number(port), "127.0.0.1")
  await once(socket, "connect")
  socket.on("error", () => socket.destroy())
  socket.unref()
}
