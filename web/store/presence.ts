// Who is connected, newest first.

import { type ReadonlySignal, signal } from "@preact/signals"
import type { PresenceEntry } from "#protocol"
import type { Clock } from "../gateway.ts"

export interface Presence {
  readonly entries: ReadonlySignal<readonly PresenceEntry[]>
  /** When this was last heard of, by this browser's clock. */
  readonly asOf: ReadonlySignal<number | undefined>
  set(entries: readonly PresenceEntry[]): void
}

export function createPresence(clock: Pick<Clock, "now">): Presence {
  const entries = signal<readonly PresenceEntry[]>([])
  const asOf = signal<number | undefined>(undefined)
  return {
    entries,
    asOf,
    set: (next) => {
      entries.value = next
      asOf.value = clock.now()
    },
  }
}
