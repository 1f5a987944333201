import {
  closeSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { expect, onTestFinished, test } from "vitest"
import { silentLogger } from "../host/logger.ts"
import { sampleInbound } from "../testing/records.ts"
import { openTemporaryStore, type TemporaryStore } from "../testing/temporary-store.ts"
import { disconnect } from "./connect.ts"
import { createMarker } from "./marker.ts"
import { MIGRATIONS } from "./migrations.ts"
import { openStore } from "./open-store.ts"
import type { JournaledMessage } from "./store.ts"
import { StateUnusableError } from "./unusable.ts"

const all = { except: [], limit: 10_000 }

interface State {
  readonly path: string
  readonly wal: string
  readonly marker: string
  readonly backups: string
}

function newState(): State & { readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "clawdis-left-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, "clawdis.db")
  const backups = join(folder, "backups")
  return { folder, path, wal: `${path}-wal`, marker: `${path}-running`, backups }
}

/** What is on disk at this moment, as a kill would leave it. */
function leftByKill(store: TemporaryStore): State {
  const state = newState()
  cpSync(store.stateDir, state.folder, { recursive: true })
  return state
}

async function fill(store: TemporaryStore, count = 20): Promise<void> {
  for (let index = 1; index <= count; index += 1) {
    await store.inbox.journal(sampleInbound(`m-${index}`, { text: "x".repeat(2_000) }), index)
  }
}

/** How many messages the next start finds. */
async function countAtStart({ path }: State): Promise<number> {
  const store = openStore<JournaledMessage>({ path, log: silentLogger })
  const found = await store.inbox.pending(all)
  await store.close()
  return found.length
}

function refusalOf({ path }: State): string {
  try {
    openStore({ path, log: silentLogger })
  } catch (error) {
    expect(error).toBeInstanceOf(StateUnusableError)
    return String(error)
  }
  throw new Error("it was opened")
}

test("[CR8] the marker of a running gateway is there while the state is open, private, and gone after", async () => {
  await using store = await openTemporaryStore()
  const marker = join(store.stateDir, "clawdis.db-running")
  expect(statSync(marker).mode & 0o777).toBe(0o600)
  await store.close()
  expect(existsSync(marker)).toBe(false)
})

test("[CR1, CR8, CR16] what a kill leaves is checked, opens at once, and has lost nothing", async () => {
  await using store = await openTemporaryStore()
  await fill(store)
  const left = leftByKill(store)
  expect(existsSync(left.marker)).toBe(true)
  expect(await countAtStart(left)).toBe(20)
  expect(await countAtStart(left)).toBe(20)
})

test("[CR1, CR8] a kill right after the start or in the middle of a stop gives no false alarm", async () => {
  await using store = await openTemporaryStore()
  const early = leftByKill(store)
  expect(statSync(early.wal).size).toBeGreaterThan(0)
  expect(await countAtStart(early)).toBe(0)
  // The marker goes before the journal does.
  const late = leftByKill(store)
  rmSync(late.marker)
  expect(await countAtStart(late)).toBe(0)
})

test("[CR1, CR8] a stop removes the marker before SQLite may take the journal away", () => {
  const { path } = newState()
  const marker = createMarker(path)
  marker.write("running")
  let seenAtClose: unknown = "not closed"
  const connection = { close: () => (seenAtClose = marker.read()) }
  disconnect(connection, { log: silentLogger, marker })
  expect(seenAtClose).toBeUndefined()
})

test.for(["gone", "empty"])(
  "[CR8] a journal that is %s after an unclean stop is refused, each time, until the operator decides",
  async (how) => {
    await using store = await openTemporaryStore()
    await store.backUp(0)
    await fill(store)
    const left = leftByKill(store)
    if (how === "gone") rmSync(left.wal)
    else truncateSync(left.wal)
    const backup = join(left.backups, "clawdis-1970-01-01.db")
    for (let time = 0; time < 2; time += 1) {
      const message = refusalOf(left)
      expect(message).toContain(`state damaged: ${left.path}: ${left.wal} is gone`)
      expect(message).toContain(`the last backup is ${backup}`)
    }
    rmSync(left.marker)
    expect(await countAtStart(left)).toBe(0)
  },
)

test("[CR8] the backup opens in place of a damaged state as the refusal says", async () => {
  await using store = await openTemporaryStore()
  await fill(store)
  await store.backUp(0)
  const left = leftByKill(store)
  rmSync(left.wal)
  expect(refusalOf(left)).toContain(`put it in place of ${left.path} and remove ${left.wal} and`)
  cpSync(join(left.backups, "clawdis-1970-01-01.db"), left.path)
  rmSync(left.wal, { force: true })
  rmSync(left.marker, { force: true })
  expect(await countAtStart(left)).toBe(20)
})

test.for([
  ["missing", ({ path }: State) => rmSync(path)],
  ["empty", ({ path }: State) => truncateSync(path)],
] as const)(
  "[CR8] a database that is %s beside a trace of it is refused, and no empty one is made",
  async ([how, damage]) => {
    await using store = await openTemporaryStore()
    await store.backUp(0)
    for (const trace of ["wal", "marker", "backups"] as const) {
      const left = leftByKill(store)
      for (const other of ["wal", "marker", "backups"] as const) {
        if (other !== trace) rmSync(left[other], { recursive: true })
      }
      damage(left)
      expect(refusalOf(left)).toContain(`state damaged: ${left.path}: the file is ${how}`)
      expect(refusalOf(left)).toContain(`the file is ${how}`)
      expect(statSync(left.path, { throwIfNoEntry: false })?.size ?? 0).toBe(0)
    }
  },
)

test("[CR8] without any trace of an earlier one a new state is made, also in place of an empty file", async () => {
  const state = newState()
  writeFileSync(state.path, "")
  expect(await countAtStart(state)).toBe(0)
})

test.for([100, 4_096, 30_000])(
  "[CR8] a database that was cut to %i bytes is refused, each time",
  async (bytes) => {
    await using store = await openTemporaryStore()
    await fill(store)
    await store.close()
    const state = newState()
    cpSync(store.stateDir, join(state.path, ".."), { recursive: true })
    truncateSync(state.path, bytes)
    expect(refusalOf(state)).toContain("state damaged")
    expect(refusalOf(state)).toContain("state damaged")
  },
)

test("[CR8] a page that was overwritten is found by the check after an unclean stop", async () => {
  await using store = await openTemporaryStore()
  await fill(store)
  await store.close()
  const again = await openTemporaryStore(store.stateDir)
  const left = leftByKill(again)
  await again.close()
  const page = await findPage(left, "inbox")
  overwrite(left.path, page)
  const message = refusalOf(left)
  expect(message).toContain(`state damaged: ${left.path}`)
  expect(message).toContain("there is no backup")
  expect(refusalOf(left)).toBe(message)
})

test("[CR8] a start that was refused for another reason does not make the journal look stolen", async () => {
  await using store = await openTemporaryStore()
  await fill(store)
  await store.database.transact((sql) => sql.get("PRAGMA user_version = 1000"))
  const left = leftByKill(store)
  expect(refusalOf(left)).toContain("newer version")
  expect(refusalOf(left)).toContain("newer version")
  const connection = new DatabaseSync(left.path)
  connection.exec(`PRAGMA user_version = ${MIGRATIONS.length}`)
  connection.close()
  expect(await countAtStart(left)).toBe(20)
})

async function findPage({ path }: State, table: string): Promise<number> {
  const connection = new DatabaseSync(path, { readOnly: true })
  const row = connection.prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?").get(table)
  connection.close()
  return Number(row?.["rootpage"])
}

function overwrite(path: string, page: number): void {
  const file = openSync(path, "r+")
  writeSync(file, Buffer.alloc(4_096, 0xa5), 0, 4_096, (page - 1) * 4_096)
  closeSync(file)
}
