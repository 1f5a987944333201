// A file beside the database that is there while a process uses it. Found at a start, it tells that the
// last process did not end as it should, and what must then be there and be checked.
//
// SQLite removes the `-wal` file when a database is closed, and only then; a process that is killed
// leaves it behind, with at least the commit of its own start in it. So the marker is made after that
// commit and removed before the close, and in between a missing or empty `-wal` means that somebody took
// away what was committed.

import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from "node:fs"
import { dirname } from "node:path"

export interface Marker {
  readonly path: string
  /**
   * `running`: there was no clean stop. `closed`: there was none, but a start that was refused has
   * closed the database since, so that its `-wal` file may be gone.
   */
  read(): MarkerState | undefined
  /** On disk when it returns. */
  write(state: MarkerState): void
  remove(): void
}

export type MarkerState = "running" | "closed"

export function createMarker(databasePath: string): Marker {
  const path = `${databasePath}-running`
  return {
    path,
    read() {
      try {
        return readFileSync(path, "utf8").trim() === "closed" ? "closed" : "running"
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    write(state) {
      const file = openSync(path, "w", 0o600)
      try {
        writeSync(file, `${state}\n`)
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
      syncFolder(dirname(path))
    },
    remove() {
      rmSync(path, { force: true })
      syncFolder(dirname(path))
    },
  }
}

/** A name is on disk, or gone from it, only once its folder is. */
export function syncFolder(path: string): void {
  const folder = openSync(path, "r")
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT"
}
