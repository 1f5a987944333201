// Who is connected, newest first.

import { type ReadonlySignal, signal } from "@preact/signals"
import type { PresenceEntry } from "#protocol"

export interface Presence {
  readonly entries: ReadonlySignal<readonly PresenceEntry[]>
  set(entries: readonly PresenceEntry[]): void
}

export function createPresence(): Presence {
  const entries = signal<readonly PresenceEntry[]>([])
  return {
    entries,
    set: (next) => {
      entries.value = next
    },
  }
}
