// What is said about rows that are not what was written: they are never used, and never silently gone.

import { GatewayError } from "#protocol"
import type { Sql } from "./database.ts"
import { addNotice } from "./notices.ts"

/** Refuses what cannot be done without a damaged row. */
export function refuseDamaged(sql: Sql, what: string): GatewayError {
  return new GatewayError(
    "UNAVAILABLE",
    `state damaged: ${what} cannot be read; ${sql.backup()}.`,
    {
      reason: "state_damaged",
      retryable: false,
    },
  )
}

/** Tells the operator, once, of rows that were set aside. */
export function reportDamaged(sql: Sql, what: string): void {
  const text = `state damaged: ${what} cannot be read and will not be used; ${sql.backup()}`
  addNotice(sql, { ts: sql.now(), text })
}
