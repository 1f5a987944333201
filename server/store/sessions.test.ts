import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { expect, onTestFinished, test } from "vitest"
import { keyed, sampleMessage, sampleRun } from "../testing/records.ts"
import { openTemporaryStore } from "../testing/temporary-store.ts"
import { defineChecksum } from "./checksum.ts"
import { MIGRATIONS } from "./migrations.ts"

/** A state of the shape before messages were counted, with two messages. */
function makeSecondShape(): string {
  const folder = mkdtempSync(join(tmpdir(), "clawdis-second-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const connection = new DatabaseSync(join(folder, "clawdis.db"))
  defineChecksum(connection)
  connection.exec("PRAGMA journal_mode = WAL")
  for (const step of MIGRATIONS.slice(0, 2)) connection.exec(step)
  connection.exec(`
    INSERT INTO sessions (key, session_id, channel, created_at, updated_at)
      VALUES ('main', 's-1', 'webchat', 1, 2);
    INSERT INTO messages (id, session_key, session_id, body)
      VALUES ('m-1', 'main', 's-1', '{"id":"m-1","ts":1,"role":"user"}'),
             ('m-2', 'main', 's-1', '{"id":"m-2","ts":2,"role":"assistant"}');
    PRAGMA user_version = 2`)
  connection.close()
  return folder
}

test("[M9, CR19] what was said before messages were counted is read", async () => {
  await using store = await openTemporaryStore(makeSecondShape())
  expect(await store.sessions.listed("main")).toMatchObject({ sessionId: "s-1", unread: 0 })
  await store.runs.acceptRequest(keyed("k"), sampleRun("r-1"))
  await store.runs.end({
    runId: "r-1",
    state: "ok",
    at: 3,
    outcome: { ok: true, payload: {} },
    message: { ...sampleMessage("m-3"), role: "assistant" },
    deliveries: [],
  })
  expect(await store.sessions.listed("main")).toMatchObject({ unread: 1 })
})

test("[M9, CR19] a chat of before names were kept is called as the person who wrote in it", async () => {
  const folder = makeSecondShape()
  const connection = new DatabaseSync(join(folder, "clawdis.db"))
  connection.exec(`
    INSERT INTO sessions (key, session_id, channel, created_at, updated_at)
      VALUES ('memory:1', 's-2', 'memory', 1, 2), ('memory:group:9', 's-3', 'memory', 1, 2);
    INSERT INTO messages (id, session_key, session_id, body)
      VALUES ('m-3', 'memory:1', 's-2', '{"ts":1,"role":"user","sender":{"id":"1","name":"Anna"}}'),
             ('m-4', 'memory:1', 's-2', '{"ts":2,"role":"assistant"}'),
             ('m-5', 'memory:group:9', 's-3', '{"ts":1,"role":"user","sender":{"id":"1","name":"Anna"}}')`)
  connection.close()
  await using store = await openTemporaryStore(folder)
  expect((await store.sessions.listed("memory:1"))?.title).toBe("Anna")
  expect((await store.sessions.listed("memory:group:9"))?.title).toBeUndefined()
})

test("[M9] unread messages are counted up to 999", async () => {
  await using store = await openTemporaryStore()
  const { sessionId } = await store.sessions.open("main", { channel: "webchat", at: 1 })
  await store.database.transact((sql) => {
    for (let message = 0; message < 1_500; message += 1) {
      sql.run(
        `INSERT INTO messages (id, session_key, session_id, body, at)
         VALUES (:id, 'main', :sessionId, '{}', 1)`,
        { id: `m-${message}`, sessionId },
      )
    }
  })
  expect(await store.sessions.list({ limit: 5 })).toMatchObject([{ key: "main", unread: 999 }])
  expect(await store.sessions.markRead("main", "m-1489")).toBe(true)
  expect(await store.sessions.listed("main")).toMatchObject({ unread: 10 })
})

test("[M9] a session whose runs have not ended is kept whole, and they are named", async () => {
  await using store = await openTemporaryStore()
  await store.sessions.open("main", { channel: "webchat", at: 1 })
  const run = sampleRun("r-1")
  const file = { mediaId: "m", path: "/m", mimeType: "image/png", name: "cat.png", bytes: 1 }
  const request = { ...run.run.request, media: [file] }
  await store.runs.acceptRequest(keyed("k"), { ...run, run: { ...run.run, request } })
  expect(await store.sessions.delete("main")).toEqual(["r-1"])
  expect(await store.sessions.get("main")).toBeDefined()
  await store.runs.end({
    runId: "r-1",
    state: "aborted",
    at: 2,
    outcome: { ok: true, payload: {} },
    deliveries: [],
  })
  expect(await store.sessions.delete("main")).toEqual([])
  expect(await store.sessions.get("main")).toBeUndefined()
  // How it ended is still known to its key.
  const known = await store.runs.find(keyed("k"))
  expect(known).toMatchObject({
    kind: "known",
    record: { state: "aborted", request: { prompt: "", attachments: [] } },
  })
  expect(known).not.toHaveProperty("record.request.media")
})
