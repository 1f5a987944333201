import { expect, test } from "vitest"
import { createManualClock } from "../testing/manual-clock.ts"
import { createDeadline } from "./deadline.ts"

function start(delayMs: number) {
  const clock = createManualClock()
  const passedAt: number[] = []
  const deadline = createDeadline(clock, delayMs, () => passedAt.push(clock.monotonic()))
  return { clock, deadline, passedAt }
}

test("[CR13] a deadline that is noticed in time passes then, once", async () => {
  const { clock, passedAt } = start(10_000)
  await clock.advance(9_999)
  expect(passedAt).toEqual([])
  await clock.advance(60_000)
  expect(passedAt).toEqual([10_000])
})

test("[CR13] one that is noticed late is put off for as long again, so that what came meanwhile can be read", async () => {
  const { clock, passedAt } = start(10_000)
  await clock.advance(9_000)
  clock.holdUp(3_000)
  await clock.advance(1_999)
  expect(passedAt).toEqual([])
  await clock.advance(1)
  expect(passedAt).toEqual([14_000])
})

test("[CR13, SD11] it is put off once and for five seconds at most, also after hours of sleep", async () => {
  const { clock, passedAt } = start(10_000)
  const hours = 8 * 3_600_000
  clock.holdUp(hours)
  clock.holdUp(1_000)
  await clock.advance(4_000)
  expect(passedAt).toEqual([hours + 5_000])
})

test("[CR13] nothing is left of one that was cancelled, before or while it was put off", () => {
  for (const heldUpMs of [0, 20_000]) {
    const { clock, deadline, passedAt } = start(10_000)
    clock.holdUp(heldUpMs)
    deadline.cancel()
    clock.holdUp(60_000)
    expect(passedAt).toEqual([])
    expect(clock.waiting).toBe(0)
  }
})
