import type { FileRef } from "./messages.ts"

export type StoredFile = FileRef & { readonly path: string; readonly bytes: Buffer }
export type Files = ReturnType<typeof createFiles>

/** How long the address that getFile gives is good for. */
const ADDRESS_LASTS_MS = 3_600_000

export function createFiles({ now }: { readonly now: () => number }) {
  const goodUntil = new Map<string, number>()
  const byId = new Map<string, StoredFile>()
  const byPath = new Map<string, StoredFile>()
  let count = 0

  return {
    add(folder: string, extension: string, bytes: Buffer): StoredFile {
      count += 1
      const number = count
      const file: StoredFile = {
        file_id: `lab-file-${folder}-${number}`,
        file_unique_id: `lab-${number}`,
        file_size: bytes.length,
        path: `${folder}/file_${number}.${extension}`,
        bytes,
      }
      byId.set(file.file_id, file)
      byPath.set(file.path, file)
      return file
    },
    byId: (id: string) => byId.get(id),
    /** The file at an address that getFile gave a while ago. */
    byPath: (path: string) => {
      return (goodUntil.get(path) ?? 0) > now() ? byPath.get(path) : undefined
    },
    /** Its address is good from now on. */
    open({ path }: StoredFile): void {
      goodUntil.set(path, now() + ADDRESS_LASTS_MS)
    },
    expireAddresses: () => goodUntil.clear(),
    remove: (id: string) => byId.delete(id),
  }
}
