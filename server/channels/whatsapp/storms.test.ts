import { expect, test } from "vitest"
import { silentLogger } from "../../host/logger.ts"
import { createManualClock } from "../../testing/manual-clock.ts"
import { createStorms } from "./storms.ts"
import { ADA, GROUP } from "./stub-library.ts"

test("[WA17] whoever sends only what cannot be decrypted is not tried for a minute; nobody else is held up", async () => {
  const clock = createManualClock()
  const lines: string[] = []
  const storms = createStorms(clock, { ...silentLogger, warn: (line) => void lines.push(line) })
  for (let number = 1; number <= 39; number += 1) storms.failed(ADA)
  expect(storms.rages(ADA)).toBe(false)
  storms.failed("15550111:3@s.whatsapp.net")
  expect([ADA, "15550111:7@s.whatsapp.net"].map(storms.rages)).toEqual([true, true])
  expect(storms.rages("15550122@s.whatsapp.net")).toBe(false)
  for (let number = 1; number <= 10_000; number += 1) storms.failed(ADA)
  expect(lines).toHaveLength(1)
  await clock.advance(60_000)
  expect(storms.rages(ADA)).toBe(false)
})

test("[WA17] a group is always tried, and few people are remembered", () => {
  const storms = createStorms(createManualClock(), silentLogger)
  for (let number = 1; number <= 100; number += 1) storms.failed(GROUP)
  expect(storms.rages(GROUP)).toBe(false)
  for (let number = 0; number < 40; number += 1) storms.failed(ADA)
  for (let number = 0; number < 1_000; number += 1) storms.failed(`1666000${number}@s.whatsapp.net`)
  expect(storms.rages(ADA)).toBe(false)
})
