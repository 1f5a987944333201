import fc from "fast-check"
import { expect, test } from "vitest"
import { createManualClock } from "../testing/manual-clock.ts"
import { createThrottle } from "./throttle.ts"

test("[E4] what comes within the interval is announced once, what comes later anew", async () => {
  const clock = createManualClock()
  let announced = 0
  const throttle = createThrottle(
    clock,
    () => 100,
    () => {
      announced += 1
    },
  )
  for (let index = 0; index < 50; index += 1) throttle.request()
  await clock.advance(99)
  expect(announced).toBe(0)
  await clock.advance(1)
  expect(announced).toBe(1)
  await clock.advance(1_000)
  expect(announced).toBe(1)
  throttle.request()
  throttle.stop()
  await clock.advance(1_000)
  expect(announced).toBe(1)
})

test("[E4] however requests come, each is announced within the interval, and announcements keep apart", async () => {
  const INTERVAL_MS = 100
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(250), { maxLength: 20 }), async (pauses) => {
      const clock = createManualClock()
      const announced: number[] = []
      const throttle = createThrottle(
        clock,
        () => INTERVAL_MS,
        () => announced.push(clock.monotonic()),
      )
      const requested: number[] = []
      for (const ms of pauses) {
        await clock.advance(ms)
        requested.push(clock.monotonic())
        throttle.request()
      }
      await clock.advance(INTERVAL_MS)
      for (const at of requested) {
        expect(announced.some((each) => each >= at && each <= at + INTERVAL_MS)).toBe(true)
      }
      for (const [index, at] of announced.entries()) {
        expect(at - (announced[index - 1] ?? -INTERVAL_MS)).toBeGreaterThanOrEqual(INTERVAL_MS)
      }
      expect(clock.waiting).toBe(0)
    }),
  )
})
