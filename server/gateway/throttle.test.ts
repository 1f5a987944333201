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
