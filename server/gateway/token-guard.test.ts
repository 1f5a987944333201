import { expect, test } from "vitest"
import { LIMITS } from "#protocol"
import { createManualClock } from "../testing/manual-clock.ts"
import { createTokenGuard } from "./token-guard.ts"

function start() {
  const clock = createManualClock()
  const timings = { wrongTokensWindowMs: 60_000, wrongTokenDelayMs: 1_000 }
  const guard = createTokenGuard(clock, timings)
  const guess = (times: number) => {
    for (let time = 0; time < times; time += 1) guard.noteWrong()
  }
  return { clock, guard, guess }
}

test("[T8, AU7] the tenth wrong token within a minute makes every hello wait a second", () => {
  const { guard, guess } = start()
  guess(LIMITS.maxWrongTokens - 1)
  expect(guard.delayMs).toBe(0)
  guess(1)
  expect(guard.delayMs).toBe(1_000)
})

test("[T8, AU7] wrong tokens that come rarely make nobody wait", async () => {
  const { clock, guard, guess } = start()
  for (let time = 0; time < 100; time += 1) {
    guess(1)
    expect(guard.delayMs).toBe(0)
    await clock.advance(6_700)
  }
})

test("[T8, AU7] it lasts until a minute passed without a wrong token, and then ten are needed again", async () => {
  const { clock, guard, guess } = start()
  guess(10)
  for (let minute = 0; minute < 5; minute += 1) {
    await clock.advance(59_999)
    expect(guard.delayMs).toBe(1_000)
    guess(1)
  }
  await clock.advance(60_000)
  expect(guard.delayMs).toBe(0)
  guess(9)
  expect(guard.delayMs).toBe(0)
})
