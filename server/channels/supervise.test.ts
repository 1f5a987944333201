import { expect, test } from "vitest"
import { type Logger, silentLogger } from "../host/logger.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { TEST_TIMINGS } from "./contract.ts"
import { type Attempt, createSupervisor, type Verdict } from "./supervise.ts"

/** A supervised connection that the test opens and ends by hand. */
function supervise({
  judge = (error: unknown): Verdict => ({ next: "retry", message: String(error) }),
  random = (): number => 0.5,
  log = silentLogger,
  wake = (_signal: AbortSignal): Promise<boolean> => Promise.resolve(false),
} = {}) {
  const clock = createManualClock()
  const attempts: { attempt: Attempt; startedAt: number; end: (error: Error) => void }[] = []
  const states: string[] = []
  let running = 0
  const supervisor = createSupervisor({
    run: async (attempt) => {
      running += 1
      expect(running).toBe(1)
      const end = Promise.withResolvers<void>()
      attempts.push({ attempt, startedAt: clock.monotonic(), end: end.reject })
      attempt.signal.addEventListener("abort", () => end.reject(new Error("aborted")))
      await end.promise.finally(() => {
        running -= 1
      })
    },
    judge,
    clock,
    random,
    log,
    timings: TEST_TIMINGS,
    wake,
    changed: () => void states.push(supervisor.health().state),
  })
  const last = () => {
    const newest = attempts.at(-1)
    if (newest === undefined) throw new Error("nothing was attempted")
    return newest
  }
  const fail = async (message = "lost") => {
    last().end(new Error(message))
    await clock.advance(0)
  }
  return { supervisor, clock, attempts, states, last, fail }
}

/** Waits between the end of one attempt and the start of the next. */
async function delays(kit: ReturnType<typeof supervise>, count: number): Promise<number[]> {
  const measured: number[] = []
  for (let round = 0; round < count; round += 1) {
    const failedAt = kit.clock.monotonic()
    await kit.fail()
    await kit.clock.advance(10 * 60_000)
    measured.push(kit.last().startedAt - failedAt)
  }
  return measured
}

test("the waits double from the first to the longest", async () => {
  const kit = supervise()
  kit.supervisor.start()
  expect(await delays(kit, 7)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  await kit.supervisor.stop()
})

test("[WA5] a hundred failures never wait longer than the limit and leave one timer", async () => {
  const kit = supervise({ random: () => 0.999 })
  kit.supervisor.start()
  const measured = await delays(kit, 100)
  expect(Math.max(...measured)).toBeLessThanOrEqual(30_000)
  await kit.fail()
  expect(kit.clock.waiting).toBe(1)
  await kit.supervisor.stop()
  expect(kit.clock.waiting).toBe(0)
})

test("[WA5] after ten failures only every tenth is logged", async () => {
  const lines: unknown[] = []
  const log: Logger = {
    ...silentLogger,
    warn: (_, fields) => void lines.push(fields?.["failures"]),
  }
  const kit = supervise({ log })
  kit.supervisor.start()
  await delays(kit, 35)
  expect(lines).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30])
  await kit.supervisor.stop()
})

test("the wait is jittered by a fifth in both directions", async () => {
  const early = supervise({ random: () => 0 })
  early.supervisor.start()
  expect(await delays(early, 1)).toEqual([800])
  const late = supervise({ random: () => 0.999999 })
  late.supervisor.start()
  expect(await delays(late, 1)).toEqual([1_200])
  await Promise.all([early.supervisor.stop(), late.supervisor.stop()])
})

test("only a connection that held starts the back-off anew and clears the last error", async () => {
  const kit = supervise()
  kit.supervisor.start()
  await delays(kit, 3)
  kit.last().attempt.opened()
  await kit.clock.advance(59_999)
  expect(kit.supervisor.health()).toMatchObject({ state: "open", lastError: "Error: lost" })
  expect(await delays(kit, 1)).toEqual([8_000])
  kit.last().attempt.opened()
  await kit.clock.advance(60_000)
  expect(kit.supervisor.health()).not.toHaveProperty("lastError")
  expect(await delays(kit, 1)).toEqual([1_000])
  await kit.supervisor.stop()
})

test("the health says when the next attempt is due", async () => {
  const kit = supervise()
  kit.supervisor.start()
  await kit.fail("no network")
  expect(kit.supervisor.health()).toEqual({
    state: "waiting",
    lastError: "Error: no network",
    retryAt: kit.clock.now() + 1_000,
  })
  await kit.supervisor.stop()
})

test("a verdict brings its own back-off, its own least wait and its own name", async () => {
  let verdict: Verdict = { next: "retry", message: "busy", firstMs: 5_000, maxMs: 60_000 }
  const kit = supervise({ judge: () => verdict })
  kit.supervisor.start()
  expect(await delays(kit, 5)).toEqual([5_000, 10_000, 20_000, 40_000, 60_000])
  verdict = { next: "retry", message: "banned until noon", state: "banned", atLeastMs: 400_000 }
  await kit.fail()
  expect(kit.supervisor.health().state).toBe("banned")
  await kit.clock.advance(399_999)
  expect(kit.attempts).toHaveLength(6)
  await kit.clock.advance(1_000)
  expect(kit.attempts).toHaveLength(7)
  await kit.supervisor.stop()
})

