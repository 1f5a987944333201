// Messages on their way out, in order per chat. A row says at every moment what the service may have.

import type { SQLInputValue } from "node:sqlite"
import type { ErrorShape } from "#protocol"
import { integer, json, jsonOr, text, textOr } from "./columns.ts"
import type { Database, Row, Sql } from "./database.ts"
import { acceptOnce, findKeyed, forgetSubject } from "./idempotency.ts"
import type { DeliveryRecord, DeliveryState, NewDelivery, OutboxStore, Outcome } from "./store.ts"

export function createOutboxStore(database: Database): OutboxStore {
  const update = (id: string, assignment: string, values: Record<string, SQLInputValue> = {}) =>
    database.transact((sql) => {
      sql.run(`UPDATE outbox SET ${assignment} WHERE id = :id`, { id, ...values })
    })

  return {
    acceptSend: (keyed, delivery) =>
      database.transact((sql) =>
        acceptOnce(sql, {
          method: "send",
          keyed,
          subject: delivery.id,
          at: delivery.createdAt,
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
      database.transact((sql) =>
        sql.all("SELECT * FROM outbox WHERE state = 'pending' ORDER BY position").map(toDelivery),
      ),
    get: (id) => database.transact((sql) => findDelivery(sql, id)),
    ofRun: (runId) =>
      database.transact((sql) =>
        sql
          .all("SELECT * FROM outbox WHERE run_id = :runId ORDER BY position", { runId })
          .map(toDelivery),
      ),
    sending: (id) => update(id, "state = 'sending', attempts = attempts + 1"),
    backToPending: (id) => update(id, "state = 'pending'"),
    progressed: (id, messageIds) =>
      update(id, "state = 'pending', message_ids = :messageIds", {
        messageIds: JSON.stringify(messageIds),
      }),
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
        for (const row of sql.all("SELECT id, channel FROM outbox WHERE state = 'sending'")) {
          sql.run("UPDATE outbox SET state = :state WHERE id = :id", {
            id: text(row, "id"),
            state: repeatable(text(row, "channel")) ? "pending" : "unknown",
          })
        }
      }),
    counts: () =>
      database.transact((sql) => {
        const counts = { pending: 0, failed: 0, unknown: 0 }
        const rows = sql.all(
          "SELECT state, count(*) AS count FROM outbox WHERE state <> 'sent' GROUP BY state",
        )
        for (const row of rows) {
          const state = text(row, "state") as DeliveryState
          if (state === "failed" || state === "unknown") counts[state] += integer(row, "count")
          else counts.pending += integer(row, "count")
        }
        return counts
      }),
    unknown: (limit) =>
      database.transact((sql) =>
        sql
          .all(
            "SELECT * FROM outbox WHERE state <> 'sent' AND state = 'unknown' ORDER BY position DESC LIMIT :limit",
            { limit },
          )
          .map((row) => {
            const error = jsonOr<ErrorShape>(row, "error")
            return {
              id: text(row, "id"),
              channel: text(row, "channel"),
              to: text(row, "target"),
              at: integer(row, "created_at"),
              ...(error !== undefined && { error: error.message }),
            }
          }),
      ),
  }
}

export function insertDelivery(sql: Sql, delivery: NewDelivery): DeliveryRecord {
  sql.run(
    `INSERT INTO outbox (id, channel, chat, target, texts, state, run_id, created_at)
     VALUES (:id, :channel, :chat, :target, :texts, 'pending', :runId, :createdAt)`,
    {
      id: delivery.id,
      channel: delivery.channel,
      chat: delivery.chat,
      target: delivery.to,
      texts: JSON.stringify(delivery.texts),
      runId: delivery.runId ?? null,
      createdAt: delivery.createdAt,
    },
  )
  return { ...delivery, state: "pending", messageIds: [], attempts: 0 }
}

function findDelivery(sql: Sql, id: string): DeliveryRecord | undefined {
  const row = sql.get("SELECT * FROM outbox WHERE id = :id", { id })
  return row === undefined ? undefined : toDelivery(row)
}

function toDelivery(row: Row): DeliveryRecord {
  const runId = textOr(row, "run_id")
  const error = jsonOr<ErrorShape>(row, "error")
  const outcome = jsonOr<Outcome>(row, "outcome")
  return {
    id: text(row, "id"),
    channel: text(row, "channel"),
    chat: text(row, "chat"),
    to: text(row, "target"),
    texts: json<string[]>(row, "texts"),
    state: text(row, "state") as DeliveryState,
    messageIds: json<string[]>(row, "message_ids"),
    attempts: integer(row, "attempts"),
    createdAt: integer(row, "created_at"),
    ...(runId !== undefined && { runId }),
    ...(error !== undefined && { error }),
    ...(outcome !== undefined && { outcome }),
  }
}
