// Keys of requests, per method. A key is written in the same transaction as what it names, so it can
// neither be lost nor stand for nothing.

import { integer, text } from "./columns.ts"
import type { Sql } from "./database.ts"
import type { Acceptance, KeyedRequest } from "./store.ts"

const MAX_KEYS = 1_000_000

export interface KeyedWork<Record> {
  readonly method: "send" | "agent"
  readonly keyed: KeyedRequest
  /** What the key names from now on: a run, a delivery. */
  readonly subject: string
  readonly at: number
  readonly create: () => Record
  readonly find: (subject: string) => Record | undefined
}

/** Does the work if the key is new; else gives what it named the first time (rule I2). */
export function acceptOnce<Record>(sql: Sql, work: KeyedWork<Record>): Acceptance<Record> {
  const { method, keyed, subject, at } = work
  const known = sql.get(
    "SELECT digest, subject FROM idempotency_keys WHERE method = :method AND key = :key",
    { method, key: keyed.key },
  )
  if (known !== undefined) {
    if (text(known, "digest") !== keyed.digest) return { kind: "conflict" }
    const record = work.find(text(known, "subject"))
    if (record !== undefined) return { kind: "known", record }
  }
  if (known === undefined && countKeys(sql) >= MAX_KEYS) return { kind: "full" }
  sql.run(
    `INSERT INTO idempotency_keys (method, key, digest, subject, created_at)
     VALUES (:method, :key, :digest, :subject, :at)
     ON CONFLICT (method, key) DO UPDATE SET subject = excluded.subject`,
    { method, key: keyed.key, digest: keyed.digest, subject, at },
  )
  return { kind: "new", record: work.create() }
}

export function findSubject(sql: Sql, method: "send" | "agent", key: string): string | undefined {
  const row = sql.get(
    "SELECT subject FROM idempotency_keys WHERE method = :method AND key = :key",
    { method, key },
  )
  return row === undefined ? undefined : text(row, "subject")
}

export function forgetSubject(sql: Sql, subject: string): void {
  sql.run("DELETE FROM idempotency_keys WHERE subject = :subject", { subject })
}

export function expireKeys(sql: Sql, createdBefore: number): void {
  sql.run("DELETE FROM idempotency_keys WHERE created_at < :createdBefore", { createdBefore })
}

function countKeys(sql: Sql): number {
  const row = sql.get("SELECT count(*) AS count FROM idempotency_keys")
  return row === undefined ? 0 : integer(row, "count")
}
