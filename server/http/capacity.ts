// How many sockets there may be, over all ports together (faults HS16, HS17): few that have not said who
// they are, and a bounded number in all.

import type { Duplex } from "node:stream"
import { LIMITS } from "#protocol"

export interface Capacity {
  /** A socket was opened: it waits until its request is answered or its hello accepted, or it closes. */
  opened(socket: Duplex): void
  /** Its request was complete, or its hello was accepted. */
  identified(socket: Duplex): void
  /** It became a WebSocket. */
  upgraded(socket: Duplex): void
  /** Why this socket may not become a WebSocket now, or undefined if it may. */
  refusal(socket: Duplex): string | undefined
}

export function createCapacity(): Capacity {
  const waiting = new Set<Duplex>()
  const webSockets = new Set<Duplex>()

  return {
    opened(socket) {
      waiting.add(socket)
      socket.once("close", () => {
        waiting.delete(socket)
        webSockets.delete(socket)
      })
    },
    identified: (socket) => void waiting.delete(socket),
    upgraded: (socket) => void webSockets.add(socket),
    refusal(socket) {
      const others = waiting.size - (waiting.has(socket) ? 1 : 0)
      if (others >= LIMITS.maxPendingConnections) return "too many pending connections"
      return webSockets.size >= LIMITS.maxConnections ? "connection limit" : undefined
    },
  }
}
