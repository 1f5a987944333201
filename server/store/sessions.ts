// Sessions and the messages of their conversations.

import { randomUUID } from "node:crypto"
import type { ChatMessage, Thinking } from "#protocol"
import { integer, json, text, textOr } from "./columns.ts"
import type { Database, Row, Sql } from "./database.ts"
import type { ChatAddress, MessageStore, SessionRecord, SessionStore } from "./store.ts"

export function createSessionStore(database: Database): SessionStore {
  return {
    get: (key) => database.transact((sql) => findSession(sql, key)),
    findById: (sessionId) =>
      database.transact((sql) => {
        const row = sql.get("SELECT * FROM sessions WHERE session_id = :sessionId", { sessionId })
        return row === undefined ? undefined : toSession(row)
      }),
    open: (key, { channel, at }) =>
      database.transact((sql) => findSession(sql, key) ?? insertSession(sql, key, channel, at)),
    reset: (key, at) =>
      database.transact((sql) => {
        sql.run(
          `UPDATE sessions SET session_id = :sessionId, updated_at = :at, thinking = NULL
           WHERE key = :key`,
          { key, sessionId: randomUUID(), at },
        )
        return findSession(sql, key)
      }),
    patch: (key, { muted, thinking, title }) =>
      database.transact((sql) => {
        sql.run(
          `UPDATE sessions SET title = coalesce(:title, title),
             thinking = coalesce(:thinking, thinking), muted = coalesce(:muted, muted)
           WHERE key = :key`,
          {
            key,
            title: title ?? null,
            thinking: thinking ?? null,
            muted: muted === undefined ? null : Number(muted),
          },
        )
        return findSession(sql, key)
      }),
    recent: (limit) =>
      database.transact((sql) =>
        sql
          .all("SELECT * FROM sessions ORDER BY updated_at DESC LIMIT :limit", { limit })
          .map(toSession),
      ),
    count: () =>
      database.transact((sql) => {
        const row = sql.get("SELECT count(*) AS count FROM sessions")
        return row === undefined ? 0 : integer(row, "count")
      }),
  }
}

export function createMessageStore(database: Database): MessageStore {
  return {
    page: ({ sessionId, before, limit, maxBytes }) =>
      database.transact((sql) => {
        const rows = sql.all(
          `SELECT position, body FROM messages
           WHERE session_id = :sessionId AND position < :before
           ORDER BY position DESC LIMIT :limit`,
          { sessionId, before: toPosition(before), limit: limit + 1 },
        )
        const taken = rows.slice(0, countThatFit(rows.slice(0, limit), maxBytes))
        const oldest = taken.at(-1)
        return {
          messages: taken.map((row) => json<ChatMessage>(row, "body")).reverse(),
          cursor:
            oldest !== undefined && taken.length < rows.length
              ? String(integer(oldest, "position"))
              : undefined,
        }
      }),
  }
}

function countThatFit(rows: readonly Row[], maxBytes: number): number {
  let bytes = 0
  let count = 0
  for (const row of rows) {
    bytes += Buffer.byteLength(text(row, "body")) + 1
    if (bytes > maxBytes && count > 0) break
    count += 1
  }
  return count
}

/** A cursor that no page gave leads to the beginning, where there is nothing before it. */
function toPosition(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER
  const position = Number(cursor)
  return Number.isSafeInteger(position) ? position : 0
}

/** Adds a message, and keeps the session's place in the list. */
export function insertMessage(
  sql: Sql,
  session: { key: string; sessionId: string },
  message: ChatMessage,
): void {
  sql.run(
    `INSERT INTO messages (id, session_key, session_id, body, at)
     VALUES (:id, :key, :sessionId, :body, :at)
     ON CONFLICT (id) DO UPDATE SET body = excluded.body, at = excluded.at`,
    {
      id: message.id,
      key: session.key,
      sessionId: session.sessionId,
      body: JSON.stringify(message),
      at: message.ts,
    },
  )
  sql.run("UPDATE sessions SET updated_at = max(updated_at, :at) WHERE key = :key", {
    key: session.key,
    at: message.ts,
  })
}

export function rememberChat(sql: Sql, key: string, address: ChatAddress): void {
  sql.run("UPDATE sessions SET last_channel = :channel, last_chat = :chat WHERE key = :key", {
    key,
    channel: address.channel,
    chat: address.chat,
  })
}

function findSession(sql: Sql, key: string): SessionRecord | undefined {
  const row = sql.get("SELECT * FROM sessions WHERE key = :key", { key })
  return row === undefined ? undefined : toSession(row)
}

function insertSession(sql: Sql, key: string, channel: string, at: number): SessionRecord {
  const session = { key, sessionId: randomUUID(), channel, createdAt: at, updatedAt: at }
  sql.run(
    `INSERT INTO sessions (key, session_id, channel, created_at, updated_at)
     VALUES (:key, :sessionId, :channel, :at, :at)`,
    { key, sessionId: session.sessionId, channel, at },
  )
  return session
}

function toSession(row: Row): SessionRecord {
  const title = textOr(row, "title")
  const thinking = textOr(row, "thinking") as Thinking | undefined
  const channel = textOr(row, "last_channel")
  const chat = textOr(row, "last_chat")
  return {
    key: text(row, "key"),
    sessionId: text(row, "session_id"),
    channel: text(row, "channel"),
    createdAt: integer(row, "created_at"),
    updatedAt: integer(row, "updated_at"),
    ...(title !== undefined && { title }),
    ...(thinking !== undefined && { thinking }),
    ...(integer(row, "muted") === 1 && { muted: true }),
    ...(channel !== undefined && chat !== undefined && { lastChat: { channel, chat } }),
  }
}
