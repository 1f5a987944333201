// Where entries wait that the gateway does not have yet. They outlive the tab, and all tabs of the
// browser see the same ones. Nothing here throws: what cannot be kept is said, and lives in the page.

import type { Clock } from "../gateway.ts"
import { isEntry, type OutboxEntry } from "./outbox-entry.ts"

export interface OutboxStorage {
  /** What is kept for this gateway, oldest first. */
  load(gatewayId: string): Promise<readonly OutboxEntry[]>
  /** Resolves when it is kept; false when it cannot be. */
  put(gatewayId: string, entry: OutboxEntry): Promise<boolean>
  remove(gatewayId: string, entries: readonly OutboxEntryId[]): Promise<void>
}

export type OutboxEntryId = Pick<OutboxEntry, "sessionKey" | "key">

export interface OutboxStorageParts {
  /** A function because merely touching `indexedDB` throws in some browsers. */
  readonly open: () => Pick<IDBFactory, "open">
  readonly clock: Clock
}

const NAME = "clawdis"
const VERSION = 1
const STORE = "outbox"
/** A browser can leave a database without any answer. */
const DEADLINE_MS = 3_000

export function createOutboxStorage({ open, clock }: OutboxStorageParts): OutboxStorage {
  let opening: Promise<IDBDatabase | undefined> | undefined

  function database(): Promise<IDBDatabase | undefined> {
    opening ??= within(
      openDatabase(open, () => {
        opening = undefined
      }),
    )
    return opening
  }

  /** Nothing, when it fails or takes too long. */
  function within<T>(work: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve) => {
      const cancel = clock.after(DEADLINE_MS, () => resolve(undefined))
      work.then(resolve, () => resolve(undefined)).finally(cancel)
    })
  }

  async function run<T>(
    mode: IDBTransactionMode,
    action: (store: IDBObjectStore) => IDBRequest<T> | undefined,
  ): Promise<{ readonly result: T | undefined } | undefined> {
    const opened = await database()
    return opened && within(transact(opened, mode, action))
  }

  return {
    async load(gatewayId) {
      // An empty array sorts behind every string.
      const range = () => IDBKeyRange.bound([gatewayId], [gatewayId, []])
      const found = await run("readonly", (store) => store.getAll(range()) as IDBRequest<unknown[]>)
      const entries = (found?.result ?? []).map((row) => (row as { entry?: unknown }).entry)
      return entries.filter(isEntry).sort((a, b) => a.createdAt - b.createdAt)
    },
    async put(gatewayId, entry) {
      const { key, sessionKey } = entry
      const row = { gatewayId, sessionKey, key, entry }
      return (await run("readwrite", (store) => store.put(row))) !== undefined
    },
    async remove(gatewayId, entries) {
      if (entries.length === 0) return
      await run("readwrite", (store) => {
        for (const { key, sessionKey } of entries) store.delete([gatewayId, sessionKey, key])
        return undefined
      })
    },
  }
}

/** Rejects when it is forbidden, damaged or of a newer version. `lost` is called if it goes away later. */
function openDatabase(open: OutboxStorageParts["open"], lost: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = open().open(NAME, VERSION)
    request.onupgradeneeded = () => {
      request.result.createObjectStore(STORE, { keyPath: ["gatewayId", "sessionKey", "key"] })
    }
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
      const opened = request.result
      opened.onclose = lost
      // A newer page must not wait for this one to be closed.
      opened.onversionchange = () => {
        opened.close()
        lost()
      }
      resolve(opened)
    }
  })
}

function transact<T>(
  opened: IDBDatabase,
  mode: IDBTransactionMode,
  action: (store: IDBObjectStore) => IDBRequest<T> | undefined,
): Promise<{ readonly result: T | undefined }> {
  return new Promise((resolve, reject) => {
    const transaction = opened.transaction(STORE, mode)
    const request = action(transaction.objectStore(STORE))
    // Not the request's success: only a transaction that is complete is kept.
    transaction.oncomplete = () => resolve({ result: request?.result })
    transaction.onabort = () => reject(transaction.error)
  })
}
