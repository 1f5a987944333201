// The gateway's health as it was last heard of.

import { type ReadonlySignal, signal } from "@preact/signals"
import type { HealthSnapshot } from "#protocol"
import type { Clock } from "../gateway.ts"

export interface Health {
  readonly snapshot: ReadonlySignal<HealthSnapshot | undefined>
  set(snapshot: HealthSnapshot): void
  /** A time of the gateway by this browser's clock, which may be another machine's. */
  toPageTime(ts: number): number
  /** The other way round. */
  toGatewayTime(ts: number): number
}

/** What a snapshot takes on its way is no difference of the clocks. */
const SAME_CLOCK_MS = 2_000

export function createHealth(clock: Pick<Clock, "now">): Health {
  const snapshot = signal<HealthSnapshot | undefined>(undefined)
  let aheadMs = 0
  return {
    snapshot,
    set(next) {
      const difference = next.ts - clock.now()
      aheadMs = Math.abs(difference) < SAME_CLOCK_MS ? 0 : difference
      snapshot.value = next
    },
    toPageTime: (ts) => ts - aheadMs,
    toGatewayTime: (ts) => ts + aheadMs,
  }
}
