// Which files lie in the media folder. The files themselves are somebody else's business.

import { integer, text } from "./columns.ts"
import type { Database, Row } from "./database.ts"
import type { MediaRecord, MediaStore } from "./store.ts"

export function createMediaStore(database: Database): MediaStore {
  return {
    add: ({ bytes, mediaId, mimeType, name, path }, at) =>
      database.transact((sql) => {
        sql.run(
          `INSERT INTO media (media_id, path, mime_type, name, bytes, added_at)
           VALUES (:mediaId, :path, :mimeType, :name, :bytes, :at)`,
          { mediaId, path, mimeType, name, bytes, at },
        )
      }),
    get: (mediaId) =>
      database.transact((sql) => {
        const row = sql.get("SELECT * FROM media WHERE media_id = :mediaId", { mediaId })
        return row === undefined ? undefined : toMedia(row)
      }),
    takeExpired: (before) =>
      database.transact((sql) => {
        const rows = sql.all("SELECT * FROM media WHERE added_at < :before ORDER BY added_at", {
          before,
        })
        sql.run("DELETE FROM media WHERE added_at < :before", { before })
        return rows.map(toMedia)
      }),
  }
}

function toMedia(row: Row): MediaRecord {
  return {
    mediaId: text(row, "media_id"),
    path: text(row, "path"),
    mimeType: text(row, "mime_type"),
    name: text(row, "name"),
    bytes: integer(row, "bytes"),
  }
}
