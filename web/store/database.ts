// The browser's database, which all its tabs share and which outlives them. It may be missing, forbidden,
// full or silent: nothing here throws, and nothing is waited for long.

import type { Clock } from "../gateway.ts"

export interface Database {
  /** Resolves when the action is on the disk; to nothing when it failed or took too long. */
  run<T>(
    store: StoreName,
    mode: IDBTransactionMode,
    action: (store: IDBObjectStore) => IDBRequest<T> | undefined,
  ): Promise<{ readonly result: T | undefined } | undefined>
}

export interface DatabaseParts {
  /** A function because merely touching `indexedDB` throws in some browsers. */
  readonly open: () => Pick<IDBFactory, "open">
  readonly clock: Clock
}

const NAME = "clawdis"
/** Grows with the table of stores. */
const VERSION = 3
/** TABLE: what is kept, each by the parts of its key. */
const STORES = {
  outbox: ["gatewayId", "sessionKey", "key"],
  "draft-files": ["gatewayId", "sessionKey", "id"],
  "last-views": ["gatewayId", "sessionKey"],
} as const

type StoreName = keyof typeof STORES

/** A browser can leave a database without any answer. */
const DEADLINE_MS = 3_000

export function createDatabase({ open, clock }: DatabaseParts): Database {
  let opening: Promise<IDBDatabase | undefined> | undefined

  function database(): Promise<IDBDatabase | undefined> {
    opening ??= attempt()
    return opening
  }

  /** One that came to nothing is forgotten, so that the next action tries anew. */
  function attempt(): Promise<IDBDatabase | undefined> {
    const whole = openDatabase(open, () => {
      opening = undefined
    })
    const timely = within(whole)
    void timely.then((inTime) => {
      if (inTime !== undefined) return
      if (opening === timely) opening = undefined
      whole.then(comeLate, () => undefined)
    })
    return timely
  }

  function comeLate(opened: IDBDatabase): void {
    if (opening === undefined) opening = Promise.resolve(opened)
    else opened.close()
  }

  /** Nothing, when it fails or takes too long. */
  function within<T>(work: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve) => {
      const cancel = clock.after(DEADLINE_MS, () => resolve(undefined))
      work.then(resolve, () => resolve(undefined)).finally(cancel)
    })
  }

  return {
    async run(store, mode, action) {
      const opened = await database()
      return opened && within(transact(opened, { store, mode, action }))
    },
  }
}

/** Every row whose key begins so. */
export function rangeOf(...beginning: readonly string[]): IDBKeyRange {
  // An empty array sorts behind every string.
  return IDBKeyRange.bound([...beginning], [...beginning, []])
}

/** Rejects when it is forbidden, damaged or of a newer version. `lost` is called if it goes away later. */
function openDatabase(open: DatabaseParts["open"], lost: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = open().open(NAME, VERSION)
    request.onupgradeneeded = () => {
      const { objectStoreNames } = request.result
      for (const [name, keyPath] of Object.entries(STORES)) {
        if (objectStoreNames.contains(name)) continue
        request.result.createObjectStore(name, { keyPath: [...keyPath] })
      }
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

interface Work<T> {
  readonly store: StoreName
  readonly mode: IDBTransactionMode
  readonly action: (store: IDBObjectStore) => IDBRequest<T> | undefined
}

function transact<T>(
  opened: IDBDatabase,
  { action, mode, store }: Work<T>,
): Promise<{ readonly result: T | undefined }> {
  return new Promise((resolve, reject) => {
    const transaction = opened.transaction(store, mode)
    const request = action(transaction.objectStore(store))
    // Not the request's success: only a transaction that is complete is kept.
    transaction.oncomplete = () => resolve({ result: request?.result })
    transaction.onabort = () => reject(transaction.error)
  })
}
