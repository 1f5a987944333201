// What an operator should know and nobody else tells.

import type { Notice } from "#protocol"
import { integer, text } from "./columns.ts"
import type { Database, Sql } from "./database.ts"
import type { NoticeStore } from "./store.ts"

const MAX_NOTICES = 50

export function createNoticeStore(database: Database): NoticeStore {
  return {
    add: (notice) => database.transact((sql) => addNotice(sql, notice)),
    list: (limit) =>
      database.transact((sql) =>
        sql
          .all("SELECT at, text FROM notices ORDER BY position DESC LIMIT :limit", { limit })
          .map((row) => ({ ts: integer(row, "at"), text: text(row, "text") })),
      ),
  }
}

/** What was said before is said anew, not twice. */
export function addNotice(sql: Sql, notice: Notice): void {
  sql.run("INSERT OR REPLACE INTO notices (text, at) VALUES (:text, :ts)", { ...notice })
  sql.run(
    `DELETE FROM notices WHERE position NOT IN
       (SELECT position FROM notices ORDER BY position DESC LIMIT :max)`,
    { max: MAX_NOTICES },
  )
}
