import { expect, test } from "vitest"
import { createManualClock } from "../../testing/manual-clock.ts"
import { createBoundedCache } from "./bounded-cache.ts"
import { limitResends } from "./resend-limit.ts"

test("[WA20] a cache keeps the latest, and none for longer than it may", async () => {
  const clock = createManualClock()
  const cache = createBoundedCache({ clock, maxEntries: 2, maxAgeMs: 1_000 })
  for (const key of ["one", "two", "one", "three"]) cache.set(key, key)
  expect(["one", "two", "three"].map((key) => cache.get(key))).toEqual(["one", undefined, "three"])
  cache.del("one")
  expect(cache.size).toBe(1)
  await clock.advance(1_000)
  expect(cache.get("three")).toBeUndefined()
  cache.set("four", 4)
  cache.flushAll()
  expect(cache.size).toBe(0)
})

test("[WA17] in a storm the phone is asked for thirty messages a minute, not for each", async () => {
  const clock = createManualClock()
  const cache = createBoundedCache({ clock, maxEntries: 500, maxAgeMs: 3_600_000 })
  const limited = limitResends(cache, clock)
  let asked = 0
  const ask = (id: string) => {
    if (limited.get(id)) return
    limited.set(id, true)
    asked += 1
  }
  for (let number = 0; number < 10_000; number += 1) ask(`message ${number}`)
  expect(asked).toBe(30)
  await clock.advance(60_000)
  ask("after the storm")
  expect(asked).toBe(31)
})
