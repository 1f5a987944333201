// Stores that only parts of the page need that come later. Each comes in the file of its part, is made when
// that part first asks for it, and from then on hears what the page hears.

import type { EventFrame, HealthSnapshot } from "#protocol"
import type { Clock, Requests } from "../gateway.ts"
import type { Connection } from "./connection.ts"

/** What such a store is made of. */
export interface PartStoreParts {
  readonly gateway: Requests
  readonly clock: Clock
  readonly connection: Pick<Connection, "online" | "offers">
  readonly isVisible: () => boolean
  readonly toPageTime: (ts: number) => number
  readonly setHealth: (health: HealthSnapshot) => void
}

/** What such a store may want to hear. */
export interface PartStore {
  /** Whoever is not let in is shown nothing. */
  forget(): void
  connected?(): void
  disconnected?(): void
  /** The page became visible. */
  wake?(): void
  event?(frame: EventFrame): void
  /** So many events never came. */
  missed?(lost: number): void
  healthChanged?(health: HealthSnapshot): void
}

export interface PartStores {
  /** The same one for the same `create`. */
  of<Store extends PartStore>(create: (parts: PartStoreParts) => Store): Store
  tell<Name extends keyof PartStore>(
    name: Name,
    ...news: Parameters<NonNullable<PartStore[Name]>>
  ): void
}

export function createPartStores(parts: PartStoreParts): PartStores {
  const made = new Map<unknown, PartStore>()
  return {
    of<Store extends PartStore>(create: (parts: PartStoreParts) => Store) {
      const store = (made.get(create) as Store | undefined) ?? create(parts)
      made.set(create, store)
      return store
    },
    tell(name, ...news) {
      for (const store of made.values()) {
        const hear = store[name] as ((...told: typeof news) => void) | undefined
        hear?.(...news)
      }
    },
  }
}
