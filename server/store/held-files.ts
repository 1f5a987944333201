// The files that a process has open are still there under their names. What is written to a file that was
// removed or replaced meanwhile succeeds, and is gone with the process.

import { statSync } from "node:fs"

export interface HeldFiles {
  /** The first one that is not there any more, or is another one; undefined if all are. */
  findLost(): string | undefined
}

/** Remembers what is under these names now; all must be there. */
export function rememberFiles(paths: readonly string[]): HeldFiles {
  const held = paths.map((path) => ({ path, file: identify(path) }))
  return {
    findLost: () => held.find(({ file, path }) => identify(path) !== file)?.path,
  }
}

function identify(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path)
    return `${dev} ${ino}`
  } catch {
    // Whatever keeps it from being seen keeps the next start from finding it.
    return undefined
  }
}
