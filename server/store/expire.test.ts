import { expect, test } from "vitest"
import { createManualClock } from "../testing/manual-clock.ts"
import {
  keyed,
  sampleDelivery,
  sampleInbound,
  sampleMessage,
  sampleRun,
} from "../testing/records.ts"
import { openTemporaryStore, type TemporaryStore } from "../testing/temporary-store.ts"

const DAY_MS = 24 * 60 * 60 * 1_000

const ids = (store: TemporaryStore, table: string, column: string) =>
  store.database.transact((sql) =>
    sql.all(`SELECT ${column} AS id FROM ${table} ORDER BY 1`).map((row) => row["id"]),
  )

const end = (store: TemporaryStore, runId: string, at: number) =>
  store.runs.end({ runId, state: "ok", at, outcome: { ok: true, payload: {} }, deliveries: [] })

test("messages from before the given time are forgotten, and sessions of which nothing is left", async () => {
  await using store = await openTemporaryStore()
  for (const key of ["old", "both", "muted", "thinks", "busy"]) {
    const session = await store.sessions.open(key, { channel: "memory", at: 1 })
    const messages = [sampleMessage(`${key}-1`, "one", 10)]
    if (key === "both") messages.push(sampleMessage(`${key}-2`, "two", 2_000))
    const run = { ...sampleRun(key, { sessionKey: key, sessionId: session.sessionId }), messages }
    await store.runs.acceptRequest(keyed(key), run)
    if (key !== "busy") await end(store, key, 10)
  }
  await store.sessions.patch("muted", { muted: true })
  await store.sessions.patch("thinks", { thinking: "high" })
  await store.expire(0)
  expect(await ids(store, "messages", "id")).toHaveLength(6)
  await store.expire(1_000)
  expect(await ids(store, "messages", "id")).toEqual(["both-2"])
  expect(await ids(store, "sessions", "key")).toEqual(["both", "busy", "muted", "thinks"])
  expect(await store.sessions.get("muted")).toMatchObject({ muted: true })
})

test("[I1, I4] what has been over for 30 days is forgotten, unless it waits or a key names it", async () => {
  const clock = createManualClock()
  await using store = await openTemporaryStore({ clock })
  const createdAt = clock.now()
  const outcome = { ok: true, payload: {} } as const
  await store.outbox.acceptSend(keyed("named"), sampleDelivery("named", { createdAt }))
  for (const id of ["sent", "waits", "failed"]) {
    await store.outbox.add(sampleDelivery(id, { createdAt }))
  }
  for (const id of ["named", "sent"]) await store.outbox.settle(id, { state: "sent", outcome })
  await store.outbox.settle("failed", { state: "failed", outcome })
  await store.runs.acceptRequest(keyed("named"), sampleRun("named", { createdAt }))
  await store.runs.acceptRequest(keyed("gone"), sampleRun("gone", { createdAt }))
  await store.runs.acceptRequest(keyed("works"), sampleRun("works", { createdAt }))
  for (const runId of ["named", "gone"]) await end(store, runId, createdAt)
  await store.database.transact((sql) =>
    sql.run("DELETE FROM idempotency_keys WHERE key IN ('gone', 'works')"),
  )
  for (const messageId of ["done", "dropped", "waits", "held"]) {
    await store.inbox.journal(sampleInbound(messageId), createdAt)
  }
  await store.inbox.settle([1], "done")
  await store.inbox.settle([2], "dropped")
  await store.inbox.hold([4], 50)

  await clock.advance(29 * DAY_MS)
  await store.expire(0)
  expect(await ids(store, "inbox", "message_id")).toHaveLength(4)
  expect(await ids(store, "outbox", "id")).toHaveLength(4)
  await clock.advance(2 * DAY_MS)
  await store.expire(0)
  expect(await ids(store, "inbox", "message_id")).toEqual(["held", "waits"])
  expect(await ids(store, "outbox", "id")).toEqual(["failed", "named", "waits"])
  expect(await ids(store, "runs", "run_id")).toEqual(["named", "works"])
})

test("more than one step's worth is forgotten in one go", async () => {
  await using store = await openTemporaryStore()
  const messages = Array.from({ length: 1_203 }, (_, index) => sampleMessage(`m-${index}`))
  await store.runs.acceptRequest(keyed("k"), { ...sampleRun("r-1"), messages })
  await store.expire(1_001)
  expect(await ids(store, "messages", "id")).toEqual([])
})
