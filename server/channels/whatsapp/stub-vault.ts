// A vault in memory, for tests: with damage and failures on demand, and a count of its writes.

import { GatewayError } from "#protocol"
import type { ChannelVault, VaultChange } from "../channel.ts"

export type StubVault = ReturnType<typeof createStubVault>

export function createStubVault(now: () => number) {
  const rows = new Map<
    string,
    { area: string; key: string; value: Uint8Array; at: number; order: number }
  >()
  const damaged = new Set<string>()
  const writes: (readonly VaultChange[])[] = []
  let failure: Error | undefined
  let gate: Promise<void> | undefined
  let order = 0
  const nameOf = (area: string, key: string) => JSON.stringify([area, key])
  const newestFirst = (area: string) =>
    [...rows.values()].filter((row) => row.area === area).toSorted((a, b) => b.order - a.order)

  const vault: ChannelVault = {
    async get(area, keys) {
      const found = new Map<string, Uint8Array>()
      for (const key of keys) {
        if (damaged.has(nameOf(area, key))) {
          throw new GatewayError("UNAVAILABLE", "A row is damaged.", { reason: "state_damaged" })
        }
        const row = rows.get(nameOf(area, key))
        if (row !== undefined) found.set(key, row.value)
      }
      return found
    },
    async write(changes) {
      await gate
      if (failure !== undefined) throw failure
      writes.push(changes)
      for (const { area, key, value } of changes) {
        const name = nameOf(area, key)
        rows.delete(name)
        order += 1
        if (value !== undefined) rows.set(name, { area, key, value, at: now(), order })
      }
    },
    keys: async (area, limit) =>
      newestFirst(area)
        .slice(0, limit)
        .map(({ key }) => key),
    async trim(area, { before, keep }) {
      for (const [index, row] of newestFirst(area).entries()) {
        if (index >= keep || row.at < before) rows.delete(nameOf(area, row.key))
      }
    },
    async rename(area, to) {
      for (const row of newestFirst(to)) rows.delete(nameOf(to, row.key))
      for (const row of newestFirst(area)) {
        rows.delete(nameOf(area, row.key))
        rows.set(nameOf(to, row.key), { ...row, area: to })
      }
    },
    async clear(area) {
      for (const row of newestFirst(area)) rows.delete(nameOf(area, row.key))
    },
  }

  return {
    ...vault,
    writes,
    /** How many rows each area has. */
    get counts(): Record<string, number> {
      const counts: Record<string, number> = {}
      for (const { area } of rows.values()) counts[area] = (counts[area] ?? 0) + 1
      return counts
    },
    damage: (area: string, key: string) => void damaged.add(nameOf(area, key)),
    heal: () => damaged.clear(),
    /** Writes wait until the returned function is called. */
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      gate = promise
      return resolve
    },
    /** From now on writes fail so; until it is called without an error. */
    fail(error?: Error) {
      failure = error
    },
  }
}
