// The rows of the outbox as deliveries. A row that is not what was written is set aside: it is never
// sent, counts as failed, and an operator can drop it.

import type { SQLInputValue } from "node:sqlite"
import type { ErrorShape, OutboxRow } from "#protocol"
import { selectIntact, signRow, wasIntact } from "./checksum.ts"
import { integer, json, jsonOr, text, textOr } from "./columns.ts"
import { refuseDamaged, reportDamaged } from "./damage.ts"
import type { Row, Sql } from "./database.ts"
import { ageOf } from "./steady-time.ts"
import type { DeliveryItem, DeliveryRecord, DeliveryState, NewDelivery, Outcome } from "./store.ts"

const PREVIEW_LENGTH = 80

export function insertDelivery(sql: Sql, delivery: NewDelivery): DeliveryRecord {
  const { channel, chat, createdAt, id, items, runId, to } = delivery
  sql.run(
    `INSERT INTO outbox (id, channel, chat, target, items, state, run_id, created_at, steady_at)
     VALUES (:id, :channel, :chat, :to, :items, 'pending', :runId, :createdAt, :steadyAt)`,
    {
      ...{ id, channel, chat, to, createdAt },
      items: JSON.stringify(items),
      runId: runId ?? null,
      steadyAt: sql.steadyNow(),
    },
  )
  sql.run(signRow("outbox", "id = :id"), { id })
  return { ...delivery, state: "pending", messageIds: [], attempts: 0, ageMs: 0 }
}

export function findDelivery(sql: Sql, id: string): DeliveryRecord | undefined {
  const [row] = selectRows(sql, "id = :id", { id })
  if (row === undefined) return undefined
  if (!wasIntact(row)) throw refuseDamaged(sql, `the message ${id} to send`)
  return toDelivery(sql, row)
}

/** The deliveries that `condition`, with what orders and limits them, selects. */
export function selectDeliveries(
  sql: Sql,
  condition: string,
  values: Record<string, SQLInputValue> = {},
): DeliveryRecord[] {
  const rows = selectRows(sql, condition, values)
  const damaged = rows.filter((row) => !wasIntact(row) && text(row, "state") !== "damaged")
  if (damaged.length > 0) setAside(sql, damaged)
  return rows.filter(wasIntact).map((row) => toDelivery(sql, row))
}

/** What an operator can see of those that are not over. */
export function listDeliveries(sql: Sql, limit: number): OutboxRow[] {
  const condition = `state IN ('pending', 'sending', 'failed', 'unknown', 'damaged')
    ORDER BY position LIMIT :limit`
  selectDeliveries(sql, condition, { limit })
  return selectRows(sql, condition, { limit }).map((row) =>
    wasIntact(row) ? toListed(toDelivery(sql, row)) : toListedDamaged(row),
  )
}

function selectRows(sql: Sql, condition: string, values: Record<string, SQLInputValue>): Row[] {
  return sql.all(`SELECT *, ${selectIntact("outbox")} FROM outbox WHERE ${condition}`, values)
}

function setAside(sql: Sql, rows: readonly Row[]): void {
  const positions = rows.map((row) => integer(row, "position"))
  for (const position of positions) {
    sql.run("UPDATE outbox SET state = 'damaged' WHERE position = :position", { position })
  }
  reportDamaged(sql, `messages to send (outbox rows ${positions.join(", ")})`)
}

function toListed(delivery: DeliveryRecord): OutboxRow {
  const { attempts, channel, createdAt, error, id, items, runId, state, to } = delivery
  const preview = items.find((item) => item.text !== "")?.text ?? items[0]?.media?.name ?? ""
  return {
    id,
    channel,
    to,
    state: state as OutboxRow["state"],
    createdAt,
    attempts,
    // A character of two units that was cut in half would be no text.
    preview: preview.slice(0, PREVIEW_LENGTH).replace(/[\uD800-\uDBFF]$/, ""),
    ...(runId !== undefined && { runId }),
    ...(error !== undefined && { error: error.message }),
  }
}

/** Each column may be the one that is damaged. */
function toListedDamaged(row: Row): OutboxRow {
  const createdAt = integer(row, "created_at")
  return {
    id: text(row, "id"),
    channel: text(row, "channel"),
    to: text(row, "target"),
    state: "failed",
    createdAt: Number.isSafeInteger(createdAt) && createdAt > 0 ? createdAt : 0,
    attempts: 0,
    preview: "",
    error: "state damaged: this message cannot be read and is not sent",
  }
}

function toDelivery(sql: Sql, row: Row): DeliveryRecord {
  const runId = textOr(row, "run_id")
  const error = jsonOr<ErrorShape>(row, "error")
  const outcome = jsonOr<Outcome>(row, "outcome")
  return {
    id: text(row, "id"),
    channel: text(row, "channel"),
    chat: text(row, "chat"),
    to: text(row, "target"),
    // Before there were files an item was its text.
    items: json<(DeliveryItem | string)[]>(row, "items").map((item) =>
      typeof item === "string" ? { text: item } : item,
    ),
    state: text(row, "state") as DeliveryState,
    messageIds: json<string[]>(row, "message_ids"),
    attempts: integer(row, "attempts"),
    createdAt: integer(row, "created_at"),
    ageMs: ageOf(sql, row, "created_at"),
    ...(runId !== undefined && { runId }),
    ...(error !== undefined && { error }),
    ...(outcome !== undefined && { outcome }),
  }
}
