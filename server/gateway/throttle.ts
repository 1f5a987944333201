// At most one announcement in a while: the first of a burst waits for the rest.

import type { Clock, Timer } from "../host/clock.ts"

export interface Throttle {
  /** Something is to be announced; it will be, once, with all that comes until then. */
  request(): void
  stop(): void
}

export function createThrottle(
  clock: Clock,
  intervalMs: () => number,
  announce: () => void,
): Throttle {
  let pending: Timer | undefined
  return {
    request() {
      pending ??= clock.after(intervalMs(), () => {
        pending = undefined
        announce()
      })
    },
    stop: () => pending?.cancel(),
  }
}
