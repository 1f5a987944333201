// How many sockets there may be, over all ports together (faults HS16, HS17): few that have not said who
// they are, and a bounded number in all; and never so many that no descriptor is left for anything else
// (fault CR10).

import type { Duplex } from "node:stream"
import { LIMITS } from "#protocol"

export interface Capacity {
  /**
   * A socket was opened: it waits until its request is answered or its hello accepted, or it closes. One
   * for which there is no room is closed at once.
   */
  opened(socket: Duplex): void
  /** Its request was complete, or its hello was accepted. */
  identified(socket: Duplex): void
  /** It became a WebSocket. */
  upgraded(socket: Duplex): void
  /** Why this socket may not become a WebSocket now, or undefined if it may. */
  refusal(socket: Duplex): string | undefined
}

export interface CapacityParts {
  /** How many sockets may be open in all. */
  readonly maxSockets?: number
  /** One was closed because there were so many. */
  readonly full?: () => void
}

export function createCapacity({
  full = () => undefined,
  maxSockets = Number.POSITIVE_INFINITY,
}: CapacityParts = {}): Capacity {
  const open = new Set<Duplex>()
  const waiting = new Set<Duplex>()
  const webSockets = new Set<Duplex>()

  return {
    opened(socket) {
      if (open.size >= maxSockets) {
        socket.destroy()
        full()
        return
      }
      open.add(socket)
      waiting.add(socket)
      socket.once("close", () => {
        open.delete(socket)
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
