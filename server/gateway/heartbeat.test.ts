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
  await clock.advance(3_600_000)
  expect(seen).toEqual(["ping", "ping"])
  expect(clock.waiting).toBe(0)
})
