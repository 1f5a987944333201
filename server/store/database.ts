// Opens the one database of a state folder: exclusively, durably, at the newest shape.

import { chmodSync } from "node:fs"
import {
  DatabaseSync,
  type SQLInputValue,
  type SQLOutputValue,
  type StatementSync,
} from "node:sqlite"
import { GatewayError } from "#protocol"
import { type Clock, systemClock } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import { defineChecksum } from "./checksum.ts"
import { MIGRATIONS } from "./migrations.ts"
import type { StorageHealth } from "./store.ts"

export type Row = Record<string, SQLOutputValue>
type Values = Record<string, SQLInputValue>

/** Another process holds the state folder. */
export class StateInUseError extends Error {
  override readonly name = "StateInUseError"
}

/** The operator must act: the state is damaged, or a newer program wrote it. */
export class StateUnusableError extends Error {
  override readonly name = "StateUnusableError"
}

export interface Database {
  /** Runs `work` as one transaction. What it throws rolls back; the disk's own failures become `UNAVAILABLE`, reason `storage`. */
  transact<Result>(work: (sql: Sql) => Result): Promise<Result>
  health(): StorageHealth
  close(): void
}

/** Statements are prepared once and kept. */
export interface Sql {
  run(text: string, values?: Values): number
  get(text: string, values?: Values): Row | undefined
  all(text: string, values?: Values): Row[]
  now(): number
  /** Where the newest backup is, as the end of a sentence. */
  backup(): string
}

export interface DatabaseOptions {
  readonly path: string
  readonly log: Logger
  readonly clock?: Clock
  /** The storage went from working to failing or back. */
  readonly onHealthChange?: () => void
}

const SQLITE_BUSY = 5
const SQLITE_NOTADB = 26
const SQLITE_CORRUPT = 11

/**
 * Opens or creates the database at `path`.
 *
 * The exclusive lock is what makes a gateway the only one on its state; the kernel frees it even after
 * SIGKILL (rule D2).
 *
 * @throws StateInUseError, StateUnusableError
 */
export function openDatabase({
  path,
  log,
  clock = systemClock,
  onHealthChange,
}: DatabaseOptions): Database {
  const connection = connect(path)
  const statements = new Map<string, StatementSync>()
  let lastError: string | undefined
  let wrote = false

  function prepared(text: string): StatementSync {
    const known = statements.get(text)
    if (known !== undefined) return known
    const statement = connection.prepare(text)
    statements.set(text, statement)
    return statement
  }

  const sql: Sql = {
    run(text, values = {}) {
      const changes = Number(prepared(text).run(values).changes)
      wrote ||= changes > 0
      return changes
    },
    get: (text, values = {}) => prepared(text).get(values),
    all: (text, values = {}) => prepared(text).all(values),
    now: () => clock.now(),
    backup: () => "there is no backup yet",
  }

  function noteHealth(error: string | undefined): void {
    const changed = (error === undefined) !== (lastError === undefined)
    lastError = error
    if (changed) onHealthChange?.()
  }

  /** Reading goes on where nothing can be written, so it takes a write to see that the disk works again. */
  function canWriteAgain(): boolean {
    try {
      sql.run(
        `INSERT INTO facts (area, key, value) VALUES ('store', 'probe', '1')
         ON CONFLICT (area, key) DO UPDATE SET value = value + 1`,
      )
      return true
    } catch (error) {
      log.debug("the store still fails", { error })
      return false
    }
  }

  return {
    async transact(work) {
      try {
        wrote = false
        connection.exec("BEGIN IMMEDIATE")
        const result = work(sql)
        connection.exec("COMMIT")
        if (lastError !== undefined && (wrote || canWriteAgain())) noteHealth(undefined)
        return result
      } catch (error) {
        if (connection.isTransaction) connection.exec("ROLLBACK")
        if (!isSqliteError(error)) throw error
        noteHealth(error.message)
        log.error("the store failed", { error: error.message })
        throw new GatewayError("UNAVAILABLE", `The gateway's storage failed: ${error.message}.`, {
          cause: error,
          reason: "storage",
          retryable: true,
        })
      }
    },
    health: () => ({
      ok: lastError === undefined,
      path,
      ...(lastError !== undefined && { lastError }),
    }),
    close: () => connection.close(),
  }
}

function connect(path: string): DatabaseSync {
  let connection: DatabaseSync | undefined
  try {
    connection = new DatabaseSync(path)
    chmodSync(path, 0o600)
    // In this order: with the exclusive mode first, the journal needs no shared memory file.
    connection.exec("PRAGMA locking_mode = EXCLUSIVE")
    connection.exec("PRAGMA journal_mode = WAL")
    connection.exec("PRAGMA synchronous = FULL")
    connection.exec("PRAGMA foreign_keys = ON")
    defineChecksum(connection)
    migrate(connection, path)
    return connection
  } catch (error) {
    connection?.close()
    if (!isSqliteError(error)) throw error
    if (error.errcode === SQLITE_BUSY) {
      throw new StateInUseError("another process uses this state folder", { cause: error })
    }
    if (error.errcode === SQLITE_NOTADB || error.errcode === SQLITE_CORRUPT) {
      throw new StateUnusableError(`state damaged: ${path}: ${error.message}`, { cause: error })
    }
    throw new StateUnusableError(`cannot open the state ${path}: ${error.message}`, {
      cause: error,
    })
  }
}

function migrate(connection: DatabaseSync, path: string): void {
  connection.exec("BEGIN EXCLUSIVE")
  const version = Number(connection.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0)
  if (version > MIGRATIONS.length) {
    connection.exec("ROLLBACK")
    throw new StateUnusableError(
      `state written by a newer version of clawdis (${path}, shape ${version}; this version knows ${MIGRATIONS.length})`,
    )
  }
  for (const step of MIGRATIONS.slice(version)) connection.exec(step)
  connection.exec(`PRAGMA user_version = ${MIGRATIONS.length}`)
  connection.exec("COMMIT")
}

interface SqliteError extends Error {
  readonly errcode: number
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR"
}
