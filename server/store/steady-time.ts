// Time by which idempotency keys age, and messages that wait. The wall clock may be set back or jump ahead by years; this time
// only grows, as fast as the process lives, and over the time between two processes by a day at most. So
// a wrong clock makes no key old before its time, and none young again.

import type { Clock } from "../host/clock.ts"
import { integer, integerOr, json } from "./columns.ts"
import type { Row, Sql } from "./database.ts"

const LONGEST_AWAY_MS = 24 * 60 * 60 * 1_000

export interface SteadyTime {
  /** Begins as the wall clock of the first start. */
  now(): number
}

interface Mark {
  readonly steady: number
  /** What the wall clock said at that moment. */
  readonly wall: number
}

/** Goes on from where the last process marked it. */
export function resumeSteadyTime(clock: Clock, sql: Pick<Sql, "get">): SteadyTime {
  const from = resume(clock.now(), readMark(sql))
  const since = clock.monotonic()
  return { now: () => from + Math.round(clock.monotonic() - since) }
}

/** What is not marked when the process ends counts as time between two processes. */
export function markSteadyTime(sql: Sql): void {
  const mark: Mark = { steady: sql.steadyNow(), wall: sql.now() }
  sql.run(
    `INSERT INTO facts (area, key, value) VALUES ('store', 'steady time', :value)
     ON CONFLICT (area, key) DO UPDATE SET value = excluded.value`,
    { value: JSON.stringify(mark) },
  )
}

/** For how long the message of this row has waited; `column` says by the wall clock since when. */
export function ageOf(sql: Sql, row: Row, column: "created_at" | "received_at"): number {
  const since = integerOr(row, "steady_at")
  const age = since === undefined ? sql.now() - integer(row, column) : sql.steadyNow() - since
  return Math.max(age, 0)
}

function resume(wall: number, mark: Mark | undefined): number {
  if (mark === undefined) return wall
  return mark.steady + Math.min(Math.max(wall - mark.wall, 0), LONGEST_AWAY_MS)
}

function readMark(sql: Pick<Sql, "get">): Mark | undefined {
  const row = sql.get("SELECT value FROM facts WHERE area = 'store' AND key = 'steady time'")
  return row && json<Mark>(row, "value")
}
