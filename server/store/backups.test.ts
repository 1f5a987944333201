import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { expect, onTestFinished, test } from "vitest"
import { silentLogger } from "../host/logger.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { keyed, sampleInbound, sampleRun } from "../testing/records.ts"
import { openTemporaryStore, type TemporaryStore } from "../testing/temporary-store.ts"
import { MIGRATIONS } from "./migrations.ts"
import { openStore } from "./open-store.ts"

const DAY_MS = 24 * 60 * 60 * 1_000
const all = { except: [], limit: 10_000 }

const backupsOf = (store: TemporaryStore) => readdirSync(join(store.stateDir, "backups"))

/** A state as the first version of its shape left it, with something in each table that has changed since. */
function makeFirstShape(): string {
  const folder = mkdtempSync(join(tmpdir(), "clawdis-first-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const connection = new DatabaseSync(join(folder, "clawdis.db"))
  connection.exec("PRAGMA journal_mode = WAL")
  connection.exec(MIGRATIONS[0] ?? "")
  connection.exec(`
    INSERT INTO sessions (key, session_id, channel, created_at, updated_at)
      VALUES ('main', 's-1', 'webchat', 1, 2);
    INSERT INTO messages (id, session_key, session_id, body)
      VALUES ('m-1', 'main', 's-1', '{"id":"m-1","ts":1000}');
    INSERT INTO inbox (channel, account, chat, message_id, state, body, received_at)
      VALUES ('memory', 'bot', '1', 'waits', 'pending', '{"messageId":"waits"}', 1),
             ('memory', 'bot', '1', 'done', 'done', NULL, 1);
    INSERT INTO outbox (id, channel, chat, target, texts, state, created_at)
      VALUES ('d-1', 'memory', '1', 'memory:1', '["one","two"]', 'pending', 1);
    INSERT INTO idempotency_keys (method, key, digest, subject, created_at)
      VALUES ('send', 'k', 'd', 'd-1', 1);
    PRAGMA user_version = 1`)
  connection.close()
  return folder
}

/** Nobody has looked at the table since, and nobody will while its copy is made. */
function overwriteTable(path: string, table: string): void {
  const connection = new DatabaseSync(path, { readOnly: true })
  const row = connection.prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?").get(table)
  connection.close()
  const file = openSync(path, "r+")
  writeSync(file, Buffer.alloc(4_096, 0xa5), 0, 4_096, (Number(row?.["rootpage"]) - 1) * 4_096)
  closeSync(file)
}

test("[CR8] a backup is a whole copy of what is open, private, and made at most once a day", async () => {
  await using store = await openTemporaryStore()
  await store.inbox.journal(sampleInbound("m-1"), 1)
  await store.backUp(10)
  await store.inbox.journal(sampleInbound("m-2"), 2)
  await store.backUp(DAY_MS - 1)
  expect(backupsOf(store)).toEqual(["clawdis-1970-01-01.db"])
  const folder = join(store.stateDir, "backups")
  const path = join(folder, "clawdis-1970-01-01.db")
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const copy = new DatabaseSync(path)
  onTestFinished(() => copy.close())
  expect(copy.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" })
  expect(copy.prepare("SELECT message_id FROM inbox").all()).toEqual([{ message_id: "m-1" }])
})

test("[CR8] three backups are kept, and what a kill left of one is cleared away", async () => {
  await using store = await openTemporaryStore()
  mkdirSync(join(store.stateDir, "backups"))
  writeFileSync(join(store.stateDir, "backups", "clawdis-1969-12-31.db.part"), "")
  writeFileSync(join(store.stateDir, "backups", "clawdis-1969-12-31.db.part-journal"), "")
  writeFileSync(join(store.stateDir, "backups", "notes.txt"), "not ours")
  for (let day = 0; day < 5; day += 1) await store.backUp(day * DAY_MS)
  expect(backupsOf(store)).toEqual([
    "clawdis-1970-01-03.db",
    "clawdis-1970-01-04.db",
    "clawdis-1970-01-05.db",
    "notes.txt",
  ])
})

test("[CR8] a copy that is not whole is a notice, and the older ones stay", async () => {
  await using store = await openTemporaryStore()
  for (let day = 0; day < 3; day += 1) await store.backUp(day * DAY_MS)
  const before = backupsOf(store)
  await store.close()
  overwriteTable(join(store.stateDir, "clawdis.db"), "media")

  await using damaged = await openTemporaryStore(store.stateDir)
  await damaged.backUp(3 * DAY_MS)
  expect(backupsOf(damaged)).toEqual(before)
  expect(await damaged.notices.list(1)).toMatchObject([
    { text: expect.stringContaining("the copy is damaged") },
  ])
  // The day is not over: it is tried again, and nothing of the try is left in its place.
  await damaged.backUp(3 * DAY_MS + 1)
  expect(backupsOf(damaged)).toEqual(before)
})

test("[CR8] a backup that fails is a notice and nothing more", async () => {
  await using store = await openTemporaryStore()
  writeFileSync(join(store.stateDir, "backups"), "a file is in the way")
  await store.backUp(0)
  await store.backUp(0)
  expect(await store.notices.list(10)).toMatchObject([
    { text: expect.stringMatching(/^the backup of the state failed: .*; there is no backup$/) },
  ])
  expect(store.health().ok).toBe(true)
})

test("[CR8] a stop cuts a backup short, and nothing of it is left in its place", async () => {
  await using store = await openTemporaryStore()
  await store.database.transact((sql) =>
    sql.run("INSERT INTO notes (text, at) VALUES (hex(randomblob(20000000)), 0)"),
  )
  let settled = false
  void store.backUp(0).then(() => {
    settled = true
  })
  await store.close()
  expect(settled).toBe(true)
  expect(backupsOf(store)).toEqual([])
  await using later = await openTemporaryStore(store.stateDir)
  expect(await later.notices.list(10)).toEqual([])
})

test("[CR8] what is written while a backup is made is accepted, and the backup is whole", async () => {
  await using store = await openTemporaryStore()
  await store.database.transact((sql) =>
    sql.run("INSERT INTO notes (text, at) VALUES (hex(randomblob(5000000)), 0)"),
  )
  let done = false
  const backingUp = store.backUp(0).then(() => {
    done = true
  })
  let journaled = 0
  while (!done) {
    journaled += 1
    await store.inbox.journal(sampleInbound(`m-${journaled}`), journaled)
    await new Promise(setImmediate)
  }
  await backingUp
  expect(await store.inbox.pending(all)).toHaveLength(journaled)
  const copy = new DatabaseSync(join(store.stateDir, "backups", "clawdis-1970-01-01.db"))
  onTestFinished(() => copy.close())
  expect(copy.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" })
})

test("[CR19] a state in an older shape is copied, brought into the new one, and all of it is there", async () => {
  const folder = makeFirstShape()
  const clock = createManualClock(DAY_MS)
  await using store = await openTemporaryStore({ stateDir: folder, clock })
  expect(backupsOf(store)).toEqual(["clawdis-1970-01-02-shape-1.db"])
  const path = join(folder, "backups", "clawdis-1970-01-02-shape-1.db")
  expect(statSync(path).mode & 0o777).toBe(0o600)
  const copy = new DatabaseSync(path)
  onTestFinished(() => copy.close())
  expect(copy.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 })
  expect(copy.prepare("SELECT texts FROM outbox").get()).toEqual({ texts: '["one","two"]' })

  expect(await store.sessions.get("main")).not.toHaveProperty("muted")
  expect(await store.inbox.pending(all)).toMatchObject([{ message: { messageId: "waits" } }])
  expect(await store.outbox.find(keyed("k"))).toMatchObject({
    kind: "known",
    record: { id: "d-1", items: [{ text: "one" }, { text: "two" }] },
  })
  await store.outbox.sending("d-1")
  await store.expire(1_001)
  const page = { sessionId: "s-1", limit: 10, maxBytes: 1_000 }
  expect((await store.messages.page(page)).messages).toEqual([])
})

test("[CR19] a change of shape whose backup fails goes on, and says so", async () => {
  const folder = makeFirstShape()
  writeFileSync(join(folder, "backups"), "a file is in the way")
  await using store = await openTemporaryStore(folder)
  expect(await store.notices.list(10)).toMatchObject([
    { text: expect.stringContaining("the backup of the state failed") },
  ])
  expect(await store.outbox.pending()).toHaveLength(1)
})

test("[CR19] a change of shape that fails changes nothing", async () => {
  const folder = makeFirstShape()
  const path = join(folder, "clawdis.db")
  const before = new DatabaseSync(path)
  before.exec("ALTER TABLE messages ADD COLUMN at INTEGER")
  before.close()
  expect(() => openStore({ path, log: silentLogger })).toThrow(/cannot open the state/)
  const after = new DatabaseSync(path)
  onTestFinished(() => after.close())
  expect(after.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 })
  const columns = after.prepare("SELECT name FROM pragma_table_info('sessions')").all()
  expect(columns.map((column) => column["name"])).not.toContain("thinking")
})

test("[CR19] a new state needs no backup, and one in the newest shape neither", async () => {
  await using store = await openTemporaryStore()
  await store.runs.acceptRequest(keyed("k"), sampleRun("r-1"))
  await store.close()
  await using later = await openTemporaryStore(store.stateDir)
  expect(readdirSync(later.stateDir)).not.toContain("backups")
})
