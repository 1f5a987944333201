// The gateway's health as it was last heard of.

import { type ReadonlySignal, signal } from "@preact/signals"
import type { HealthSnapshot } from "#protocol"

export interface Health {
  readonly snapshot: ReadonlySignal<HealthSnapshot | undefined>
  set(snapshot: HealthSnapshot): void
}

export function createHealth(): Health {
  const snapshot = signal<HealthSnapshot | undefined>(undefined)
  return {
    snapshot,
    set: (next) => {
      snapshot.value = next
    },
  }
}
