// Opens the one database of a state folder: exclusively, durably, at the newest shape.

import type { SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite"
import { GatewayError } from "#protocol"
import { type Clock, systemClock } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import { createBackups } from "./backups.ts"
import { connect, disconnect } from "./connect.ts"
import { rememberFiles } from "./held-files.ts"
import { createMarker } from "./marker.ts"
import { addNotice } from "./notices.ts"
import { resumeSteadyTime } from "./steady-time.ts"
import type { StorageHealth } from "./store.ts"
import { isSqliteError } from "./unusable.ts"

export type Row = Record<string, SQLOutputValue>
type Values = Record<string, SQLInputValue>

export interface Database {
  /** Runs `work` as one transaction. What it throws rolls back; the disk's own failures become `UNAVAILABLE`, reason `storage`. */
  transact<Result>(work: (sql: Sql) => Result): Promise<Result>
  health(): StorageHealth
  /** Copies the state, at most once a day. Never rejects: a copy that fails is a notice. */
  backUp(at: number): Promise<void>
  /** Waits for a copy that is being made, which it cuts short. */
  close(): Promise<void>
}

/** Statements are prepared once and kept. */
export interface Sql {
  run(text: string, values?: Values): number
  get(text: string, values?: Values): Row | undefined
  all(text: string, values?: Values): Row[]
  now(): number
  /** By which idempotency keys age. */
  steadyNow(): number
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
  const marker = createMarker(path)
  const backups = createBackups(path)
  let failedBackup: unknown
  const connection = connect({
    path,
    log,
    clock,
    marker,
    backups,
    onBackupFailed: (error) => {
      failedBackup = error
    },
  })
  const files = rememberFiles([path, `${path}-wal`])
  const steadyTime = resumeSteadyTime(clock, {
    get: (text) => connection.prepare(text).get(),
  })
  const statements = new Map<string, StatementSync>()
  let lastError: string | undefined
  let wrote = false
  const closing = new AbortController()
  let backingUp: Promise<void> | undefined

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
    steadyNow: () => steadyTime.now(),
    backup: () => backups.describe(),
  }

  function reportFailedBackup(error: unknown): void {
    log.error("the backup of the state failed", { error })
    try {
      const text = `the backup of the state failed: ${messageOf(error)}; ${backups.describe()}`
      addNotice(sql, { ts: clock.now(), text })
    } catch (failure) {
      log.error("the store failed", { error: failure })
    }
  }

  async function makeBackup(at: number): Promise<void> {
    try {
      await backups.makeDaily(connection, at, closing.signal)
    } catch (error) {
      if (!closing.signal.aborted) reportFailedBackup(error)
    }
  }

  function noteHealth(error: string | undefined): void {
    const changed = (error === undefined) !== (lastError === undefined)
    lastError = error
    if (changed) onHealthChange?.()
  }

  function requireFiles(): void {
    const lost = files.findLost()
    if (lost !== undefined) throw new FilesLostError(`${lost} was taken away`)
  }

  /** Reading goes on where nothing can be written, so it takes a write to see that the disk works again. */
  function canWriteAgain(): boolean {
    try {
      sql.run(
        `INSERT INTO facts (area, key, value) VALUES ('store', 'probe', '1')
         ON CONFLICT (area, key) DO UPDATE SET value = value + 1`,
      )
      requireFiles()
      return true
    } catch (error) {
      log.debug("the store still fails", { error })
      return false
    }
  }

  if (failedBackup !== undefined) reportFailedBackup(failedBackup)

  return {
    async transact(work) {
      try {
        wrote = false
        connection.exec("BEGIN IMMEDIATE")
        const result = work(sql)
        if (wrote) requireFiles()
        connection.exec("COMMIT")
        if (lastError !== undefined && (wrote || canWriteAgain())) noteHealth(undefined)
        return result
      } catch (error) {
        if (connection.isTransaction) connection.exec("ROLLBACK")
        if (!isSqliteError(error) && !(error instanceof FilesLostError)) throw error
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
    backUp(at) {
      backingUp ??= makeBackup(at).finally(() => {
        backingUp = undefined
      })
      return backingUp
    },
    async close() {
      closing.abort()
      await backingUp
      disconnect(connection, { log, marker })
    },
  }
}

class FilesLostError extends Error {
  override readonly name = "FilesLostError"
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
