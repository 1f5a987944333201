// What the clock of a service says now. Ours may be wrong by days, so how old a message is can be told only
// by the clock by which it was written.

import type { Clock } from "../host/clock.ts"

export interface ServiceClock {
  /** It says so at this moment, in milliseconds since 1970. What is no time changes nothing. */
  told(at: number): void
  /** Undefined until it was told. */
  now(): number | undefined
}

export function createServiceClock(clock: Pick<Clock, "monotonic">): ServiceClock {
  let last: { readonly at: number; readonly since: number } | undefined
  return {
    told(at) {
      if (Number.isSafeInteger(at) && at > 0) last = { at, since: clock.monotonic() }
    },
    now() {
      return last && Math.round(last.at + clock.monotonic() - last.since)
    },
  }
}
