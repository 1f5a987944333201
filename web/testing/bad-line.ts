// A line between a page and a gateway in time that a test moves: each chunk takes its while, some get
// stuck, none overtakes another, and now and then the line is cut and what was on it is lost.

import type { Boot, Clock, Socket, SocketListener } from "../gateway.ts"
import type { ModelGateway } from "./model-gateway.ts"

export interface BadLineOptions {
  readonly clock: Clock
  readonly gateway: Pick<ModelGateway, "accept">
  /** From 0 to 1. */
  readonly random: () => number
  /** There and back again. */
  readonly roundTripMs?: number
  /** So many of a hundred chunks are held up. */
  readonly stallPercent?: number
  readonly boot?: Boot
}

export interface BadLine {
  readonly openSocket: (listener: SocketListener) => Socket
  readonly fetchBoot: (signal: AbortSignal) => Promise<Boot>
  /** Ends every socket; what was under way is lost. */
  cut(): void
}

const STALL_MS = { least: 200, most: 1_200 }

export function createBadLine(options: BadLineOptions): BadLine {
  const { clock, gateway, random } = options
  const oneWayMs = (options.roundTripMs ?? 0) / 2
  const stallShare = (options.stallPercent ?? 0) / 100
  const open = new Set<() => void>()

  /** One direction: what goes in comes out in order. */
  function createPipe() {
    let clearAt = 0
    return (deliver: () => void): void => {
      const stall =
        random() < stallShare ? STALL_MS.least + random() * (STALL_MS.most - STALL_MS.least) : 0
      clearAt = Math.max(clearAt, clock.now() + oneWayMs + stall)
      clock.after(clearAt - clock.now(), deliver)
    }
  }

  return {
    openSocket(listener) {
      const [out, back] = [createPipe(), createPipe()]
      let isOpen = true
      const whileOpen = (action: () => void) => () => {
        if (isOpen) action()
      }
      function end(): void {
        if (!isOpen) return
        isOpen = false
        open.delete(end)
        far.closed()
        listener.closed(1006, "")
      }
      const far = gateway.accept((text) => back(whileOpen(() => listener.received(text))), end)
      open.add(end)
      out(() => back(whileOpen(listener.opened)))
      return {
        send: (text) => out(whileOpen(() => far.received(text))),
        close() {
          isOpen = false
          open.delete(end)
          far.closed()
        },
      }
    },
    fetchBoot: () =>
      new Promise((resolve) => {
        const [out, back] = [createPipe(), createPipe()]
        const boot = options.boot ?? { gatewayId: "g1", version: "0.1.0" }
        out(() => back(() => resolve(boot)))
      }),
    cut() {
      for (const end of [...open]) end()
    },
  }
}
