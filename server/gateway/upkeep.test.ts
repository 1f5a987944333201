import { expect, test, vi } from "vitest"
import { silentLogger } from "../host/logger.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { createUpkeep } from "./upkeep.ts"

const HOUR = 3_600_000

function start(tasks: Record<string, () => Promise<void>>) {
  const clock = createManualClock()
  const warn = vi.fn()
  const log = { ...silentLogger, warn }
  const upkeep = createUpkeep({ clock, log, tasks, timings: { upkeepEveryMs: HOUR } })
  upkeep.start()
  return { clock, upkeep, warn }
}

test("every task is done a minute after the start and then each hour", async () => {
  const done: string[] = []
  const { clock, upkeep } = start({
    one: async () => void done.push("one"),
    two: async () => void done.push("two"),
  })
  await clock.advance(59_000)
  expect(done).toEqual([])
  await clock.advance(1_000)
  expect(done).toEqual(["one", "two"])
  await clock.advance(2 * HOUR)
  expect(done).toHaveLength(6)
  await upkeep.stop()
  expect(clock.waiting).toBe(0)
})

test("a task that fails is told of and keeps no other from being done, nor itself the next time", async () => {
  const broken = vi.fn(() => Promise.reject(new Error("disk full")))
  const fine = vi.fn(async () => undefined)
  const { clock, upkeep, warn } = start({ broken, fine })
  await clock.advance(60_000 + HOUR)
  expect([broken.mock.calls.length, fine.mock.calls.length]).toEqual([2, 2])
  expect(warn).toHaveBeenCalledTimes(2)
  expect(warn.mock.calls[0]?.[1]).toMatchObject({ task: "broken" })
  await upkeep.stop()
})

test("a stop waits for the task under way and begins no other", async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const second = vi.fn(async () => undefined)
  const { clock, upkeep } = start({ first: () => promise, second })
  await clock.advance(60_000)
  let stopped = false
  const stopping = upkeep.stop().then(() => {
    stopped = true
  })
  await clock.advance(0)
  expect(stopped).toBe(false)
  resolve()
  await stopping
  expect(second).not.toHaveBeenCalled()
})
