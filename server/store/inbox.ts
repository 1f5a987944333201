// The journal of inbound messages: written before anything else happens to them, so that a kill at any
// point loses none, and unique, so that none is answered twice.

import { selectIntact, signNew, wasIntact } from "./checksum.ts"
import { integer, json, text } from "./columns.ts"
import { reportDamaged } from "./damage.ts"
import type { Database, Row, Sql } from "./database.ts"
import { ageOf } from "./steady-time.ts"
import type { InboxRecord, InboxStore, JournaledMessage } from "./store.ts"

/** As the index `inbox_over` says it. */
const IS_OVER = "state NOT IN ('pending', 'held', 'running')"

export function createInboxStore<Message extends JournaledMessage>(
  database: Database,
): InboxStore<Message> {
  return {
    journal: (message, at) =>
      database.transact((sql) => (insertMessage(sql, message, at) ? "new" : "duplicate")),
    pending: ({ except, limit }) =>
      database.transact((sql) => {
        for (;;) {
          const rows = sql.all(SELECT_PENDING, {
            except: JSON.stringify(except.map(({ channel, chat }) => [channel, chat])),
            limit,
          })
          const records = takeIntact<Message>(sql, rows)
          // What was damaged stands in nobody's way: others move up into its place.
          if (records.length === rows.length || rows.length < limit) return records
        }
      }),
    find: ({ account, channel, chat, messageId }) =>
      database.transact((sql) => {
        const rows = sql.all(SELECT_ONE, { channel, account, chat, messageId })
        return takeIntact<Message>(sql, rows)[0]
      }),
    settle: (ids, state) => database.transact((sql) => settle(sql, ids, state)),
    hold: (ids, keep) =>
      database.transact((sql) => {
        for (const id of ids) {
          sql.run("UPDATE inbox SET state = 'held' WHERE id = :id AND state = 'pending'", { id })
        }
        for (const chat of sql.all(SELECT_CHATS, { ids: JSON.stringify(ids) })) {
          const address = { channel: text(chat, "channel"), chat: text(chat, "chat") }
          const surplus = sql.all(SELECT_SURPLUS, { ...address, keep })
          settle(sql, surplus.map(toId), "done")
        }
      }),
    held: ({ channel, chat }) =>
      database.transact((sql) => takeIntact<Message>(sql, sql.all(SELECT_HELD, { channel, chat }))),
    counts: () =>
      database.transact((sql) => {
        const damaged = countOver(sql, "damaged")
        return {
          pending: count(sql.get("SELECT count(*) AS count FROM inbox WHERE state = 'pending'")),
          expired: countOver(sql, "expired"),
          ...(damaged > 0 && { damaged }),
        }
      }),
  }
}

/** The inner one reads the index `inbox_pending` alone, however many messages wait in chats that are busy. */
export const SELECT_PENDING = `
  SELECT id, received_at, steady_at, body, ${selectIntact("inbox")} FROM inbox WHERE id IN (
    SELECT id FROM inbox
    WHERE state = 'pending' AND (channel, chat) NOT IN
      (SELECT value ->> 0, value ->> 1 FROM json_each(:except))
    ORDER BY id LIMIT :limit)
  ORDER BY id`

const SELECT_ONE = `
  SELECT id, received_at, steady_at, body, ${selectIntact("inbox")} FROM inbox
  WHERE channel = :channel AND account = :account AND chat = :chat AND message_id = :messageId
    AND state = 'pending'`

const SELECT_HELD = `
  SELECT id, received_at, steady_at, body, ${selectIntact("inbox")} FROM inbox
  WHERE state = 'held' AND channel = :channel AND chat = :chat ORDER BY id`

const SELECT_CHATS = `
  SELECT DISTINCT channel, chat FROM inbox WHERE id IN (SELECT value FROM json_each(:ids))`

const SELECT_SURPLUS = `
  SELECT id FROM inbox WHERE state = 'held' AND channel = :channel AND chat = :chat
  ORDER BY id DESC LIMIT -1 OFFSET :keep`

function insertMessage(sql: Sql, message: JournaledMessage, at: number): boolean {
  const { account, channel, chat, messageId } = message
  const added = sql.run(INSERT, {
    channel,
    account,
    chat,
    message_id: messageId,
    body: JSON.stringify(message),
    received_at: at,
    steady_at: sql.steadyNow(),
  })
  return added === 1
}

const INSERT = `
  INSERT INTO inbox (channel, account, chat, message_id, state, body, received_at, steady_at, checksum)
  VALUES (:channel, :account, :chat, :message_id, 'pending', :body, :received_at, :steady_at, ${signNew("inbox")})
  ON CONFLICT DO NOTHING`

/** The messages of these rows; those that are not what was journaled are set aside. */
function takeIntact<Message>(sql: Sql, rows: readonly Row[]): InboxRecord<Message>[] {
  const damaged = rows.filter((row) => !wasIntact(row))
  if (damaged.length > 0) {
    const ids = damaged.map(toId)
    for (const id of ids) sql.run("UPDATE inbox SET state = 'damaged' WHERE id = :id", { id })
    reportDamaged(sql, `messages that came in (journal rows ${ids.join(", ")})`)
  }
  return rows.filter(wasIntact).map((row) => ({
    id: toId(row),
    receivedAt: integer(row, "received_at"),
    waitedMs: ageOf(sql, row, "received_at"),
    message: json<Message>(row, "body"),
  }))
}

function settle(sql: Sql, ids: readonly number[], state: string): void {
  for (const id of ids) {
    sql.run("UPDATE inbox SET state = :state, body = NULL, checksum = NULL WHERE id = :id", {
      id,
      state,
    })
  }
}

function countOver(sql: Sql, state: string): number {
  return count(
    sql.get(`SELECT count(*) AS count FROM inbox WHERE ${IS_OVER} AND state = :state`, { state }),
  )
}

function count(row: Row | undefined): number {
  return row === undefined ? 0 : integer(row, "count")
}

function toId(row: Row): number {
  return integer(row, "id")
}

/**
 * Makes journaled messages the business of one run. A row that is another run's stays so; context that gave
 * way to newer context since it was read is left as it is.
 */
export function assignInbox(sql: Sql, ids: readonly number[], runId: string): void {
  for (const id of ids) {
    const taken = sql.run(
      `UPDATE inbox SET state = 'running', run_id = :runId
       WHERE id = :id AND state IN ('pending', 'held')`,
      { id, runId },
    )
    if (taken !== 1 && !gaveWay(sql, id)) throw new Error(`journal row ${id} is not pending`)
  }
}

function gaveWay(sql: Sql, id: number): boolean {
  const over = "SELECT 1 FROM inbox WHERE id = :id AND state = 'done' AND run_id IS NULL"
  return sql.get(over, { id }) !== undefined
}

/** Their run has ended and its reply is in the outbox: the content lives on in the conversation only. */
export function endInbox(sql: Sql, runId: string): void {
  sql.run("UPDATE inbox SET state = 'done', body = NULL, checksum = NULL WHERE run_id = :runId", {
    runId,
  })
}
