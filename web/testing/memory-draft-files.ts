// Where several pages of one browser keep the files of their drafts, in memory.

import type { DraftFile, DraftFilesStorage } from "../store/draft-files-storage.ts"

export interface MemoryDraftFiles extends DraftFilesStorage {
  /** What is kept now, as a test may look at it: gateway, session and name. */
  readonly kept: readonly string[]
  /** From now on nothing more can be kept. */
  fill(): void
}

export function createMemoryDraftFiles(): MemoryDraftFiles {
  const rows = new Map<string, DraftFile>()
  let isFull = false
  /** With the end of an array open, it begins the address of each row behind it. */
  const addressOf = (...keys: (string | undefined)[]) =>
    JSON.stringify(keys.filter((key) => key !== undefined)).slice(0, -1)
  const behind = (address: string) => [...rows].filter(([key]) => key.startsWith(`${address},`))
  return {
    get kept() {
      return [...rows].map(([key, { file }]) => {
        const [gatewayId, sessionKey] = JSON.parse(`${key}]`) as string[]
        return `${gatewayId} ${sessionKey} ${file.name}`
      })
    },
    fill() {
      isFull = true
    },
    async load(...keys) {
      const found = behind(addressOf(...keys)).map(([, row]) => row)
      return found.toSorted((a, b) => a.addedAt - b.addedAt)
    },
    async put(gatewayId, row) {
      if (isFull) return false
      // As a database does it: a copy.
      rows.set(addressOf(gatewayId, row.sessionKey, row.id), structuredClone(row))
      return true
    },
    async remove(gatewayId, sessionKey, ids) {
      for (const id of ids) rows.delete(addressOf(gatewayId, sessionKey, id))
    },
    async removeAll(...keys) {
      for (const [key] of behind(addressOf(...keys))) rows.delete(key)
    },
  }
}
