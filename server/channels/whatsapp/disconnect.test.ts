import { expect, test } from "vitest"
import { TEST_TIMINGS } from "../contract.ts"
import { type End, forget, isLoggedOut, judge, NO_ENDS, remember } from "./disconnect.ts"

const HOUR_MS = 3_600_000

/** An hour apart. */
function judgeInARow(...ends: End[]) {
  let memory = NO_ENDS
  return ends.map((end, index) => {
    memory = remember(memory, end, index * HOUR_MS)
    return judge(end, memory, TEST_TIMINGS)
  })
}

const service = (code: number, more: object = {}): End => ({ by: "service", code, ...more })

test.for([
  [515, { next: "restart", message: "restarting after pairing" }],
  [408, { next: "retry" }],
  [428, { next: "retry" }],
  [503, { next: "retry", firstMs: 5_000 }],
  [500, { next: "retry", message: "session error, re-link may be needed (500)" }],
  [440, { next: "retry", state: "replaced", atLeastMs: 60_000 }],
  [401, { next: "stop", state: "logged_out", message: "logged out — run clawdis login" }],
  [419, { next: "stop", state: "logged_out" }],
  [403, { next: "stop", state: "banned", message: "account refused by WhatsApp" }],
  [406, { next: "stop", state: "banned" }],
  [402, { next: "retry", state: "banned", atLeastMs: 3_600_000 }],
  [405, { next: "restart" }],
  [409, { next: "stop", state: "failed" }],
  [411, { next: "stop", state: "failed" }],
  [599, { next: "retry" }],
] as const)("[WA3] the end %i leads to %o", ([code, verdict]) => {
  expect(judgeInARow(service(code))).toMatchObject([verdict])
})

test("[WA3] a ban that ends is waited out for as long as the service said", () => {
  expect(judgeInARow(service(402, { expiresInMs: 86_400_000 }))).toMatchObject([
    { next: "retry", state: "banned", atLeastMs: 86_400_000 },
  ])
})

test("[WA3] after five session errors in a row only every five minutes is left", () => {
  const verdicts = judgeInARow(...Array.from({ length: 6 }, () => service(500)))
  expect(verdicts.map((verdict) => "atLeastMs" in verdict && verdict.atLeastMs)).toEqual([
    false,
    false,
    false,
    false,
    300_000,
    300_000,
  ])
})

test("[WA3] a connection that opened forgives session errors and an old version, but no rival", () => {
  const memory = [500, 500, 405, 440]
    .map((code) => service(code))
    .reduce((before, end) => remember(before, end, 7), NO_ENDS)
  expect(memory).toEqual({ badSessions: 2, outdated: 1, replaced: 1, replacedAt: 7 })
  expect(forget(memory)).toEqual({ badSessions: 0, outdated: 0, replaced: 1, replacedAt: 7 })
})

test("[WA3] a rival gets the session after one more try, but not for what was long ago", () => {
  const stop = { next: "stop", state: "replaced" }
  expect(judgeInARow(service(440), service(440))[1]).toMatchObject(stop)
  const rivals = Array.from({ length: 25 }, (_, index) => service(index % 24 === 0 ? 440 : 428))
  expect(judgeInARow(...rivals).at(-1)).toMatchObject({ next: "retry", state: "replaced" })
  expect(judgeInARow(...rivals.slice(1), service(440)).at(-1)).toMatchObject(stop)
})

test("[WA3] an old version is tried again four times a day, after one try at once", () => {
  expect(judgeInARow(service(405), service(405))[1]).toMatchObject({
    next: "retry",
    state: "failed",
    message: "client outdated — update clawdis",
    atLeastMs: 6 * HOUR_MS,
  })
})

test("[WA3] a code of a proxy or of the library is no word of the service", () => {
  for (const code of [401, 403, 405, 419]) {
    const end: End = { by: "library", code, cause: "made up" }
    expect(judgeInARow(end)).toMatchObject([{ next: "retry" }])
    expect(isLoggedOut(end)).toBe(false)
  }
  expect(judgeInARow({ by: "network", cause: "ENOTFOUND" })).toMatchObject([
    { next: "retry", message: "WhatsApp is out of reach: ENOTFOUND." },
  ])
  expect([401, 419].map((code) => isLoggedOut(service(code)))).toEqual([true, true])
  expect([403, 440, 500].map((code) => isLoggedOut(service(code)))).toEqual([false, false, false])
})
