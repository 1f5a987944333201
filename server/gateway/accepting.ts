// Requests on their way to the disk. One that says the same under the same key meanwhile joins, so that
// what a request brings along is fetched and kept once (fault ID2).

import type { KeyedRequest } from "../store/store.ts"

export interface Accepting<Accepted> {
  /** What `accept` gives; for a request that says the same as one under way, what that one's gives. */
  once(keyed: KeyedRequest, accept: () => Promise<Accepted>): Promise<Accepted>
}

export function createAccepting<Accepted>(): Accepting<Accepted> {
  const underWay = new Map<string, { digest: string; accepted: Promise<Accepted> }>()

  return {
    async once({ digest, key }, accept) {
      for (let first = underWay.get(key); first !== undefined; first = underWay.get(key)) {
        if (first.digest === digest) return first.accepted
        // It says something else under the same key, and it came first: what becomes of it decides.
        await first.accepted.catch(() => undefined)
      }
      const accepted = accept().finally(() => underWay.delete(key))
      underWay.set(key, { digest, accepted })
      return accepted
    },
  }
}
