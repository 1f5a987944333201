import type { FileRef } from "./messages.ts"

export type StoredFile = FileRef & { readonly path: string; readonly bytes: Buffer }
export type Files = ReturnType<typeof createFiles>

export function createFiles() {
  const byId = new Map<string, StoredFile>()
  const byPath = new Map<string, StoredFile>()

  return {
    add(folder: string, extension: string, bytes: Buffer): StoredFile {
      const number = byId.size + 1
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
    byPath: (path: string) => byPath.get(path),
  }
}
