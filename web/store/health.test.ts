import { expect, test } from "vitest"
import { createManualClock } from "../testing/manual-clock.ts"
import { health } from "../testing/samples.ts"
import { createHealth } from "./health.ts"

test("times of a gateway whose clock is another are told by the clock of this browser", async () => {
  const clock = createManualClock()
  const { set, toGatewayTime, toPageTime } = createHealth(clock)
  const now = clock.now()
  set({ ...health, ts: now - 300 })
  expect(toPageTime(now)).toBe(now)
  for (const ahead of [3_600_000, -3_600_000]) {
    set({ ...health, ts: now + ahead })
    expect(toPageTime(now + ahead + 20_000)).toBe(now + 20_000)
    expect(toGatewayTime(now + 20_000)).toBe(now + ahead + 20_000)
  }
})
