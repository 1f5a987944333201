import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, expect, test } from "vitest"
import { silentLogger } from "../host/logger.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import {
  keyed,
  sampleDelivery,
  sampleInbound,
  sampleMessage,
  sampleRun,
} from "../testing/records.ts"
import { openTemporaryStore } from "../testing/temporary-store.ts"
import { openStore } from "./open-store.ts"
import type { JournaledMessage, Store } from "./store.ts"

type TestStore = Store<JournaledMessage>

const folders: string[] = []
const opened = new Set<TestStore>()

afterEach(async () => {
  for (const store of opened) await store.close()
  opened.clear()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function openNew(): TestStore {
  const folder = mkdtempSync(join(tmpdir(), "clawdis-store-"))
  folders.push(folder)
  return openAt(folder)
}

function openAt(folder: string): TestStore {
  const store = openStore<JournaledMessage>({
    path: join(folder, "clawdis.db"),
    log: silentLogger,
  })
  opened.add(store)
  return store
}

/** The same state as the next process finds it. */
async function reopen(store: TestStore): Promise<TestStore> {
  await store.close()
  opened.delete(store)
  return openAt(folders.at(-1) ?? "")
}

test("[I1, ID8] a key and what it names are there after a restart", async () => {
  const store = openNew()
  await store.runs.acceptRequest(keyed("k"), sampleRun("r-1"))
  await store.outbox.acceptSend(keyed("k"), sampleDelivery("d-1"))
  const later = await reopen(store)
  expect(await later.runs.acceptRequest(keyed("k"), sampleRun("r-2"))).toMatchObject({
    kind: "known",
    record: { runId: "r-1" },
  })
  expect(await later.outbox.acceptSend(keyed("k"), sampleDelivery("d-2"))).toMatchObject({
    kind: "known",
    record: { id: "d-1", state: "pending" },
  })
  expect(await later.runs.get("r-2")).toBeUndefined()
})

test("[I2, ID3] a key with another digest is a conflict and does nothing", async () => {
  const store = openNew()
  await store.outbox.acceptSend(keyed("k"), sampleDelivery("d-1"))
  const second = await store.outbox.acceptSend(keyed("k", "other"), sampleDelivery("d-2"))
  expect(second).toEqual({ kind: "conflict" })
  expect(await store.outbox.get("d-2")).toBeUndefined()
})

test("[I3, ID6] a delivery that was forgotten frees its key", async () => {
  const store = openNew()
  await store.outbox.acceptSend(keyed("k"), sampleDelivery("d-1"))
  await store.outbox.forget("d-1")
  expect(await store.outbox.find(keyed("k"))).toBeUndefined()
  const again = await store.outbox.acceptSend(keyed("k", "other"), sampleDelivery("d-2"))
  expect(again).toMatchObject({ kind: "new", record: { id: "d-2" } })
})

test("[I1] keys are kept until they are older than asked for", async () => {
  const clock = createManualClock()
  await using store = await openTemporaryStore({ clock })
  await store.runs.acceptRequest(keyed("old"), sampleRun("r-1"))
  await clock.advance(1)
  await store.runs.acceptRequest(keyed("young"), sampleRun("r-2"))
  await store.expireKeys(0)
  expect(await store.runs.find(keyed("old"))).toBeUndefined()
  expect(await store.runs.find(keyed("young"))).toMatchObject({
    kind: "known",
    record: { runId: "r-2" },
  })
})

test("[A1] an accepted run, its message and its session's age are one transaction", async () => {
  const store = openNew()
  const session = await store.sessions.open("main", { channel: "webchat", at: 10 })
  const run = sampleRun("r-1", { sessionId: session.sessionId })
  await store.runs.acceptRequest(keyed("k"), run)
  const broken = sampleRun("r-1", { sessionId: session.sessionId })
  await expect(store.runs.acceptRequest(keyed("k2"), broken)).rejects.toThrow()
  expect(await store.runs.find(keyed("k2"))).toBeUndefined()
  const later = await reopen(store)
  expect((await later.runs.unfinished()).map((each) => each.runId)).toEqual(["r-1"])
  expect(await later.sessions.get("main")).toMatchObject({ createdAt: 10, updatedAt: 1_000 })
  const page = await later.messages.page({
    sessionId: session.sessionId,
    limit: 10,
    maxBytes: 1_000_000,
  })
  expect(page.messages.map((message) => message.id)).toEqual(["question-r-1"])
})

test("[I4] a journaled message is unique, is one run's, and its text goes when the run has ended", async () => {
  const store = openNew()
  expect(await store.inbox.journal(sampleInbound("m-1"), 5)).toBe("new")
  expect(await store.inbox.journal(sampleInbound("m-1"), 6)).toBe("duplicate")
  expect(await store.inbox.journal(sampleInbound("m-1", { account: "other-bot" }), 7)).toBe("new")
  const [first] = await store.inbox.pending({ except: [], limit: 10 })
  const id = first?.id ?? 0
  await store.sessions.open("memory:1", { channel: "memory", at: 1 })
  const run = sampleRun("r-1", { sessionKey: "memory:1", origin: "inbound" })
  await store.runs.acceptInbound([id], run, { channel: "memory", chat: "1" })
  expect(await store.inbox.pending({ except: [], limit: 10 })).toHaveLength(1)
  const taken = store.runs.acceptInbound([id], sampleRun("r-2"), { channel: "memory", chat: "1" })
  await expect(taken).rejects.toThrow(/is not pending/)
  expect(await store.runs.get("r-2")).toBeUndefined()

  await store.runs.end({
    runId: "r-1",
    state: "ok",
    at: 9,
    outcome: { ok: true, payload: {} },
    deliveries: [sampleDelivery("r-1:reply", { runId: "r-1" })],
  })
  expect(await store.inbox.journal(sampleInbound("m-1"), 8)).toBe("duplicate")
  expect(await store.runs.unfinished()).toEqual([])
  expect(await store.outbox.pending()).toMatchObject([{ id: "r-1:reply", state: "pending" }])
  expect(await store.sessions.get("memory:1")).toMatchObject({
    lastChat: { channel: "memory", chat: "1" },
  })
})

test("[I4, ID7] what a kill left between call and answer is pending where that is safe, else unknown", async () => {
  const store = openNew()
  await store.outbox.add(sampleDelivery("safe", { channel: "knows-doubles" }))
  await store.outbox.add(sampleDelivery("unsafe"))
  await store.outbox.add(sampleDelivery("not-begun"))
  await store.outbox.sending("safe")
  await store.outbox.sending("unsafe")
  const later = await reopen(store)
  await later.outbox.recover((channel) => channel === "knows-doubles")
  expect((await later.outbox.pending()).map((each) => each.id)).toEqual(["safe", "not-begun"])
  expect(await later.outbox.counts()).toEqual({ pending: 2, failed: 0, unknown: 1 })
  expect(await later.outbox.unknown(5)).toEqual([
    { id: "unsafe", channel: "memory", to: "memory:1", at: 1_000 },
  ])
})

test("[M7] a page ends at its bytes, holds one message at least, and its cursor leads on without gap", async () => {
  const store = openNew()
  const texts = Array.from({ length: 7 }, (_, index) => "x".repeat(index === 3 ? 5_000 : 400))
  for (const [index, text] of texts.entries()) {
    const run = sampleRun(`r-${index}`)
    await store.runs.acceptRequest(keyed(`k-${index}`), {
      ...run,
      messages: [sampleMessage(`m-${index}`, text)],
    })
  }
  const seen: string[] = []
  let before: string | undefined
  do {
    const page = await store.messages.page({ sessionId: "s-1", before, limit: 3, maxBytes: 1_200 })
    expect(page.messages.length).toBeGreaterThan(0)
    seen.unshift(...page.messages.map((message) => message.id))
    before = page.cursor
  } while (before !== undefined)
  expect(seen).toEqual(texts.map((_, index) => `m-${index}`))
})

test("[M7] a cursor that no page gave leads to the beginning", async () => {
  const store = openNew()
  await store.runs.acceptRequest(keyed("k"), sampleRun("r-1"))
  for (const before of ["x", "0", "-1", "1e99", "1.5"]) {
    const page = await store.messages.page({ sessionId: "s-1", before, limit: 3, maxBytes: 1_000 })
    expect(page).toEqual({ messages: [], cursor: undefined })
  }
})

test("[M4] notes wait in order for one turn, the newest hundred", async () => {
  const store = openNew()
  for (let index = 0; index < 120; index += 1) await store.notes.add(`note ${index}`, index)
  const later = await reopen(store)
  const notes = await later.notes.take()
  expect(notes).toHaveLength(100)
  expect(notes[0]).toBe("note 20")
  expect(notes.at(-1)).toBe("note 119")
  expect(await later.notes.take()).toEqual([])
})

test("a reset starts a new conversation under the same key", async () => {
  const store = openNew()
  const before = await store.sessions.open("main", { channel: "webchat", at: 1 })
  const after = await store.sessions.reset("main", 2)
  expect(after).toMatchObject({ key: "main", updatedAt: 2 })
  expect(after?.sessionId).not.toBe(before.sessionId)
  expect(await store.sessions.findById(before.sessionId)).toBeUndefined()
  expect(await store.sessions.findById(after?.sessionId ?? "")).toMatchObject({ key: "main" })
})

test("what is chosen for a session is kept; a new conversation thinks as others do, and stays muted", async () => {
  const store = openNew()
  expect(await store.sessions.patch("main", { title: "Home" })).toBeUndefined()
  const session = await store.sessions.open("main", { channel: "webchat", at: 1 })
  expect(session).not.toHaveProperty("muted")
  await store.sessions.patch("main", { title: "Home", thinking: "high", muted: true })
  const patched = await store.sessions.patch("main", { title: "House" })
  expect(patched).toMatchObject({ title: "House", thinking: "high", muted: true })
  const later = await reopen(store)
  const anew = await later.sessions.reset("main", 2)
  expect(anew).toMatchObject({ title: "House", muted: true })
  expect(anew).not.toHaveProperty("thinking")
  expect(await later.sessions.patch("main", { muted: false })).not.toHaveProperty("muted")
})

test("facts outlive a restart and the latest value counts", async () => {
  const store = openNew()
  await store.facts.set("a", "k", "one")
  await store.facts.set("a", "k", "two")
  await store.facts.set("b", "k", "three")
  const later = await reopen(store)
  expect(await later.facts.get("a", "k")).toBe("two")
  expect(await later.facts.get("b", "other")).toBeUndefined()
})

test("[I1] the count of keys follows every key that comes and goes", async () => {
  await using store = await openTemporaryStore()
  const counted = () =>
    store.database.transact((sql) => [
      sql.get("SELECT value AS count FROM counters")?.["count"],
      sql.get("SELECT count(*) AS count FROM idempotency_keys")?.["count"],
    ])
  await store.outbox.acceptSend(keyed("a"), sampleDelivery("d-1"))
  await store.outbox.acceptSend(keyed("a"), sampleDelivery("d-2"))
  await store.outbox.acceptSend(keyed("b"), sampleDelivery("d-3"))
  await store.runs.acceptRequest(keyed("a"), sampleRun("r-1"))
  expect(await counted()).toEqual([3, 3])
  await store.outbox.forget("d-3")
  expect(await counted()).toEqual([2, 2])
  await store.expireKeys(-1)
  expect(await counted()).toEqual([0, 0])
})
