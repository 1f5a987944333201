// Forgets what is over and old, a little at a time, so that nothing else has to wait for it.

import { setImmediate } from "node:timers/promises"
import type { Database, Sql } from "./database.ts"

/** Rows that one transaction removes. */
const STEP = 500
/** How long what is over still serves: it recognises what a service delivers again, and shows what was sent. */
const KEEP_MS = 30 * 24 * 60 * 60 * 1_000

const NAMED = "EXISTS (SELECT 1 FROM idempotency_keys WHERE subject = "

const MESSAGES =
  "DELETE FROM messages WHERE position IN (SELECT position FROM messages WHERE at < :before ORDER BY at LIMIT :step)"

// What was chosen for a chat outlives what was said in it.
const SESSIONS = `
  DELETE FROM sessions WHERE key IN (
    SELECT key FROM sessions
    WHERE updated_at < :before AND muted = 0 AND thinking IS NULL AND title IS NULL
      AND NOT EXISTS (SELECT 1 FROM messages WHERE messages.session_id = sessions.session_id)
      AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.state IN ('queued', 'running')
        AND runs.session_key = sessions.key)
    LIMIT :step)`

const OVER = [
  `DELETE FROM inbox WHERE id IN (
     SELECT id FROM inbox
     WHERE state NOT IN ('pending', 'held', 'running')
       AND state IN ('done', 'dropped', 'expired', 'damaged') AND received_at < :before
     LIMIT :step)`,
  `DELETE FROM outbox WHERE position IN (
     SELECT position FROM outbox
     WHERE state IN ('sent', 'dropped') AND created_at < :before AND NOT ${NAMED} outbox.id)
     LIMIT :step)`,
  `DELETE FROM runs WHERE position IN (
     SELECT position FROM runs
     WHERE ended_at IS NOT NULL AND ended_at < :before AND NOT ${NAMED} runs.run_id)
     LIMIT :step)`,
]

/** Forgets messages from before `before`, and what has been over for 30 days. */
export async function expire(database: Database, before: number): Promise<void> {
  for (const statement of [MESSAGES, SESSIONS]) {
    await removeInSteps(database, statement, () => before)
  }
  for (const statement of OVER)
    await removeInSteps(database, statement, (sql) => sql.now() - KEEP_MS)
}

/** Repeats a statement that removes `:step` rows from before `:before`, until there are no more. */
export async function removeInSteps(
  database: Database,
  statement: string,
  toBefore: (sql: Sql) => number,
): Promise<void> {
  for (;;) {
    const removed = await database.transact((sql) =>
      sql.run(statement, { before: toBefore(sql), step: STEP }),
    )
    if (removed < STEP) return
    await setImmediate()
  }
}
