// How long the gateway takes to answer, asked with the cheapest request there is.

import { type ReadonlySignal, signal } from "@preact/signals"
import type { Clock, Requests } from "../gateway.ts"
import type { Connection } from "./connection.ts"

export interface Latency {
  /** Of the last answer. */
  readonly ms: ReadonlySignal<number | undefined>
  /** One question at a time; nothing is asked while there is no connection. */
  measure(): Promise<void>
}

export interface LatencyParts {
  readonly gateway: Requests
  readonly clock: Pick<Clock, "now">
  readonly connection: Pick<Connection, "offers" | "online">
}

export function createLatency({ gateway, clock, connection }: LatencyParts): Latency {
  const ms = signal<number | undefined>(undefined)
  let isAsking = false
  return {
    ms,
    async measure() {
      if (isAsking || !connection.online.peek() || !connection.offers("commands.list")) return
      isAsking = true
      const askedAt = clock.now()
      try {
        await gateway.request("commands.list", {})
        // A clock that was set back meanwhile measures nothing.
        if (clock.now() >= askedAt) ms.value = clock.now() - askedAt
      } catch {
        // No answer, no time; what is wrong with the connection is shown by the connection.
      } finally {
        isAsking = false
      }
    },
  }
}
