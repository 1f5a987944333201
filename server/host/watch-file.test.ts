import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test, vi } from "vitest"
import { createManualClock } from "../testing/manual-clock.ts"
import { systemClock } from "./clock.ts"
import { watchFile } from "./watch-file.ts"

/** A hang detector. */
const WAIT = { timeout: 20_000 }

function setUp(clock = systemClock) {
  const folder = mkdtempSync(join(tmpdir(), "clawdis-watch-"))
  const file = join(folder, "clawdis.json")
  let changes = 0
  const changed = () => {
    changes += 1
  }
  const stop = watchFile(file, { clock, changed })
  onTestFinished(() => {
    stop()
    rmSync(folder, { recursive: true, force: true })
  })
  return { folder, file, stop, changes: () => changes }
}

test("a file is heard of when it appears, is written and is replaced, and its neighbours are not", async () => {
  const { changes, file, folder } = setUp()
  writeFileSync(join(folder, "other.json"), "{}")
  writeFileSync(file, "{}")
  await vi.waitFor(() => expect(changes()).toBe(1), WAIT)
  writeFileSync(file, "{ }")
  await vi.waitFor(() => expect(changes()).toBe(2), WAIT)
  writeFileSync(join(folder, "next"), "{  }")
  renameSync(join(folder, "next"), file)
  await vi.waitFor(() => expect(changes()).toBe(3), WAIT)
})

test("where the system does not tell, the file is looked at every so often, until that is over", async () => {
  const clock = createManualClock()
  const { changes, file, stop } = setUp(clock)
  writeFileSync(file, "{}")
  await clock.advance(5_000)
  expect(changes()).toBe(1)
  await clock.advance(20_000)
  expect(changes()).toBe(1)
  stop()
  writeFileSync(file, "{ }")
  await clock.advance(20_000)
  expect(changes()).toBe(1)
})
