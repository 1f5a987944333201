// Where the files of drafts wait until they are sent. They outlive the tab, and all tabs of the browser
// see the same ones. Nothing here throws: what cannot be kept is said, and lives in the page.

import { type Database, rangeOf } from "./database.ts"
import type { OutgoingFile } from "./outbox-entry.ts"

export interface DraftFile {
  readonly sessionKey: string
  readonly id: string
  /** No two of one tab have the same, so that it is also their order. */
  readonly addedAt: number
  readonly file: OutgoingFile
}

export interface DraftFilesStorage {
  /** What is kept for this draft, oldest first. */
  load(gatewayId: string, sessionKey: string): Promise<readonly DraftFile[]>
  /** Resolves when it is kept; false when it cannot be. */
  put(gatewayId: string, file: DraftFile): Promise<boolean>
  remove(gatewayId: string, sessionKey: string, ids: readonly string[]): Promise<void>
  /** Those of one draft, or of all drafts for this gateway. */
  removeAll(...keys: [gatewayId: string, sessionKey?: string]): Promise<void>
}

const STORE = "draft-files"

export function createDraftFilesStorage({ run }: Database): DraftFilesStorage {
  return {
    async load(gatewayId, sessionKey) {
      const found = await run(
        STORE,
        "readonly",
        (store) => store.getAll(rangeOf(gatewayId, sessionKey)) as IDBRequest<unknown[]>,
      )
      return (found?.result ?? []).filter(isDraftFile).sort((a, b) => a.addedAt - b.addedAt)
    },
    async put(gatewayId, file) {
      const row = { gatewayId, ...file }
      return (await run(STORE, "readwrite", (store) => store.put(row))) !== undefined
    },
    async remove(gatewayId, sessionKey, ids) {
      if (ids.length === 0) return
      await run(STORE, "readwrite", (store) => {
        for (const id of ids) store.delete([gatewayId, sessionKey, id])
        return undefined
      })
    },
    async removeAll(gatewayId, ...rest) {
      const keys = rest.filter((key) => key !== undefined)
      await run(STORE, "readwrite", (store) => store.delete(rangeOf(gatewayId, ...keys)))
    },
  }
}

export function isDraftFile(value: unknown): value is DraftFile {
  const row = value as Partial<Record<keyof DraftFile, unknown>> | null
  const file = row?.file as Partial<Record<keyof OutgoingFile, unknown>> | null | undefined
  return (
    typeof row?.sessionKey === "string" &&
    typeof row.id === "string" &&
    typeof row.addedAt === "number" &&
    typeof file?.name === "string" &&
    typeof file.mimeType === "string" &&
    typeof file.bytes === "number" &&
    typeof file.data === "string"
  )
}
