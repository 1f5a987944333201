// Makes a folder and what is missing above it, one by one: Node's own way of doing so never returns where a
// parent exists but takes no entries, as below /proc.

import { existsSync, mkdirSync, statSync } from "node:fs"
import { dirname } from "node:path"

/** Throws what the system says if a folder cannot be made. */
export function makeFolder(path: string, mode: number): void {
  const missing: string[] = []
  for (let at = path; !existsSync(at); at = dirname(at)) missing.push(at)
  for (const folder of missing.reverse()) {
    try {
      mkdirSync(folder, { mode })
    } catch (error) {
      // Somebody else may have been faster.
      if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error
    }
  }
}
