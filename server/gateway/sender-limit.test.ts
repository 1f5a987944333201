import { expect, test } from "vitest"
import { createManualClock } from "../testing/manual-clock.ts"
import { createSenderLimit } from "./sender-limit.ts"

const MINUTE_MS = 60_000

test("a sender may start so many runs in any stretch of that length, apart for each sender and channel", async () => {
  const clock = createManualClock()
  const limit = createSenderLimit(clock, { runsPerSender: { count: 3, minutes: 10 } })
  for (let run = 0; run < 3; run += 1) {
    expect(limit.isReached("memory", "1")).toBe(false)
    limit.note("memory", "1")
    await clock.advance(3 * MINUTE_MS)
  }
  expect(limit.isReached("memory", "1")).toBe(true)
  expect(limit.isReached("memory", "2")).toBe(false)
  expect(limit.isReached("pigeon", "1")).toBe(false)
  await clock.advance(1 * MINUTE_MS)
  expect(limit.isReached("memory", "1")).toBe(false)
})

test("a sender who wrote too much is news once in that time", async () => {
  const clock = createManualClock()
  const limit = createSenderLimit(clock, { runsPerSender: { count: 1, minutes: 10 } })
  expect([limit.isNews("memory", "1"), limit.isNews("memory", "1")]).toEqual([true, false])
  expect(limit.isNews("memory", "2")).toBe(true)
  await clock.advance(10 * MINUTE_MS)
  expect(limit.isNews("memory", "1")).toBe(true)
})

test("however many senders there are, few are remembered, and the latest among them", () => {
  const limit = createSenderLimit(createManualClock(), { runsPerSender: { count: 1, minutes: 10 } })
  for (let id = 0; id < 30_000; id += 1) limit.note("memory", String(id))
  expect(limit.isReached("memory", "29999")).toBe(true)
  expect(limit.isReached("memory", "0")).toBe(false)
})
