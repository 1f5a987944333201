// Files that the command line names. One may be a pipe, as in `--token-file <(pass show clawdis)`: what comes
// through it comes once, so it is kept for the next time.

import { closeSync, constants, openSync, readSync, statSync } from "node:fs"
import { ConfigError } from "./config-error.ts"
import { attempt, readText } from "./config-file.ts"

const MAX_BYTES = 64 * 1024
/** Whoever fills the pipe may have to ask a person. */
const WAIT_MS = 30_000
const LOOK_EVERY_MS = 10

/** The text of a small file. Throws a ConfigError that names it. */
export type ReadFlagFile = (path: string) => string

export function createFlagFiles({ waitMs = WAIT_MS } = {}): ReadFlagFile {
  const piped = new Map<string, string>()
  return (path) => {
    const known = piped.get(path)
    if (known !== undefined) return known
    const stats = attempt(path, () => statSync(path, { throwIfNoEntry: false }))
    if (stats?.isFIFO() !== true) return readText(path)
    const text = readPipe(path, waitMs)
    piped.set(path, text)
    return text
  }
}

/** Nothing else goes on meanwhile: it is read before the program begins its work. */
function readPipe(path: string, waitMs: number): string {
  const deadline = performance.now() + waitMs
  // A pipe that nobody has opened for writing yet would hold up the opening, and then the program for ever.
  const pipe = attempt(path, () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK))
  const chunk = Buffer.alloc(MAX_BYTES + 1)
  let length = 0
  try {
    for (;;) {
      const bytes = attempt(path, () => readWaiting(pipe, chunk, length))
      length += bytes ?? 0
      if (length > MAX_BYTES) throw new ConfigError([{ where: path, text: "is larger than 64 KB" }])
      if (bytes === 0 && length > 0) return chunk.toString("utf8", 0, length)
      if (performance.now() > deadline) {
        throw new ConfigError([{ where: path, text: "is a pipe that does not come to its end" }])
      }
      if (bytes === undefined || bytes === 0) sleep(LOOK_EVERY_MS)
    }
  } finally {
    closeSync(pipe)
  }
}

/** Undefined while nothing is there, 0 when nobody writes. */
function readWaiting(pipe: number, into: Buffer, at: number): number | undefined {
  try {
    return readSync(pipe, into, at, into.length - at, null)
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EAGAIN") return undefined
    throw error
  }
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
