// Opens the store of a state folder on SQLite.

import { type Database, type DatabaseOptions, openDatabase } from "./database.ts"
import { expire } from "./expire.ts"
import { createFactStore, createNoteStore } from "./facts.ts"
import { expireKeys } from "./idempotency.ts"
import { createInboxStore } from "./inbox.ts"
import { createMediaStore } from "./media.ts"
import { createNoticeStore } from "./notices.ts"
import { createOutboxStore } from "./outbox.ts"
import { createRunStore } from "./runs.ts"
import { createDroppedStore, createSenderStore } from "./senders.ts"
import { createMessageStore, createSessionStore } from "./sessions.ts"
import type { JournaledMessage, Store } from "./store.ts"
import { createVaultStore } from "./vault.ts"

/** @throws StateInUseError, StateUnusableError */
export function openStore<Message extends JournaledMessage>(
  options: DatabaseOptions,
): Store<Message> {
  return createStore(openDatabase(options))
}

/** The store on an open database, which it owns from now on. */
export function createStore<Message extends JournaledMessage>(database: Database): Store<Message> {
  return {
    sessions: createSessionStore(database),
    messages: createMessageStore(database),
    runs: createRunStore(database),
    inbox: createInboxStore<Message>(database),
    outbox: createOutboxStore(database),
    dropped: createDroppedStore(database),
    senders: createSenderStore(database),
    notices: createNoticeStore(database),
    vault: createVaultStore(database),
    media: createMediaStore(database),
    notes: createNoteStore(database),
    facts: createFactStore(database),
    health: () => database.health(),
    expireKeys: (olderThanMs) => expireKeys(database, olderThanMs),
    expire: (before) => expire(database, before),
    backUp: (at) => database.backUp(at),
    close: () => database.close(),
  }
}
