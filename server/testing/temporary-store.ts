// A real store in a folder of its own, whose disk a test can break and whose process it can end.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { InboundMessage } from "../channels/channel.ts"
import { type Clock, systemClock } from "../host/clock.ts"
import { silentLogger } from "../host/logger.ts"
import { type Database, openDatabase, type Sql } from "../store/database.ts"
import { createStore } from "../store/open-store.ts"
import type { Store } from "../store/store.ts"

export interface TemporaryStore extends Store<InboundMessage> {
  readonly stateDir: string
  readonly database: Database
  /** Closes it and removes its folder. */
  [Symbol.asyncDispose](): Promise<void>
}

/** In a new folder, or on what an earlier store left in `stateDir`. */
export async function openTemporaryStore(
  options: string | { readonly stateDir?: string; readonly clock?: Clock } = {},
): Promise<TemporaryStore> {
  const { clock = systemClock, stateDir } =
    typeof options === "string" ? { stateDir: options } : options
  const folder = stateDir ?? (await mkdtemp(join(tmpdir(), "clawdis-test-")))
  const database = openDatabase({ path: join(folder, "clawdis.db"), log: silentLogger, clock })
  const store = createStore<InboundMessage>(database)
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= store.close()
    return closed
  }
  return {
    ...store,
    stateDir: folder,
    database,
    close,
    async [Symbol.asyncDispose]() {
      await close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** From now on every write fails, as on a full disk; reading goes on. */
export async function breakDisk(database: Database): Promise<void> {
  await database.transact((sql) => {
    for (const { name, on } of triggers(sql)) {
      sql.get(`CREATE TEMP TRIGGER ${name} BEFORE ${on} BEGIN SELECT raise(FAIL, 'disk full'); END`)
    }
  })
}

export async function mendDisk(database: Database): Promise<void> {
  await database.transact((sql) => {
    for (const { name } of triggers(sql)) sql.get(`DROP TRIGGER temp.${name}`)
  })
}

function triggers(sql: Sql): { name: string; on: string }[] {
  const tables = sql.all(
    "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND sql LIKE '%(%'",
  )
  return tables
    .map((row) => String(row["name"]))
    .filter((table) => !table.startsWith("sqlite_"))
    .flatMap((table) =>
      ["INSERT", "UPDATE", "DELETE"].map((verb) => ({
        name: `broken_${verb}_${table}`,
        on: `${verb} ON main.${table}`,
      })),
    )
}
