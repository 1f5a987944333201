// Keys of requests, per method. A key is written in the same transaction as what it names, so it can
// neither be lost nor stand for nothing.

import { selectIntact, signRow, wasIntact } from "./checksum.ts"
import { integer, text } from "./columns.ts"
import { refuseDamaged } from "./damage.ts"
import type { Database, Sql } from "./database.ts"
import { removeInSteps } from "./expire.ts"
import { markSteadyTime } from "./steady-time.ts"
import type { Acceptance, Found, KeyedRequest } from "./store.ts"

const MAX_KEYS = 1_000_000
const IS_KEY = "method = :method AND key = :key"

type Method = "send" | "agent"

export interface KeyedWork<Record> {
  readonly method: Method
  readonly keyed: KeyedRequest
  /** What the key names from now on: a run, a delivery. */
  readonly subject: string
  readonly create: () => Record
  readonly find: (subject: string) => Record | undefined
}

/** Does the work if the key is new; else gives what it named the first time (rule I2). */
export function acceptOnce<Record>(sql: Sql, work: KeyedWork<Record>): Acceptance<Record> {
  const { keyed, method, subject } = work
  const found = findKeyed(sql, method, keyed, work.find)
  if (found !== undefined) return found
  if (countKeys(sql) >= MAX_KEYS) return { kind: "full" }
  sql.run(
    `INSERT INTO idempotency_keys (method, key, digest, subject, created_at)
     VALUES (:method, :key, :digest, :subject, :at)
     ON CONFLICT (method, key) DO UPDATE
       SET digest = excluded.digest, subject = excluded.subject, created_at = excluded.created_at`,
    { method, key: keyed.key, digest: keyed.digest, subject, at: sql.steadyNow() },
  )
  sql.run(signRow("idempotency_keys", IS_KEY), { method, key: keyed.key })
  return { kind: "new", record: work.create() }
}

/** What a key names; undefined for one that names nothing. */
export function findKeyed<Record>(
  sql: Sql,
  method: Method,
  { digest, key }: KeyedRequest,
  find: (subject: string) => Record | undefined,
): Found<Record> | undefined {
  const row = sql.get(
    `SELECT digest, subject, ${selectIntact("idempotency_keys")} FROM idempotency_keys WHERE ${IS_KEY}`,
    { method, key },
  )
  // Neither free nor another request's: nobody knows any more what was done under this key.
  if (row !== undefined && !wasIntact(row)) {
    throw refuseDamaged(sql, `what was done for this idempotencyKey of ${method}`)
  }
  const record = row && find(text(row, "subject"))
  if (row === undefined || record === undefined) return undefined
  return text(row, "digest") === digest ? { kind: "known", record } : { kind: "conflict" }
}

export function forgetSubject(sql: Sql, subject: string): void {
  sql.run("DELETE FROM idempotency_keys WHERE subject = :subject", { subject })
}

/** A few at a time, so that nothing else has to wait for it. */
export async function expireKeys(database: Database, olderThanMs: number): Promise<void> {
  await database.transact(markSteadyTime)
  await removeInSteps(database, EXPIRED, (sql) => sql.steadyNow() - olderThanMs)
}

const EXPIRED = `
  DELETE FROM idempotency_keys WHERE (method, key) IN (
    SELECT method, key FROM idempotency_keys WHERE created_at < :before LIMIT :step)`

function countKeys(sql: Sql): number {
  // Kept by triggers: counting a million rows for each new one would take longer than all the rest.
  const row = sql.get("SELECT value FROM counters WHERE name = 'idempotency_keys'")
  return row === undefined ? 0 : integer(row, "value")
}
