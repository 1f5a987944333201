// A bad line in front of a gateway, as an SSH tunnel over a mobile network is one: real TCP, which is
// slow, gets stuck, is cut, or freezes without a word. The same seed gives the same line.

import type { AddressInfo } from "node:net"
import { createServer, connect as dial, type Socket } from "node:net"
import { type Chance, createChance } from "./random.ts"

export interface SlowProxyOptions {
  /** The gateway's port, asked for anew with each connection. */
  readonly to: () => number
  readonly seed?: number
  /** There and back again. */
  readonly roundTripMs?: number
  /** In each direction, for all connections together. */
  readonly bytesPerSecond?: number
  /** So many of a hundred chunks get stuck, for 200 to 1,200 ms. */
  readonly stallPercent?: number
}

export interface SlowProxy {
  readonly port: number
  /** Bytes that have arrived at the browser. */
  readonly delivered: number
  /**
   * Through WebSockets that are open now nothing passes any more, and nobody is told. Other connections,
   * which the gateway ends after some idle seconds, are ended at once.
   */
  freeze(): void
  /** Ends the connections that are open now without a goodbye. */
  cut(): void
  close(): Promise<void>
}

/** About what one packet carries. */
const CHUNK_BYTES = 1_400

interface Line {
  readonly near: Socket
  readonly far: Socket
  isUpgraded: boolean
  isFrozen: boolean
}

export async function createSlowProxy(options: SlowProxyOptions): Promise<SlowProxy> {
  const { roundTripMs = 0, seed = 1, to } = options
  const chance = createChance(seed)
  const lines = new Set<Line>()
  const [up, down] = [createWire(options), createWire(options)]
  let delivered = 0

  const server = createServer((near) => {
    const line: Line = { near, far: dial(to(), "127.0.0.1"), isUpgraded: false, isFrozen: false }
    lines.add(line)
    near.on("data", (data: Buffer) => {
      if (/^upgrade: *websocket/im.test(data.toString("latin1"))) line.isUpgraded = true
    })
    pass(line, { from: near, into: line.far, wire: up, arrived: () => undefined })
    pass(line, {
      from: line.far,
      into: near,
      wire: down,
      arrived: (bytes) => {
        delivered += bytes
      },
    })
  })

  interface Direction {
    readonly from: Socket
    readonly into: Socket
    readonly wire: (bytes: number) => number
    readonly arrived: (bytes: number) => void
  }

  /** In order: what is stuck holds up what follows. */
  function pass(line: Line, { arrived, from, into, wire }: Direction): void {
    let clearAt = 0
    /** Timers of nearly the same time may come in another order than they were set in. */
    const underWay: (() => void)[] = []
    function later(bytes: number, action: () => void): void {
      clearAt = Math.max(clearAt, wire(bytes) + roundTripMs / 2 + stallOf(chance, options))
      underWay.push(action)
      setTimeout(
        () => {
          const next = underWay.shift()
          if (!line.isFrozen) next?.()
        },
        Math.max(0, clearAt - performance.now()),
      )
    }
    from.on("data", (data: Buffer) => {
      for (let at = 0; at < data.length; at += CHUNK_BYTES) {
        const chunk = data.subarray(at, at + CHUNK_BYTES)
        later(chunk.length, () => {
          arrived(chunk.length)
          if (into.writable) into.write(chunk)
        })
      }
    })
    from.on("end", () => later(0, () => into.end()))
    from.on("close", () =>
      later(0, () => {
        into.destroy()
        lines.delete(line)
      }),
    )
    // A reset by either end is an end like any other.
    from.on("error", () => undefined)
  }

  function cut(): void {
    for (const { far, near } of lines) {
      near.resetAndDestroy()
      far.resetAndDestroy()
    }
    lines.clear()
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    port: (server.address() as AddressInfo).port,
    get delivered() {
      return delivered
    },
    freeze() {
      for (const line of lines) {
        line.isFrozen = true
        if (line.isUpgraded) continue
        line.near.destroy()
        line.far.destroy()
      }
    },
    cut,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      cut()
      await closed
    },
  }
}

/** When the last of so many bytes is through: those of all connections stand in one line. */
function createWire({ bytesPerSecond = Number.POSITIVE_INFINITY }: SlowProxyOptions) {
  let freeAt = 0
  return (bytes: number): number => {
    freeAt = Math.max(freeAt, performance.now()) + (bytes / bytesPerSecond) * 1_000
    return freeAt
  }
}

function stallOf(chance: Chance, { stallPercent = 0 }: SlowProxyOptions): number {
  return chance.between(1, 100) <= stallPercent ? chance.between(200, 1_200) : 0
}
