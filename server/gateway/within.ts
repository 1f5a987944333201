import { type Clock, pause } from "../host/clock.ts"

/** Waits for `work`, but not longer. */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const enough = new AbortController()
  await Promise.race([work, pause(clock, ms, enough.signal)])
  enough.abort()
}
