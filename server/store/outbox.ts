// Messages on their way out, in order per chat. A row says at every moment what the service may have.

import type { SQLInputValue } from "node:sqlite"
import type { ErrorShape } from "#protocol"
import { isIntact, signRow } from "./checksum.ts"
import { integer, text } from "./columns.ts"
import { refuseDamaged } from "./damage.ts"
import type { Database, Sql } from "./database.ts"
import { findDelivery, insertDelivery, listDeliveries, selectDeliveries } from "./deliveries.ts"
import { acceptOnce, findKeyed, forgetSubject } from "./idempotency.ts"
import type { DeliveryRecord, DeliveryState, OutboxStore } from "./store.ts"

type Values = Record<string, SQLInputValue>

/** It may be sent again, and until that is confirmed nobody knows whether it has arrived. */
const DOUBT = {
  error: JSON.stringify({
    code: "UNAVAILABLE",
    message: "It may have arrived before the gateway was ended.",
    retryable: false,
    details: { reason: "outcome_unknown" },
  } satisfies ErrorShape),
}

/** One more of its messages is confirmed: it waits for the next, and nothing is in doubt. */
const NEXT_MESSAGE = "state = 'pending', message_ids = :messageIds, error = NULL"

export function createOutboxStore(database: Database): OutboxStore {
  const update = (id: string, assignment: string, values: Values = {}) =>
    database.transact((sql) => {
      change(sql, id, assignment, values)
    })

  return {
    acceptSend: (keyed, delivery) =>
      database.transact((sql) =>
        acceptOnce(sql, {
          method: "send",
          keyed,
          subject: delivery.id,
          create: () => insertDelivery(sql, delivery),
          find: (id) => findDelivery(sql, id),
        }),
      ),
    find: (keyed) =>
      database.transact((sql) => findKeyed(sql, "send", keyed, (id) => findDelivery(sql, id))),
    add: (delivery) =>
      database.transact((sql) => {
        insertDelivery(sql, delivery)
      }),
    pending: () =>
      database.transact((sql) => selectDeliveries(sql, "state = 'pending' ORDER BY position")),
    get: (id) => database.transact((sql) => findDelivery(sql, id)),
    sending: (id) => update(id, "state = 'sending', attempts = attempts + 1"),
    backToPending: (id) => update(id, "state = 'pending'"),
    progressed: (id, messageIds) =>
      update(id, NEXT_MESSAGE, {
        messageIds: JSON.stringify(messageIds),
      }),
    arrived: (id, messageIds) => database.transact((sql) => arrive(sql, id, messageIds)),
    settle: (id, { state, outcome, error }) =>
      update(id, "state = :state, outcome = :outcome, error = :error", {
        state,
        outcome: JSON.stringify(outcome),
        error: error === undefined ? null : JSON.stringify(error),
      }),
    forget: (id) =>
      database.transact((sql) => {
        sql.run("DELETE FROM outbox WHERE id = :id", { id })
        forgetSubject(sql, id)
      }),
    recover: (repeatable) =>
      database.transact((sql) => {
        for (const { channel, id } of selectDeliveries(sql, "state = 'sending'")) {
          if (repeatable(channel)) change(sql, id, "state = 'pending', error = :error", DOUBT)
          else change(sql, id, "state = 'unknown'", {})
        }
      }),
    counts: () => database.transact(countDeliveries),
    unknown: (limit) =>
      database.transact((sql) =>
        selectDeliveries(sql, "state = 'unknown' ORDER BY position DESC LIMIT :limit", {
          limit,
        }).map(({ channel, createdAt, error, id, to }) => ({
          id,
          channel,
          to,
          at: createdAt,
          ...(error !== undefined && { error: error.message }),
        })),
      ),
    list: (limit) => database.transact((sql) => listDeliveries(sql, limit)),
    retry: (id, at) => database.transact((sql) => retry(sql, id, at)),
    drop: (id, outcome) =>
      database.transact((sql) => drop(sql, id, { outcome: JSON.stringify(outcome) })),
  }
}

/** Changes a delivery that is what was written; what is damaged must not become right by a new checksum. */
function change(sql: Sql, id: string, assignment: string, values: Values): void {
  const changed = sql.run(
    `UPDATE outbox SET ${assignment} WHERE id = :id AND ${isIntact("outbox")}`,
    { ...values, id },
  )
  if (changed === 1) sql.run(signRow("outbox", "id = :id"), { id })
  else if (findState(sql, id) !== undefined) throw refuseDamaged(sql, `the message ${id} to send`)
}

function arrive(sql: Sql, id: string, messageIds: readonly string[]): DeliveryRecord | undefined {
  if (findState(sql, id) !== "unknown") return undefined
  change(sql, id, `${NEXT_MESSAGE}, outcome = NULL`, { messageIds: JSON.stringify(messageIds) })
  return findDelivery(sql, id)
}

/** It comes after all that waits already, as a new one would. */
function retry(sql: Sql, id: string, at: number): boolean {
  const state = findState(sql, id)
  if (state !== "failed" && state !== "unknown") return false
  const assignment = `state = 'pending', created_at = :at, steady_at = :steadyAt, outcome = NULL, error = NULL,
    position = (SELECT max(position) + 1 FROM outbox)`
  change(sql, id, assignment, { at, steadyAt: sql.steadyNow() })
  return true
}

function drop(sql: Sql, id: string, values: { outcome: string }): boolean {
  const state = findState(sql, id)
  if (state === "damaged") {
    // Nothing of it is worth keeping but its end.
    sql.run(
      `UPDATE outbox SET state = 'dropped', outcome = :outcome, error = NULL, items = '[]',
         message_ids = '[]' WHERE id = :id`,
      { ...values, id },
    )
    sql.run(signRow("outbox", "id = :id"), { id })
    return true
  }
  if (state !== "pending" && state !== "failed" && state !== "unknown") return false
  change(sql, id, "state = 'dropped', outcome = coalesce(outcome, :outcome)", values)
  return true
}

function findState(sql: Sql, id: string): DeliveryState | "damaged" | undefined {
  const row = sql.get("SELECT state FROM outbox WHERE id = :id", { id })
  return row && (text(row, "state") as DeliveryState | "damaged")
}

const COUNTED_AS: Readonly<Record<string, "pending" | "failed" | "unknown">> = {
  pending: "pending",
  sending: "pending",
  failed: "failed",
  damaged: "failed",
  unknown: "unknown",
}

function countDeliveries(sql: Sql): { pending: number; failed: number; unknown: number } {
  const counts = { pending: 0, failed: 0, unknown: 0 }
  const states = Object.keys(COUNTED_AS)
  const rows = sql.all(
    `SELECT state, count(*) AS count FROM outbox
     WHERE state IN (SELECT value FROM json_each(:states)) GROUP BY state`,
    { states: JSON.stringify(states) },
  )
  for (const row of rows) {
    const counted = COUNTED_AS[text(row, "state")]
    if (counted !== undefined) counts[counted] += integer(row, "count")
  }
  return counts
}
