// A file that is either the old one or the new one, whatever happens in between.

import { randomUUID } from "node:crypto"
import { open, rename, rm } from "node:fs/promises"
import { dirname } from "node:path"

export interface AtomicOptions {
  /** Private to us unless it says otherwise. */
  readonly mode?: number
  /** Whose it is to be; only root can give it to somebody else. */
  readonly owner?: { readonly uid: number; readonly gid: number }
  /** Called when nothing but the renaming is left; what it throws leaves the old file. */
  readonly beforeRename?: () => void
}

/** Writes `text` to `path`. Rejects with the system's error and leaves the old file then. */
export async function writeFileAtomically(
  path: string,
  text: string,
  { beforeRename, mode = 0o600, owner }: AtomicOptions = {},
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const file = await open(temporary, "wx", 0o600)
    try {
      await file.writeFile(text, "utf8")
      if (owner !== undefined) await file.chown(owner.uid, owner.gid)
      // The mode in the line above is narrowed by the umask; this one is not.
      if (mode !== 0o600) await file.chmod(mode)
      await file.sync()
    } finally {
      await file.close()
    }
    beforeRename?.()
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

/** The new name is on disk only once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r")
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
