// A memory of the latest things, in the form in which Baileys asks for its caches. It outlives the
// connections, and is bounded because a group has up to 1,024 members and a storm has no end.

import type { Clock } from "../../host/clock.ts"

export interface BoundedCache {
  get<Value>(key: string): Value | undefined
  set<Value>(key: string, value: Value): void
  del(key: string): void
  flushAll(): void
  readonly size: number
}

export interface BoundedCacheOptions {
  readonly clock: Clock
  readonly maxEntries: number
  readonly maxAgeMs: number
}

export function createBoundedCache({
  clock,
  maxEntries,
  maxAgeMs,
}: BoundedCacheOptions): BoundedCache {
  const entries = new Map<string, { readonly value: unknown; readonly until: number }>()

  return {
    get<Value>(key: string) {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      if (entry.until > clock.monotonic()) return entry.value as Value
      entries.delete(key)
      return undefined
    },
    set(key, value) {
      entries.delete(key)
      entries.set(key, { value, until: clock.monotonic() + maxAgeMs })
      const [oldest] = entries.keys()
      if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest)
    },
    del(key) {
      entries.delete(key)
    },
    flushAll() {
      entries.clear()
    },
    get size() {
      return entries.size
    },
  }
}
