import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, expect, onTestFinished, test } from "vitest"
import { GatewayError } from "#protocol"
import { silentLogger } from "../host/logger.ts"
import { breakDisk, mendDisk } from "../testing/temporary-store.ts"
import { type Database, openDatabase } from "./database.ts"
import { MIGRATIONS } from "./migrations.ts"
import { StateInUseError, StateUnusableError } from "./unusable.ts"

const folders: string[] = []
const opened = new Set<Database>()

afterEach(async () => {
  for (const database of opened) await database.close()
  opened.clear()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "clawdis-database-"))
  folders.push(folder)
  return join(folder, "clawdis.db")
}

function open(path: string, onHealthChange?: () => void): Database {
  const database = openDatabase({
    path,
    log: silentLogger,
    ...(onHealthChange !== undefined && { onHealthChange }),
  })
  opened.add(database)
  return database
}

async function close(database: Database): Promise<void> {
  opened.delete(database)
  await database.close()
}

const addNote = (database: Database, text: string) =>
  database.transact((sql) => sql.run("INSERT INTO notes (text, at) VALUES (:text, 0)", { text }))

const countNotes = (database: Database) =>
  database.transact((sql) => sql.get("SELECT count(*) AS count FROM notes")?.["count"])

/** Lets the file grow by `pages` and no more. */
const limitPages = (database: Database, pages: number) =>
  database.transact((sql) => {
    const count = Number(sql.get("PRAGMA page_count")?.["page_count"])
    sql.get(`PRAGMA max_page_count = ${count + pages}`)
  })

test("[D2] a state folder that is open is refused, and free again after the close", async () => {
  const path = newPath()
  const first = open(path)
  expect(() => open(path)).toThrow(StateInUseError)
  await addNote(first, "still works")
  await close(first)
  expect(await countNotes(open(path))).toBe(1)
})

test("[D2, CR16] the lock of a process that was killed with SIGKILL is gone", async () => {
  const path = newPath()
  const database = join(import.meta.dirname, "database.ts")
  const holder = spawn(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      `import { openDatabase } from ${JSON.stringify(database)}
       const log = { error() {}, info() {} }
       globalThis.held = openDatabase({ path: process.argv[1], log })
       process.stdout.write("open")
       setInterval(() => undefined, 1000)`,
      path,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  )
  onTestFinished(() => void holder.kill("SIGKILL"))
  const exited = once(holder, "exit")
  await once(holder.stdout, "data")
  expect(() => open(path)).toThrow(StateInUseError)
  holder.kill("SIGKILL")
  await exited
  expect(await countNotes(open(path))).toBe(0)
})

test("[D3, CR19] a state that a newer version wrote is refused and left as it is", async () => {
  const path = newPath()
  const newer = open(path)
  await newer.transact((sql) => sql.get(`PRAGMA user_version = ${MIGRATIONS.length + 1}`))
  await close(newer)
  expect(() => open(path)).toThrow(StateUnusableError)
  expect(() => open(path)).toThrow(/written by a newer version/)
})

test("[D3, CR7] a file that is no database, or that cannot be opened, is refused with its path", () => {
  const path = newPath()
  writeFileSync(path, "this is no database, it is a long enough text that says so. ".repeat(20))
  expect(() => open(path)).toThrow(StateUnusableError)
  expect(() => open(path)).toThrow(`state damaged: ${path}`)
  expect(() => open(join(path, "below-a-file"))).toThrow(StateUnusableError)
})

test("the file is the owner's alone", async () => {
  const path = newPath()
  await close(open(path))
  chmodSync(path, 0o644)
  open(path)
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test("what a transaction throws rolls all of it back and is passed on as it was", async () => {
  const database = open(newPath())
  const mistake = new Error("a mistake of ours")
  const broken = database.transact((sql) => {
    sql.run("INSERT INTO notes (text, at) VALUES ('lost', 0)")
    throw mistake
  })
  await expect(broken).rejects.toBe(mistake)
  expect(await countNotes(database)).toBe(0)
  expect(database.health().ok).toBe(true)
})

test("[R3, CR5] a full disk is UNAVAILABLE, reason storage, shows in health, and passes by itself", async () => {
  const changes: boolean[] = []
  const database = open(newPath(), () => changes.push(database.health().ok))
  await limitPages(database, 2)
  const failure = await addNote(database, "x".repeat(100_000)).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(GatewayError)
  expect(failure).toMatchObject({ code: "UNAVAILABLE", reason: "storage", retryable: true })
  expect(database.health()).toMatchObject({ ok: false, lastError: expect.any(String) })

  await limitPages(database, 100_000)
  await addNote(database, "x".repeat(100_000))
  expect(database.health().ok).toBe(true)
  expect(await countNotes(database)).toBe(1)
  expect(changes).toEqual([false, true])
})

test("[CR7] a state whose files were taken away takes nothing more, until they are back", async () => {
  const path = newPath()
  const away = `${path}-away`
  for (const file of [path, `${path}-wal`]) {
    const database = open(path)
    await addNote(database, "before")
    const before = await countNotes(database)
    renameSync(file, away)
    await expect(addNote(database, "lost")).rejects.toMatchObject({
      reason: "storage",
      retryable: true,
      message: `The gateway's storage failed: ${file} was taken away.`,
    })
    writeFileSync(file, "another one")
    await expect(addNote(database, "lost")).rejects.toMatchObject({ reason: "storage" })
    expect(await countNotes(database)).toBe(before)
    expect(database.health().ok).toBe(false)
    renameSync(away, file)
    expect(await countNotes(database)).toBe(before)
    expect(database.health().ok).toBe(true)
    await close(database)
  }
})

test("[M1] a disk that can be read but not written stays failed until a write succeeds", async () => {
  const database = open(newPath())
  await breakDisk(database)
  await expect(addNote(database, "lost")).rejects.toMatchObject({ reason: "storage" })
  expect(await countNotes(database)).toBe(0)
  expect(database.health().ok).toBe(false)

  await mendDisk(database)
  expect(await countNotes(database)).toBe(0)
  expect(database.health().ok).toBe(true)
})
