import { expect, test } from "vitest"
import { createManualClock } from "../testing/manual-clock.ts"
import { createRecordingLogger } from "../testing/recording-logger.ts"
import { createLagMeter } from "./lag.ts"

function start() {
  const clock = createManualClock()
  const lines: string[] = []
  const lag = createLagMeter(clock, createRecordingLogger(lines))
  return { clock, lag, lines }
}

test("[FL12, CR13] a loop that was blocked is told of in the log, and the worst of a minute is known", async () => {
  const { clock, lag, lines } = start()
  await clock.advance(60_000)
  expect(lag.worstMs).toBe(0)
  clock.holdUp(5_000)
  expect(lag.worstMs).toBeGreaterThanOrEqual(4_500)
  expect(lines).toEqual([expect.stringContaining("the event loop was blocked")])
  await clock.advance(61_000)
  expect(lag.worstMs).toBe(0)
})

test("[FL12] a block of more than a second is told of, whenever it began, and one of far less is not", async () => {
  const { clock, lines } = start()
  for (let told = 1; told <= 40; told += 1) {
    await clock.advance(2_000 + 13 * told)
    clock.holdUp(700)
    await clock.advance(2_000 + 13 * told)
    clock.holdUp(1_001)
    expect(lines).toHaveLength(told)
  }
})

test("[SD11] a machine that slept is said to have slept, not to have been blocked", async () => {
  const { clock, lag, lines } = start()
  clock.holdUp(8 * 3_600_000)
  expect(lines).toEqual([expect.stringContaining("the machine was asleep")])
  expect(lag.worstMs).toBe(0)
  lag.stop()
  expect(clock.waiting).toBe(0)
})
