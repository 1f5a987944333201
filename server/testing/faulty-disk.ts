// A disk that fails when a test wants it to: full from a chosen commit on, or broken at a chosen statement.

import type { Database, Sql } from "../store/database.ts"

export interface FaultyDisk {
  wrap(database: Database): Database
  /** Transactions that changed something, and statements of all of them, since the last `arm`. */
  readonly counts: { readonly commits: number; readonly statements: number }
  /** How often it has failed since then. */
  readonly failures: number
  /**
   * Counts from 0 again. From this commit on the disk is full, and no transaction ends well, until
   * `mend`; at this statement, and only there, it cannot be read or written.
   */
  arm(fault: { readonly fullFromCommit?: number; readonly brokenStatement?: number }): void
  mend(): void
}

export function createFaultyDisk(): FaultyDisk {
  let counts = { commits: 0, statements: 0 }
  let failures = 0
  let fullFrom = Number.POSITIVE_INFINITY
  let brokenAt = Number.POSITIVE_INFINITY

  function break_(): never {
    failures += 1
    throw Object.assign(new Error("disk I/O error"), { code: "ERR_SQLITE_ERROR", errcode: 10 })
  }

  function failing(sql: Sql, wrote: () => void): Sql {
    const count = <Given extends unknown[], Result>(statement: (...given: Given) => Result) => {
      return (...given: Given): Result => {
        counts.statements += 1
        return counts.statements === brokenAt ? break_() : statement(...given)
      }
    }
    const run = count(sql.run)
    return {
      ...sql,
      run(text, values) {
        const changes = run(text, values)
        if (changes > 0) wrote()
        return changes
      },
      get: count(sql.get),
      all: count(sql.all),
    }
  }

  /** SQLite's own refusal: no page can be added, and the last thing of the transaction needs some. */
  function fill(sql: Sql): never {
    failures += 1
    const pages = Number(sql.get("PRAGMA page_count")?.["page_count"])
    sql.get(`PRAGMA max_page_count = ${pages}`)
    try {
      sql.run("INSERT INTO notes (text, at) VALUES (:text, 0)", { text: "x".repeat(1_000_000) })
    } finally {
      sql.get("PRAGMA max_page_count = 1000000000")
    }
    throw new Error("The disk is not full.")
  }

  return {
    wrap: (database) => ({
      ...database,
      transact: (work) =>
        database.transact((sql) => {
          let wrote = false
          const result = work(
            failing(sql, () => {
              wrote = true
            }),
          )
          if (wrote) counts.commits += 1
          return counts.commits >= fullFrom ? fill(sql) : result
        }),
    }),
    get counts() {
      return { ...counts }
    },
    get failures() {
      return failures
    },
    arm({ brokenStatement, fullFromCommit }) {
      counts = { commits: 0, statements: 0 }
      failures = 0
      fullFrom = fullFromCommit ?? Number.POSITIVE_INFINITY
      brokenAt = brokenStatement ?? Number.POSITIVE_INFINITY
    },
    mend() {
      fullFrom = Number.POSITIVE_INFINITY
      brokenAt = Number.POSITIVE_INFINITY
    },
  }
}
