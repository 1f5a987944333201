// The small tables: facts by name, notes for the agent.

import { text } from "./columns.ts"
import type { Database, Sql } from "./database.ts"
import type { FactStore, NoteStore } from "./store.ts"

const MAX_NOTES = 100

export function createFactStore(database: Database): FactStore {
  return {
    get: (area, key) =>
      database.transact((sql) => {
        const row = sql.get("SELECT value FROM facts WHERE area = :area AND key = :key", {
          area,
          key,
        })
        return row === undefined ? undefined : text(row, "value")
      }),
    set: (area, key, value) =>
      database.transact((sql) => {
        sql.run(
          `INSERT INTO facts (area, key, value) VALUES (:area, :key, :value)
           ON CONFLICT (area, key) DO UPDATE SET value = excluded.value`,
          { area, key, value },
        )
      }),
  }
}

export function createNoteStore(database: Database): NoteStore {
  return {
    add: (note, at) =>
      database.transact((sql) => {
        sql.run("INSERT INTO notes (text, at) VALUES (:note, :at)", { note, at })
        sql.run(
          `DELETE FROM notes WHERE position NOT IN
             (SELECT position FROM notes ORDER BY position DESC LIMIT :max)`,
          { max: MAX_NOTES },
        )
      }),
    list: () => database.transact(listNotes),
    take: () =>
      database.transact((sql) => {
        const notes = listNotes(sql)
        if (notes.length > 0) sql.run("DELETE FROM notes")
        return notes
      }),
  }
}

function listNotes(sql: Sql): string[] {
  return sql.all("SELECT text FROM notes ORDER BY position").map((row) => text(row, "text"))
}