test("a restart is at once and uncounted, until the fourth within a minute", async () => {
  const kit = supervise({ judge: () => ({ next: "restart", message: "restart required" }) })
  kit.supervisor.start()
  for (let round = 1; round <= 3; round += 1) {
    await kit.fail()
    expect(kit.attempts).toHaveLength(round + 1)
  }
  await kit.fail()
  expect(kit.attempts).toHaveLength(4)
  expect(kit.supervisor.health().state).toBe("waiting")
  await kit.clock.advance(1_000)
  expect(kit.attempts).toHaveLength(5)
  await kit.supervisor.stop()
})

test("a verdict to stop is final: no timer, no attempt", async () => {
  const kit = supervise({
    judge: () => ({ next: "stop", state: "replaced", message: "another client took over" }),
  })
  kit.supervisor.start()
  await kit.fail()
  await kit.clock.advance(3_600_000)
  kit.supervisor.start()
  await kit.clock.advance(3_600_000)
  expect(kit.attempts).toHaveLength(1)
  expect(kit.clock.waiting).toBe(0)
  expect(kit.supervisor.health()).toEqual({
    state: "replaced",
    lastError: "another client took over",
  })
  await kit.supervisor.stop()
  expect(kit.supervisor.health().state).toBe("replaced")
})

test("[WA9] an older attempt cannot open anything", async () => {
  const kit = supervise()
  kit.supervisor.start()
  const old = kit.last().attempt
  await kit.fail()
  await kit.clock.advance(1_000)
  old.opened()
  expect(old.current).toBe(false)
  expect(kit.last().attempt).toMatchObject({ current: true, generation: 2 })
  expect(kit.supervisor.health().state).toBe("connecting")
  await kit.supervisor.stop()
})

test("an attempt that merely returns has failed", async () => {
  const clock = createManualClock()
  const supervisor = createSupervisor({
    run: () => Promise.resolve(),
    judge: (error) => ({ next: "retry", message: (error as Error).message }),
    clock,
    random: () => 0.5,
    log: silentLogger,
    timings: TEST_TIMINGS,
    changed: () => undefined,
  })
  supervisor.start()
  await clock.advance(0)
  expect(supervisor.health()).toMatchObject({
    state: "waiting",
    lastError: "The connection ended.",
  })
  await supervisor.stop()
})

test("an interruption ends the attempt and is what is judged", async () => {
  const kit = supervise()
  kit.supervisor.start()
  kit.supervisor.interrupt(new Error("stalled"))
  await kit.clock.advance(0)
  expect(kit.supervisor.health()).toMatchObject({ state: "waiting", lastError: "Error: stalled" })
  await kit.supervisor.stop()
})

test("stop ends the attempt, waits for it, and nothing starts again", async () => {
  const kit = supervise()
  kit.supervisor.start()
  kit.last().attempt.opened()
  await kit.supervisor.stop()
  expect(kit.last().attempt.signal.aborted).toBe(true)
  kit.supervisor.start()
  await kit.clock.advance(3_600_000)
  expect(kit.attempts).toHaveLength(1)
  expect(kit.clock.waiting).toBe(0)
  expect(kit.states).toEqual(["connecting", "open", "off"])
})

test("stop during a wait does not wait for it", async () => {
  const kit = supervise()
  kit.supervisor.start()
  await kit.fail()
  await kit.supervisor.stop()
  expect(kit.supervisor.health().state).toBe("off")
  expect(kit.clock.waiting).toBe(0)
})

test("[WA4] a change ends the wait, and the waits begin anew", async () => {
  const changes: ((changed: boolean) => void)[] = []
  const wake = (signal: AbortSignal) =>
    new Promise<boolean>((resolve) => {
      changes.push(resolve)
      signal.addEventListener("abort", () => resolve(false))
    })
  const kit = supervise({ wake })
  kit.supervisor.start()
  for (const delayMs of [1_000, 2_000, 4_000]) {
    await kit.fail()
    await kit.clock.advance(delayMs)
  }
  await kit.fail()
  changes.at(-1)?.(true)
  await kit.clock.advance(0)
  expect(kit.attempts).toHaveLength(5)
  await kit.fail()
  await kit.clock.advance(999)
  expect(kit.attempts).toHaveLength(5)
  await kit.clock.advance(1)
  expect(kit.attempts).toHaveLength(6)
  await kit.supervisor.stop()
  expect(kit.clock.waiting).toBe(0)
})

test("[WA3] a wait that the service imposed is called what it is, and nothing ends it early", async () => {
  let asked = 0
  const wake = async () => {
    asked += 1
    return true
  }
  const judge = (): Verdict => ({
    next: "retry",
    message: "a rival",
    state: "replaced",
    atLeastMs: 60_000,
  })
  const kit = supervise({ judge, wake })
  kit.supervisor.start()
  await kit.fail()
  expect(kit.supervisor.health()).toMatchObject({ state: "replaced", lastError: "a rival" })
  await kit.clock.advance(59_999)
  expect([kit.attempts.length, asked]).toEqual([1, 0])
  await kit.supervisor.stop()
})

test("a watch for the network that fails ends no wait and nothing else", async () => {
  const kit = supervise({ wake: () => Promise.reject(new Error("too many open files")) })
  kit.supervisor.start()
  expect(await delays(kit, 2)).toEqual([1_000, 2_000])
  await kit.supervisor.stop()
})
