// The browser's storage, which may be full, forbidden or absent: nothing here throws.

export interface Storage {
  read(key: string): string | undefined
  /** False when the value could not be kept. */
  write(key: string, value: string): boolean
  remove(key: string): void
  keys(): readonly string[]
}

/** The part of the Web Storage interface that is used. */
export interface WebStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
  readonly length: number
  key(index: number): string | null
}

/** `open` is a function because merely touching `localStorage` throws where cookies are blocked. */
export function createStorage(open: () => WebStorage): Storage {
  const attempt = <T>(action: (storage: WebStorage) => T, otherwise: T): T => {
    try {
      return action(open())
    } catch {
      return otherwise
    }
  }
  return {
    read: (key) => attempt((storage) => storage.getItem(key) ?? undefined, undefined),
    write: (key, value) =>
      attempt((storage) => {
        storage.setItem(key, value)
        return true
      }, false),
    remove: (key) => attempt((storage) => storage.removeItem(key), undefined),
    keys: () =>
      attempt(
        (storage) => Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? ""),
        [],
      ),
  }
}

/** Keys of one gateway: two gateways can stand behind the same address, one after the other. */
export function scopeStorage(storage: Storage, scope: string): Storage {
  const prefix = `clawdis:${scope}:`
  const scoped = (key: string) => prefix + key
  return {
    read: (key) => storage.read(scoped(key)),
    write: (key, value) => storage.write(scoped(key), value),
    remove: (key) => storage.remove(scoped(key)),
    keys: () => {
      const own = storage.keys().filter((key) => key.startsWith(prefix))
      return own.map((key) => key.slice(prefix.length))
    },
  }
}
