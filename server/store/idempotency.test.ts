// How long a key is kept: at least a day of the gateway's own life, however wrong the clock is.

import { expect, onTestFinished, test } from "vitest"
import type { Clock } from "../host/clock.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { keyed, sampleDelivery } from "../testing/records.ts"
import { openTemporaryStore, type TemporaryStore } from "../testing/temporary-store.ts"

const HOUR = 3_600_000
const KEEP_MS = 48 * HOUR

/** A state that is opened again and again, and a wall clock that can be set. */
async function start() {
  const manual = createManualClock()
  let setBy = 0
  const clock: Clock = { ...manual, now: () => manual.now() + setBy }
  let store: TemporaryStore = await openTemporaryStore({ clock })
  onTestFinished(() => store[Symbol.asyncDispose]())
  let accepted = 0
  return {
    manual,
    /** Whether the key was new. */
    async use(key: string) {
      accepted += 1
      const { kind } = await store.outbox.acceptSend(keyed(key), sampleDelivery(`d-${accepted}`))
      return kind === "new"
    },
    get store() {
      return store
    },
    expire: () => store.expireKeys(KEEP_MS),
    setClock(byMs: number) {
      setBy += byMs
    },
    async restart() {
      await store.close()
      store = await openTemporaryStore({ stateDir: store.stateDir, clock })
      await store.expireKeys(KEEP_MS)
    },
  }
}

test("[ID9, I1] a key that is old enough names nothing any more", async () => {
  const { expire, manual, use } = await start()
  expect(await use("k")).toBe(true)
  await manual.advance(KEEP_MS)
  await expire()
  expect(await use("k")).toBe(false)
  await manual.advance(1)
  await expire()
  expect(await use("k")).toBe(true)
  // The new use is as young as any.
  await manual.advance(KEEP_MS)
  await expire()
  expect(await use("k")).toBe(false)
})

test.for([
  ["back by a year", -365 * 24 * HOUR],
  ["ahead by a year", 365 * 24 * HOUR],
] as const)(
  "[ID14, I1] a clock that is set %s makes no key old and none young",
  async ([, byMs]) => {
    const kit = await start()
    await kit.expire()
    await kit.use("k")
    await kit.manual.advance(23 * HOUR)
    kit.setClock(byMs)
    await kit.expire()
    expect(await kit.use("k")).toBe(false)
    await kit.restart()
    expect(await kit.use("k")).toBe(false)
    kit.setClock(-byMs)
    await kit.restart()
    expect(await kit.use("k")).toBe(false)
    await kit.manual.advance(25 * HOUR + 1)
    await kit.expire()
    expect(await kit.use("k")).toBe(true)
  },
)

test("[ID14] however long the gateway was away, that counts as one day", async () => {
  const kit = await start()
  await kit.expire()
  await kit.use("k")
  await kit.manual.advance(23 * HOUR)
  await kit.expire()
  kit.setClock(1_000 * HOUR)
  await kit.restart()
  expect(await kit.use("k")).toBe(false)
  await kit.manual.advance(HOUR + 1)
  await kit.expire()
  expect(await kit.use("k")).toBe(true)
})

test("[ID10, I1] a hundred thousand keys are kept for a day, and past a million nothing new is taken", async () => {
  const { expire, manual, store, use } = await start()
  await use("first")
  await store.database.transact((sql) => {
    sql.run(
      `INSERT INTO idempotency_keys (method, key, digest, subject, created_at)
       WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT 100000)
       SELECT 'send', 'many ' || n, 'd', 'none', :at FROM numbers`,
      { at: sql.steadyNow() },
    )
  })
  const count = () =>
    store.database.transact((sql) => sql.get("SELECT value FROM counters")?.["value"])
  await manual.advance(24 * HOUR)
  await expire()
  expect(await count()).toBe(100_001)
  expect(await use("first")).toBe(false)

  await store.database.transact((sql) => sql.run("UPDATE counters SET value = 1000000"))
  expect(await store.outbox.acceptSend(keyed("new"), sampleDelivery("n"))).toEqual({ kind: "full" })
  expect(await use("first")).toBe(false)
  await manual.advance(KEEP_MS)
  await expire()
  expect(await count()).toBe(1_000_000 - 100_001)
  expect(await use("new")).toBe(true)
})
