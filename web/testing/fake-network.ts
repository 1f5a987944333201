// The far end of the page's sockets, in memory: a test opens, speaks and breaks them by hand.

import type { Boot, Socket, SocketListener } from "../gateway.ts"

export interface FakeSocket {
  readonly sent: { type: string; id?: string; method?: string; params?: unknown; auth?: unknown }[]
  readonly closedWith: { code: number; reason: string } | undefined
  open(): void
  say(frame: unknown): void
  break(code?: number, reason?: string): void
}

export interface FakeNetwork {
  /** "silent": the question is never answered. */
  boot: Boot | "unreachable" | "silent"
  readonly sockets: FakeSocket[]
  /** The newest socket; throws when there is none. */
  readonly last: FakeSocket
  readonly openSocket: (listener: SocketListener) => Socket
  readonly fetchBoot: (signal: AbortSignal) => Promise<Boot>
}

export function createFakeNetwork(): FakeNetwork {
  const sockets: FakeSocket[] = []
  const network: FakeNetwork = {
    boot: { gatewayId: "g1", version: "0.1.0" },
    sockets,
    get last() {
      const socket = sockets.at(-1)
      if (socket === undefined) throw new Error("no socket was opened")
      return socket
    },
    async fetchBoot(signal) {
      if (network.boot === "unreachable") throw new Error("unreachable")
      if (network.boot !== "silent") return network.boot
      return new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason))
      })
    },
    openSocket(listener) {
      const sent: FakeSocket["sent"] = []
      let closedWith: FakeSocket["closedWith"]
      sockets.push({
        sent,
        get closedWith() {
          return closedWith
        },
        open: () => listener.opened(),
        say: (frame) => listener.received(JSON.stringify(frame)),
        break: (code = 1006, reason = "") => listener.closed(code, reason),
      })
      return {
        send: (text) => void sent.push(JSON.parse(text)),
        close(code, reason) {
          closedWith = { code, reason }
        },
      }
    },
  }
  return network
}
