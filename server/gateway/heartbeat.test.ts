import fc from "fast-check"
import { expect, test } from "vitest"
import { createManualClock } from "../testing/manual-clock.ts"
import { createHeartbeat } from "./heartbeat.ts"

function start() {
  const clock = createManualClock()
  const seen: string[] = []
  const heartbeat = createHeartbeat({
    clock,
    intervalMs: 30_000,
    graceMs: 5_000,
    ping: () => seen.push("ping"),
    dead: () => seen.push("dead"),
  })
  return { clock, seen, heartbeat }
}

test("[T6, FR21] two pings without an answer end it, after 65 s", async () => {
  const { clock, seen } = start()
  await clock.advance(64_999)
  expect(seen).toEqual(["ping", "ping"])
  await clock.advance(1)
  expect(seen).toEqual(["ping", "ping", "dead"])
  await clock.advance(3_600_000)
  expect(seen).toEqual(["ping", "ping", "dead"])
  expect(clock.waiting).toBe(0)
})

test("[T6] an answer to either ping begins the count anew", async () => {
  const { clock, heartbeat, seen } = start()
  await clock.advance(64_000)
  heartbeat.alive()
  await clock.advance(64_999)
  expect(seen.filter((each) => each === "dead")).toEqual([])
  heartbeat.alive()
  for (let minute = 0; minute < 10; minute += 1) {
    await clock.advance(60_000)
    heartbeat.alive()
  }
  expect(seen).not.toContain("dead")
  await clock.advance(65_000)
  expect(seen.at(-1)).toBe("dead")
})

test("[T6] nothing is left of one that was stopped", async () => {
  const { clock, heartbeat, seen } = start()
  await clock.advance(62_000)
  heartbeat.stop()
  heartbeat.alive()
  await clock.advance(3_600_000)
  expect(seen).toEqual(["ping", "ping"])
  expect(clock.waiting).toBe(0)
})

test("[T6, FR21] however signs of life come, only 65 s without one end it, once", async () => {
  const pause = fc.integer({ min: 1, max: 80_000 })
  await fc.assert(
    fc.asyncProperty(fc.array(pause, { maxLength: 12 }), async (pauses) => {
      const { clock, heartbeat, seen } = start()
      let isDead = false
      for (const ms of pauses) {
        await clock.advance(ms)
        // Pings go on from the last one, so the silence that ends it may be up to one interval longer.
        if (ms < 30_000 + 5_000) expect(seen.includes("dead")).toBe(isDead)
        isDead ||= ms >= 30_000 + 65_000 || seen.includes("dead")
        expect(seen.includes("dead")).toBe(isDead)
        if (!isDead) heartbeat.alive()
      }
      await clock.advance(30_000 + 65_000)
      expect(seen.filter((each) => each === "dead")).toHaveLength(1)
      expect(clock.waiting).toBe(0)
    }),
  )
})
