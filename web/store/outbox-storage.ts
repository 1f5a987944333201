// Where entries wait that the gateway does not have yet. They outlive the tab, and all tabs of the
// browser see the same ones. Nothing here throws: what cannot be kept is said, and lives in the page.

import { type Database, rangeOf } from "./database.ts"
import { isEntry, type OutboxEntry } from "./outbox-entry.ts"

export interface OutboxStorage {
  /** What is kept for this gateway, oldest first; undefined when that cannot be read now. */
  load(gatewayId: string): Promise<readonly OutboxEntry[] | undefined>
  /** Resolves when it is kept; false when it cannot be. */
  put(gatewayId: string, entry: OutboxEntry): Promise<boolean>
  remove(gatewayId: string, entries: readonly OutboxEntryId[]): Promise<void>
}

export type OutboxEntryId = Pick<OutboxEntry, "sessionKey" | "key">

const STORE = "outbox"

export function createOutboxStorage({ run }: Database): OutboxStorage {
  return {
    async load(gatewayId) {
      const found = await run(
        STORE,
        "readonly",
        (store) => store.getAll(rangeOf(gatewayId)) as IDBRequest<unknown[]>,
      )
      if (found === undefined) return undefined
      const entries = (found.result ?? []).map((row) => (row as { entry?: unknown }).entry)
      return entries.filter(isEntry).sort((a, b) => a.createdAt - b.createdAt)
    },
    async put(gatewayId, entry) {
      const { key, sessionKey } = entry
      const row = { gatewayId, sessionKey, key, entry }
      return (await run(STORE, "readwrite", (store) => store.put(row))) !== undefined
    },
    async remove(gatewayId, entries) {
      if (entries.length === 0) return
      await run(STORE, "readwrite", (store) => {
        for (const { key, sessionKey } of entries) store.delete([gatewayId, sessionKey, key])
        return undefined
      })
    },
  }
}
