// Credentials, keys and what else channels must not lose. A damaged value is refused, never taken for a
// missing one: a missing one would be made anew, and with it another identity.

import { selectIntact, signNew, wasIntact } from "./checksum.ts"
import { text } from "./columns.ts"
import { refuseDamaged } from "./damage.ts"
import type { Database } from "./database.ts"
import type { VaultStore } from "./store.ts"

export function createVaultStore(database: Database): VaultStore {
  return {
    get: (channel, area, keys) =>
      database.transact((sql) => {
        const rows = sql.all(
          `SELECT key, value, ${selectIntact("vault")} FROM vault
           WHERE channel = :channel AND area = :area AND key IN (SELECT value FROM json_each(:keys))`,
          { channel, area, keys: JSON.stringify(keys) },
        )
        return new Map(
          rows.map((row) => {
            const { value } = row
            if (!wasIntact(row) || !(value instanceof Uint8Array)) {
              throw refuseDamaged(sql, `what ${channel} keeps under ${area}`)
            }
            return [text(row, "key"), value]
          }),
        )
      }),
    write: (channel, changes, at) =>
      database.transact((sql) => {
        for (const { area, key, value } of changes) {
          const place = { channel, area, key }
          sql.run(`DELETE FROM vault WHERE ${IS_PLACE}`, place)
          if (value === undefined) continue
          // A new position for each write makes the positions the order of writing.
          sql.run(INSERT, { ...place, value, written_at: at })
        }
      }),
    keys: (channel, area, limit) =>
      database.transact((sql) =>
        sql
          .all(
            `SELECT key FROM vault WHERE channel = :channel AND area = :area
             ORDER BY position DESC LIMIT :limit`,
            { channel, area, limit },
          )
          .map((row) => text(row, "key")),
      ),
    trim: (channel, area, { before, keep }) =>
      database.transact((sql) => {
        sql.run(
          `DELETE FROM vault WHERE channel = :channel AND area = :area
             AND (written_at < :before OR position NOT IN
               (SELECT position FROM vault WHERE channel = :channel AND area = :area
                ORDER BY position DESC LIMIT :keep))`,
          { channel, area, before, keep },
        )
      }),
    rename: (channel, area, to) =>
      database.transact((sql) => {
        if (area === to) return
        sql.run("DELETE FROM vault WHERE channel = :channel AND area = :to", { channel, to })
        sql.run("UPDATE vault SET area = :to WHERE channel = :channel AND area = :area", {
          channel,
          area,
          to,
        })
      }),
    clear: (channel, area) =>
      database.transact((sql) => {
        sql.run("DELETE FROM vault WHERE channel = :channel AND area = :area", { channel, area })
      }),
  }
}

const IS_PLACE = "channel = :channel AND area = :area AND key = :key"

const INSERT = `
  INSERT INTO vault (channel, area, key, value, written_at, checksum)
  VALUES (:channel, :area, :key, :value, :written_at, ${signNew("vault")})`
