// The waits of a gateway under test: shorter ones, so that no test waits for real seconds.

import { DEFAULT_TIMINGS, divideTimings, type Timings } from "../config/timings.ts"

const MIN_TICK_MS = 5_000

/** Divided, but for those after which somebody is given up: nobody is, only because the machine that tests is busy. */
export function hurryTimings(by: number): Timings {
  const { gateway, http, channels } = DEFAULT_TIMINGS
  const hurried = divideTimings(DEFAULT_TIMINGS, by)
  return {
    ...hurried,
    gateway: {
      ...hurried.gateway,
      helloTimeoutMs: gateway.helloTimeoutMs,
      // A client gives up a gateway of which it missed two.
      tickIntervalMs: Math.max(hurried.gateway.tickIntervalMs, MIN_TICK_MS),
      pingGraceMs: gateway.pingGraceMs,
      stalledAfterMs: gateway.stalledAfterMs,
      abortMs: gateway.abortMs,
      closeGraceMs: gateway.closeGraceMs,
    },
    http: {
      ...hurried.http,
      headersTimeoutMs: http.headersTimeoutMs,
      closeTimeoutMs: http.closeTimeoutMs,
    },
    channels: { ...hurried.channels, lastSendsMs: channels.lastSendsMs },
  }
}

/** For tests of what comes in half: it is given up soon. */
export const SHORT_HTTP_TIMINGS = divideTimings(DEFAULT_TIMINGS, 50).http
