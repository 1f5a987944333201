// Tells that a file has changed, however it was written: in place, by another one renamed over it, or on
// a disk that sends no word.

import { type FSWatcher, statSync, watch } from "node:fs"
import { basename, dirname } from "node:path"
import type { Clock } from "./clock.ts"

export interface WatchOptions {
  readonly clock: Clock
  readonly changed: () => void
}

/** An editor writes in several steps. */
const SETTLE_MS = 100
/** Where the system does not tell. */
const LOOK_EVERY_MS = 5_000

/** Watches until the result is called; the file need not exist. */
export function watchFile(path: string, { clock, changed }: WatchOptions): () => void {
  let known = markOf(path)
  let settling: { cancel(): void } | undefined
  let looking = clock.after(LOOK_EVERY_MS, look)
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(dirname(path), { persistent: false }, (_, name) => {
      if (name !== null && name !== basename(path)) return
      settling?.cancel()
      settling = clock.after(SETTLE_MS, tell)
    })
    // The folder was taken away, or the system has no watchers left: looking goes on.
    watcher.on("error", () => watcher?.close())
  } catch {
    // No folder, or no watchers left: looking goes on.
    watcher = undefined
  }

  function tell(): void {
    const mark = markOf(path)
    if (mark === known) return
    known = mark
    changed()
  }

  function look(): void {
    tell()
    looking = clock.after(LOOK_EVERY_MS, look)
  }

  return () => {
    watcher?.close()
    settling?.cancel()
    looking.cancel()
  }
}

/** Two writes within one tick of the disk's clock differ by their length, or by the file that they are. */
function markOf(path: string): string {
  try {
    const { ctimeNs, ino, mtimeNs, size } = statSync(path, { bigint: true })
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`
  } catch {
    return "none"
  }
}
