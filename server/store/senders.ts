// Who wrote and may not, and whom an operator allowed beside the configuration.

import { integer, text, textOr } from "./columns.ts"
import type { Database, Row } from "./database.ts"
import type { DroppedStore, SenderStore } from "./store.ts"

const MAX_DROPPED = 100

export function createDroppedStore(database: Database): DroppedStore {
  return {
    add: ({ channel, id, name, at }) =>
      database.transact((sql) => {
        sql.run(
          `INSERT INTO dropped (channel, id, name, count, last_at)
           VALUES (:channel, :id, :name, 1, :at)
           ON CONFLICT (channel, id) DO UPDATE SET
             count = count + 1, last_at = excluded.last_at, name = coalesce(excluded.name, name)`,
          { channel, id, name: name ?? null, at },
        )
        sql.run(
          `DELETE FROM dropped WHERE (channel, id) NOT IN
             (SELECT channel, id FROM dropped ORDER BY last_at DESC LIMIT :max)`,
          { max: MAX_DROPPED },
        )
      }),
    list: (limit) =>
      database.transact((sql) =>
        sql
          .all("SELECT * FROM dropped ORDER BY last_at DESC LIMIT :limit", { limit })
          .map((row) => ({
            ...toSender(row),
            count: integer(row, "count"),
            lastAt: integer(row, "last_at"),
          })),
      ),
  }
}

export function createSenderStore(database: Database): SenderStore {
  return {
    allow: ({ channel, id, name, addedAt }) =>
      database.transact((sql) => {
        sql.run(
          `INSERT INTO senders (channel, id, name, added_at) VALUES (:channel, :id, :name, :addedAt)
           ON CONFLICT (channel, id) DO UPDATE SET name = coalesce(excluded.name, name)`,
          { channel, id, name: name ?? null, addedAt },
        )
        sql.run("DELETE FROM dropped WHERE channel = :channel AND id = :id", { channel, id })
      }),
    remove: (channel, id) =>
      database.transact(
        (sql) =>
          sql.run("DELETE FROM senders WHERE channel = :channel AND id = :id", { channel, id }) ===
          1,
      ),
    list: () =>
      database.transact((sql) =>
        sql
          .all("SELECT * FROM senders ORDER BY added_at, channel, id")
          .map((row) => ({ ...toSender(row), addedAt: integer(row, "added_at") })),
      ),
  }
}

function toSender(row: Row): { channel: string; id: string; name?: string } {
  const name = textOr(row, "name")
  return {
    channel: text(row, "channel"),
    id: text(row, "id"),
    ...(name !== undefined && { name }),
  }
}
