// Connects to the database of a state folder: alone, whole, and in the newest shape; or not at all.

import { chmodSync, statSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import type { Clock } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { Backups } from "./backups.ts"
import { defineChecksum } from "./checksum.ts"
import type { Marker } from "./marker.ts"
import { MIGRATIONS } from "./migrations.ts"
import { isSqliteError, StateInUseError, StateUnusableError } from "./unusable.ts"

const SQLITE_BUSY = 5
const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26

export interface ConnectParts {
  readonly path: string
  readonly log: Logger
  readonly clock: Clock
  readonly marker: Marker
  readonly backups: Backups
  /** The copy before a change of shape could not be made. */
  readonly onBackupFailed: (error: unknown) => void
}

/**
 * Opens or creates the database, and leaves the marker of a process that uses it.
 *
 * @throws StateInUseError, StateUnusableError
 */
export function connect(parts: ConnectParts): DatabaseSync {
  const { marker, path } = parts
  let connection: DatabaseSync | undefined
  // Looked at before SQLite makes a new one.
  let hadJournal = false
  try {
    refuseVanished(parts)
    hadJournal = sizeOf(`${path}-wal`) > 0
    connection = new DatabaseSync(path)
    chmodSync(path, 0o600)
    // In this order: with the exclusive mode first, the journal needs no shared memory file.
    connection.exec("PRAGMA locking_mode = EXCLUSIVE")
    const shape = readShape(connection)
    // Whoever has read the database has it alone, so a marker is that of a process which has ended.
    const left = marker.read()
    if (left === "running" && !hadJournal) throw journalMissing(parts)
    refuseNewer(shape, path)
    connection.exec("PRAGMA journal_mode = WAL")
    connection.exec("PRAGMA synchronous = FULL")
    connection.exec("PRAGMA foreign_keys = ON")
    defineChecksum(connection)
    if (left !== undefined) check(connection, parts)
    migrate(connection, shape, parts)
    marker.write("running")
    return connection
  } catch (error) {
    const reason = explain(error, parts)
    if (connection !== undefined) {
      const mayCloseJournal = hadJournal && !(reason instanceof StateInUseError)
      release(connection, mayCloseJournal, parts)
    }
    throw reason
  }
}

/** The marker goes first: a kill in between must not look like a database that was robbed of its journal. */
export function disconnect(
  connection: Pick<DatabaseSync, "close">,
  { log, marker }: { log: Logger; marker: Marker },
): void {
  try {
    marker.remove()
  } catch (error) {
    // Without a close this is to the next start what a kill would be, which it can judge.
    log.error("cannot remove the marker of a running gateway", { path: marker.path, error })
    return
  }
  connection.close()
}

/** Closing may take the journal away, and the next start must not miss it. */
function release(connection: DatabaseSync, mayCloseJournal: boolean, parts: ConnectParts): void {
  const { log, marker } = parts
  try {
    if (mayCloseJournal && marker.read() !== undefined) marker.write("closed")
  } catch (error) {
    log.error("cannot write the marker of a running gateway", { path: marker.path, error })
    return
  }
  connection.close()
}

function refuseVanished(parts: ConnectParts): void {
  const { backups, marker, path } = parts
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats !== undefined && stats.size > 0) return
  const wasThere =
    marker.read() !== undefined || sizeOf(`${path}-wal`) > 0 || backups.list().length > 0
  if (!wasThere) return
  throw damaged(parts, stats === undefined ? "the file is missing" : "the file is empty")
}

function refuseNewer(shape: number, path: string): void {
  if (shape <= MIGRATIONS.length) return
  throw new StateUnusableError(
    `state written by a newer version of clawdis (${path}, shape ${shape}; this version knows ${MIGRATIONS.length})`,
  )
}

function check(connection: DatabaseSync, parts: ConnectParts): void {
  const found = connection.prepare("PRAGMA quick_check(1)").get()?.["quick_check"]
  if (found !== "ok") throw damaged(parts, String(found))
  parts.log.info("the last stop was not clean; the state was checked and is whole")
}

function migrate(connection: DatabaseSync, shape: number, parts: ConnectParts): void {
  const { backups, clock, onBackupFailed } = parts
  if (shape > 0 && shape < MIGRATIONS.length) {
    try {
      backups.makeOfShape(connection, shape, clock.now())
    } catch (error) {
      onBackupFailed(error)
    }
  }
  connection.exec("BEGIN EXCLUSIVE")
  for (const step of MIGRATIONS.slice(shape)) connection.exec(step)
  // Written even if it is the same: from this commit on the journal is not empty.
  connection.exec(`PRAGMA user_version = ${MIGRATIONS.length}`)
  connection.exec("COMMIT")
}

function readShape(connection: DatabaseSync): number {
  return Number(connection.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0)
}

function damaged({ backups, marker, path }: ConnectParts, why: string): StateUnusableError {
  const restore =
    backups.list().length === 0
      ? ""
      : ` (to go back to it, put it in place of ${path} and remove ${path}-wal and ${marker.path})`
  return new StateUnusableError(`state damaged: ${path}: ${why}; ${backups.describe()}${restore}`)
}

function journalMissing(parts: ConnectParts): StateUnusableError {
  const { marker, path } = parts
  return damaged(
    parts,
    `${path}-wal is gone and with it what was written last, for there was no clean stop ` +
      `(to go on with what is left, remove ${marker.path})`,
  )
}

function explain(error: unknown, parts: ConnectParts): unknown {
  if (error instanceof StateUnusableError) return error
  const { path } = parts
  if (isSqliteError(error)) {
    const code = error.errcode & 0xff
    if (code === SQLITE_BUSY) {
      return new StateInUseError("another process uses this state folder", { cause: error })
    }
    if (code === SQLITE_NOTADB || code === SQLITE_CORRUPT) return damaged(parts, error.message)
  } else if (!isSystemError(error)) return error
  return new StateUnusableError(`cannot open the state ${path}: ${error.message}`, { cause: error })
}

/** Never opens a file of the database: closing it again would let go of this process's own lock on it. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error
}
