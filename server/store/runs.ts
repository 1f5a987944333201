// Runs from accepted to ended, with the messages, journal rows and replies that belong to each step.

import type { SQLInputValue } from "node:sqlite"
import { integer, integerOr, json, jsonOr, text } from "./columns.ts"
import type { Database, Row, Sql } from "./database.ts"
import { insertDelivery } from "./deliveries.ts"
import { acceptOnce, findKeyed } from "./idempotency.ts"
import { assignInbox, endInbox } from "./inbox.ts"
import { insertMessage, keepSession, rememberChat, rememberName } from "./sessions.ts"
import type { NewRun, Outcome, RunRecord, RunRequest, RunState, RunStore } from "./store.ts"

export function createRunStore(database: Database): RunStore {
  const update = (runId: string, assignment: string, values: Record<string, SQLInputValue> = {}) =>
    database.transact((sql) => {
      sql.run(`UPDATE runs SET ${assignment} WHERE run_id = :runId`, { runId, ...values })
    })

  return {
    acceptRequest: (keyed, run) =>
      database.transact((sql) =>
        acceptOnce(sql, {
          method: "agent",
          keyed,
          subject: run.run.runId,
          create: () => insertRun(sql, run),
          find: (runId) => findRun(sql, runId),
        }),
      ),
    acceptInbound: (inboxIds, run, lastChat) =>
      database.transact((sql) => {
        insertRun(sql, run)
        assignInbox(sql, inboxIds, run.run.runId)
        rememberChat(sql, run.run.sessionKey, lastChat)
        if (run.chatName !== undefined) rememberName(sql, run.run.sessionKey, run.chatName)
      }),
    started: (runId, at) =>
      update(runId, "state = 'running', attempt = attempt + 1, started_at = :at", { at }),
    toolStarted: (runId) => update(runId, "tool_started = 1"),
    end: ({ runId, state, at, outcome, message, deliveries }) =>
      database.transact((sql) => {
        const run = findRun(sql, runId)
        if (run === undefined) throw new Error(`there is no run ${runId}`)
        sql.run(
          "UPDATE runs SET state = :state, ended_at = :at, outcome = :outcome WHERE run_id = :runId",
          { runId, state, at, outcome: JSON.stringify(outcome) },
        )
        if (message !== undefined) {
          insertMessage(sql, { key: run.sessionKey, sessionId: run.sessionId }, message)
        }
        for (const delivery of deliveries) insertDelivery(sql, delivery)
        endInbox(sql, runId)
      }),
    get: (runId) => database.transact((sql) => findRun(sql, runId)),
    find: (keyed) =>
      database.transact((sql) => findKeyed(sql, "agent", keyed, (id) => findRun(sql, id))),
    unfinished: () =>
      database.transact((sql) =>
        sql
          .all("SELECT * FROM runs WHERE state IN ('queued', 'running') ORDER BY position")
          .map(toRun),
      ),
    requeue: (runId) => update(runId, "state = 'queued'"),
  }
}

function insertRun(sql: Sql, { run, messages }: NewRun): RunRecord {
  sql.run(
    `INSERT INTO runs (run_id, session_key, session_id, origin, state, message_id, request, created_at)
     VALUES (:runId, :sessionKey, :sessionId, :origin, 'queued', :messageId, :request, :createdAt)`,
    {
      runId: run.runId,
      sessionKey: run.sessionKey,
      sessionId: run.sessionId,
      origin: run.origin,
      messageId: run.messageId,
      request: JSON.stringify(run.request),
      createdAt: run.createdAt,
    },
  )
  keepSession(
    sql,
    { key: run.sessionKey, sessionId: run.sessionId },
    { at: run.createdAt, channel: messages.find(({ channel }) => channel !== undefined)?.channel },
  )
  for (const message of messages) {
    insertMessage(sql, { key: run.sessionKey, sessionId: run.sessionId }, message)
  }
  return { ...run, state: "queued", attempt: 0, toolStarted: false }
}

function findRun(sql: Sql, runId: string): RunRecord | undefined {
  const row = sql.get("SELECT * FROM runs WHERE run_id = :runId", { runId })
  return row === undefined ? undefined : toRun(row)
}

function toRun(row: Row): RunRecord {
  const startedAt = integerOr(row, "started_at")
  const outcome = jsonOr<Outcome>(row, "outcome")
  return {
    runId: text(row, "run_id"),
    sessionKey: text(row, "session_key"),
    sessionId: text(row, "session_id"),
    origin: text(row, "origin") as RunRecord["origin"],
    state: text(row, "state") as RunState,
    messageId: text(row, "message_id"),
    request: json<RunRequest>(row, "request"),
    attempt: integer(row, "attempt"),
    toolStarted: integer(row, "tool_started") === 1,
    createdAt: integer(row, "created_at"),
    ...(startedAt !== undefined && { startedAt }),
    ...(outcome !== undefined && { outcome }),
  }
}
