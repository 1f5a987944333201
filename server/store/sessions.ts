// Sessions and the messages of their conversations.

import { randomUUID } from "node:crypto"
import { type ChatMessage, LIMITS, type Thinking } from "#protocol"
import { integer, json, text, textOr } from "./columns.ts"
import type { Database, Row, Sql } from "./database.ts"
import { firstWords } from "./session-title.ts"
import type {
  ChatAddress,
  ListedSession,
  MessageStore,
  SessionRecord,
  SessionStore,
} from "./store.ts"

/** A command says nothing about what a conversation is about. */
const OPENING = `
  SELECT coalesce(body ->> '$.parts[0].text', body ->> '$.parts[0].name') FROM messages
  WHERE messages.session_id = sessions.session_id AND own = 1
    AND coalesce(body ->> '$.parts[0].text', '') NOT LIKE '/%'
  ORDER BY position LIMIT 1`

/** The far end of a session's messages is not counted: it is one step per message. */
const LISTED = `
  SELECT sessions.*, CASE WHEN title IS NULL AND key LIKE 'web:%' THEN (${OPENING}) END AS opening, (
    SELECT count(*) FROM (
      SELECT 1 FROM messages
      WHERE messages.session_id = sessions.session_id AND own = 0
        AND position > sessions.read_position
      LIMIT ${LIMITS.maxUnread}
    )
  ) AS unread FROM sessions`

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
          `UPDATE sessions SET title = nullif(coalesce(:title, title), ''),
             thinking = nullif(coalesce(:thinking, thinking), 'default'),
             muted = coalesce(:muted, muted)
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
    markRead: (key, messageId) =>
      database.transact((sql) => {
        const read = sql.run(
          `UPDATE sessions SET read_position = max(read_position, message.position)
           FROM (SELECT position FROM messages WHERE id = :messageId AND session_key = :key) AS message
           WHERE key = :key`,
          { key, messageId },
        )
        return read > 0
      }),
    delete: (key) =>
      database.transact((sql) => {
        const unfinished = sql
          .all("SELECT run_id FROM runs WHERE session_key = :key AND ended_at IS NULL", { key })
          .map((row) => text(row, "run_id"))
        if (unfinished.length > 0) return unfinished
        sql.run("DELETE FROM messages WHERE session_key = :key", { key })
        // The runs stay for as long as an idempotency key may ask how they ended.
        sql.run(
          `UPDATE runs SET request =
             json_remove(json_set(request, '$.prompt', '', '$.attachments', json('[]')), '$.media')
           WHERE session_key = :key`,
          { key },
        )
        sql.run("DELETE FROM sessions WHERE key = :key", { key })
        return []
      }),
    listed: (key) =>
      database.transact((sql) => {
        const row = sql.get(`${LISTED} WHERE key = :key`, { key })
        return row === undefined ? undefined : toListed(row)
      }),
    list: ({ after, limit }) =>
      database.transact((sql) =>
        sql
          .all(
            `${LISTED} WHERE updated_at <= :at AND (updated_at < :at OR key > :key)
             ORDER BY updated_at DESC, key LIMIT :limit`,
            { at: after?.updatedAt ?? Number.MAX_SAFE_INTEGER, key: after?.key ?? "", limit },
          )
          .map(toListed),
      ),
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
    `INSERT INTO messages (id, session_key, session_id, body, at, own)
     VALUES (:id, :key, :sessionId, :body, :at, :own)
     ON CONFLICT (id) DO UPDATE SET body = excluded.body, at = excluded.at`,
    {
      id: message.id,
      key: session.key,
      sessionId: session.sessionId,
      body: JSON.stringify(message),
      at: message.ts,
      own: Number(isOwn(message)),
    },
  )
  sql.run("UPDATE sessions SET updated_at = max(updated_at, :at) WHERE key = :key", {
    key: session.key,
    at: message.ts,
  })
}

/** Whether the person at the client wrote it: there, or with their own account. */
function isOwn({ channel, role, sender }: ChatMessage): boolean {
  return role === "user" && (channel === undefined || sender?.self === true)
}

/** A session that was deleted between the look at it and this message comes into being again. */
export function keepSession(
  sql: Sql,
  { key, sessionId }: { key: string; sessionId: string },
  { at, channel }: { at: number; channel: string | undefined },
): void {
  sql.run(
    `INSERT INTO sessions (key, session_id, channel, created_at, updated_at)
     VALUES (:key, :sessionId, :channel, :at, :at) ON CONFLICT (key) DO NOTHING`,
    { key, sessionId, channel: channel ?? "webchat", at },
  )
}

export function rememberChat(sql: Sql, key: string, address: ChatAddress): void {
  sql.run("UPDATE sessions SET last_channel = :channel, last_chat = :chat WHERE key = :key", {
    key,
    channel: address.channel,
    chat: address.chat,
  })
}

/** What the chat of a session is called; people and groups change their names. */
export function rememberName(sql: Sql, key: string, name: string): void {
  sql.run("UPDATE sessions SET name = :name WHERE key = :key", { key, name })
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

function toListed(row: Row): ListedSession {
  const session = toSession(row)
  const called = firstWords(textOr(row, "name") ?? textOr(row, "opening") ?? "")
  const title = session.title ?? called
  return { ...session, unread: integer(row, "unread"), ...(title !== undefined && { title }) }
}
