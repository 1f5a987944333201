// Rows whose damage would lose or repeat something carry a checksum, because the database itself does
// not notice a flipped bit inside a value. It is the first half of the SHA-256 of the columns below,
// each with its type and length, and it is written with the row and compared when the row is read.

import { hash } from "node:crypto"
import type { DatabaseSync, SQLInputValue } from "node:sqlite"
import type { Row } from "./database.ts"

const CHECKSUM_BYTES = 16

/** What counts in each table. The columns that are missing say where a row belongs or stands, not what it holds. */
const COLUMNS = {
  inbox: "channel, account, chat, message_id, received_at, body, steady_at",
  outbox:
    "id, channel, chat, target, items, state, message_ids, attempts, run_id, error, outcome, created_at, steady_at",
  idempotency_keys: "method, key, digest, subject, created_at",
  vault: "channel, key, value, written_at",
} as const

type Table = keyof typeof COLUMNS

/** Makes `checksum(…)` known to the statements of a connection. */
export function defineChecksum(connection: DatabaseSync): void {
  connection.function("checksum", { deterministic: true, varargs: true }, computeChecksum)
}

/** The checksum of a new row whose columns are given under their own names. */
export function signNew(table: Table): string {
  return `checksum(${COLUMNS[table].replaceAll(/\w+/g, ":$&")})`
}

/** The statement that gives the row where `condition` holds the checksum of what it now contains. */
export function signRow(table: Table, condition: string): string {
  return `UPDATE ${table} SET checksum = checksum(${COLUMNS[table]}) WHERE ${condition}`
}

/** The condition that a row is what was written. */
export function isIntact(table: Table): string {
  return `checksum IS checksum(${COLUMNS[table]})`
}

/** For the list of what a statement selects; `wasIntact` reads it. */
export function selectIntact(table: Table): string {
  return `${isIntact(table)} AS intact`
}

export function wasIntact(row: Row): boolean {
  return row["intact"] === 1
}

function computeChecksum(...values: SQLInputValue[]): Uint8Array {
  // As one text, which is quicker than joining buffers.
  const text = values.map(describe).join("")
  return hash("sha256", text, "buffer").subarray(0, CHECKSUM_BYTES)
}

function describe(value: SQLInputValue): string {
  if (value === null) return "null;"
  const content = ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1")
    : String(value)
  return `${typeof value} ${content.length} ${content};`
}
