// Named moments at which a test may end its own process: before, inside and after each transaction of the
// store. The composition root of that process passes in what happens there; no product's has any.

import type { Database } from "../store/database.ts"

export type CrashPoint = (name: string) => void

export interface CrashPoints {
  wrapDatabase(database: Database): Database
  /** Names each moment by the part of the store and its method, such as `outbox.sending inside`. */
  wrapStore<Store extends object>(store: Store): Store
}

type Method = (...given: unknown[]) => unknown

export function createCrashPoints(crashPoint: CrashPoint): CrashPoints {
  /** The method that is being called; a transaction begins within that very step. */
  let calling: string | undefined

  function wrapMethod(name: string, method: Method): Method {
    return (...given) => {
      crashPoint(`${name} before`)
      calling = name
      const result = method(...given)
      calling = undefined
      return result instanceof Promise ? result.finally(() => crashPoint(`${name} after`)) : result
    }
  }

  function wrapPart(part: string, methods: object): object {
    const wrapped = Object.entries(methods).map(([name, value]) => [
      name,
      typeof value === "function" ? wrapMethod(`${part}.${name}`, value as Method) : value,
    ])
    return Object.fromEntries(wrapped)
  }

  return {
    wrapDatabase: (database) => ({
      ...database,
      transact(work) {
        const name = calling
        return database.transact((sql) => {
          const result = work(sql)
          if (name !== undefined) crashPoint(`${name} inside`)
          return result
        })
      },
    }),
    wrapStore: <Store extends object>(store: Store) =>
      Object.fromEntries(
        Object.entries(store).map(([part, value]) => [
          part,
          typeof value === "object" ? wrapPart(part, value) : value,
        ]),
      ) as Store,
  }
}
