// The journal of inbound messages: written before anything else happens to them, so that a kill at any
// point loses none, and unique, so that none is answered twice.

import { integer, json } from "./columns.ts"
import type { Database, Sql } from "./database.ts"
import type { InboxStore, JournaledMessage } from "./store.ts"

export function createInboxStore<Message extends JournaledMessage>(
  database: Database,
): InboxStore<Message> {
  return {
    journal: (message, at) =>
      database.transact((sql) => {
        const added = sql.run(
          `INSERT INTO inbox (channel, account, chat, message_id, state, body, received_at)
           VALUES (:channel, :account, :chat, :messageId, 'pending', :body, :at)
           ON CONFLICT DO NOTHING`,
          {
            channel: message.channel,
            account: message.account,
            chat: message.chat,
            messageId: message.messageId,
            body: JSON.stringify(message),
            at,
          },
        )
        return added === 1 ? "new" : "duplicate"
      }),
    pending: () =>
      database.transact((sql) =>
        sql
          .all("SELECT id, body, received_at FROM inbox WHERE state = 'pending' ORDER BY id")
          .map((row) => ({
            id: integer(row, "id"),
            receivedAt: integer(row, "received_at"),
            message: json<Message>(row, "body"),
          })),
      ),
    settle: (ids, state) =>
      database.transact((sql) => {
        for (const id of ids) {
          sql.run("UPDATE inbox SET state = :state, body = NULL WHERE id = :id", { id, state })
        }
      }),
  }
}

/** Makes journaled messages the business of one run. A row that is another run's stays so. */
export function assignInbox(sql: Sql, ids: readonly number[], runId: string): void {
  for (const id of ids) {
    const taken = sql.run(
      "UPDATE inbox SET state = 'running', run_id = :runId WHERE id = :id AND state = 'pending'",
      { id, runId },
    )
    if (taken !== 1) throw new Error(`journal row ${id} is not pending`)
  }
}

/** Their run has ended and its reply is in the outbox: the content lives on in the conversation only. */
export function endInbox(sql: Sql, runId: string): void {
  sql.run("UPDATE inbox SET state = 'done', body = NULL WHERE run_id = :runId", { runId })
}
