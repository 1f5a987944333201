import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { expect, onTestFinished, test } from "vitest"
import { createManualClock } from "../testing/manual-clock.ts"
import { openTemporaryStore } from "../testing/temporary-store.ts"
import { defineChecksum } from "./checksum.ts"
import { MIGRATIONS } from "./migrations.ts"

const HOUR_MS = 3_600_000

/** A state of the shape before messages aged by the steady time; one in and two out wait, one of them damaged. */
function makeFourthShape(at: number): string {
  const folder = mkdtempSync(join(tmpdir(), "clawdis-fourth-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const connection = new DatabaseSync(join(folder, "clawdis.db"))
  defineChecksum(connection)
  connection.exec("PRAGMA journal_mode = WAL")
  for (const step of MIGRATIONS.slice(0, 4)) connection.exec(step)
  connection.exec(`
    INSERT INTO inbox (channel, account, chat, message_id, state, body, received_at)
      VALUES ('memory', 'memory', '1', 'm-1', 'pending', '{"text":"hi"}', ${at});
    UPDATE inbox SET checksum = checksum(channel, account, chat, message_id, received_at, body);
    INSERT INTO outbox (id, channel, chat, target, items, state, created_at)
      VALUES ('whole', 'memory', '1', 'memory:1', '[]', 'pending', ${at}),
             ('damaged', 'memory', '1', 'memory:1', '[]', 'pending', ${at});
    UPDATE outbox SET checksum = checksum(id, channel, chat, target, items, state, message_ids,
      attempts, run_id, error, outcome, created_at);
    UPDATE outbox SET chat = '2' WHERE id = 'damaged';
    PRAGMA user_version = 4`)
  connection.close()
  return folder
}

test("[ID14, CR19] what waited before ages were kept goes by the wall clock, and what was damaged stays so", async () => {
  const clock = createManualClock()
  const stateDir = makeFourthShape(clock.now() - HOUR_MS)
  await using store = await openTemporaryStore({ clock, stateDir })
  expect(await store.inbox.pending({ except: [], limit: 9 })).toMatchObject([{ waitedMs: HOUR_MS }])
  expect(await store.outbox.pending()).toMatchObject([{ id: "whole", ageMs: HOUR_MS }])
  expect(await store.outbox.counts()).toEqual({ pending: 1, failed: 1, unknown: 0 })
})

test("[ID14] an operator's second try begins a new age", async () => {
  const clock = createManualClock()
  await using store = await openTemporaryStore({ clock })
  await store.outbox.add({
    ...{ id: "d", channel: "memory", chat: "1", to: "memory:1" },
    items: [{ text: "hi" }],
    createdAt: clock.now(),
  })
  await clock.advance(HOUR_MS)
  expect(await store.outbox.get("d")).toMatchObject({ ageMs: HOUR_MS })
  const error = { code: "UNAVAILABLE", message: "No." } as const
  await store.outbox.settle("d", { state: "failed", outcome: { ok: false, error }, error })
  expect(await store.outbox.retry("d", clock.now())).toBe(true)
  expect(await store.outbox.get("d")).toMatchObject({ ageMs: 0 })
})
