// Keeps the library from asking the owner's phone about every message of a storm. For each message that
// cannot be decrypted it asks the phone to send it again, unless its cache says that it has asked: beyond
// some a minute the cache says so of any.

import type { Clock } from "../../host/clock.ts"
import type { BoundedCache } from "./bounded-cache.ts"

const MAX_PER_MINUTE = 30
const MINUTE_MS = 60_000

export function limitResends(cache: BoundedCache, clock: Clock): BoundedCache {
  let askedAt: number[] = []

  function isStorm(): boolean {
    const now = clock.monotonic()
    askedAt = askedAt.filter((at) => at > now - MINUTE_MS)
    return askedAt.length >= MAX_PER_MINUTE
  }

  return {
    ...cache,
    get<Value>(key: string) {
      const known = cache.get<Value>(key)
      return known === undefined && isStorm() ? (true as Value) : known
    },
    set(key, value) {
      askedAt.push(clock.monotonic())
      cache.set(key, value)
    },
    get size() {
      return cache.size
    },
  }
}
