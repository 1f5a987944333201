// Files that the command line names. One may be a pipe, as in `--token-file <(pass show clawdis)`: what comes
// through it comes once, so it is kept for the next time.

import { closeSync, constants, openSync, readSync, statSync } from "node:fs"
import { ConfigError } from "./config-error.ts"
import { attempt, readText } from "./config-file.ts"

const MAX_BYTES = 64 * 1024
/** Whoever fills the pipe may have to ask a person. */
const WAIT_MS = 30_000
/** A pipe with a name may be opened by its reader before its writer. */
const WRITER_WAIT_MS = 5_000
const SAY_AFTER_MS = 1_000
const LOOK_EVERY_MS = 10
/** A descriptor that this process was given: whoever writes into it was there before. */
const GIVEN = /^\/dev\/stdin$|^\/dev\/fd\/\d+$|^\/proc\/(?:self|\d+)\/fd\/\d+$/

/** The text of a small file. Throws a ConfigError that names it. */
export type ReadFlagFile = (path: string) => string

export interface FlagFilesOptions {
  /** Tells a person, after a second, what is waited for. */
  readonly say: (line: string) => void
  readonly waitMs?: number
  readonly writerWaitMs?: number
  readonly sayAfterMs?: number
}

export function createFlagFiles(options: FlagFilesOptions): ReadFlagFile {
  const piped = new Map<string, string>()
  return (path) => {
    const known = piped.get(path)
    if (known !== undefined) return known
    const stats = attempt(path, () => statSync(path, { throwIfNoEntry: false }))
    if (stats?.isFIFO() !== true) return readText(path)
    const text = readPipe(path, options)
    piped.set(path, text)
    return text
  }
}

/**
 * Nothing else goes on meanwhile: it is read before the program begins its work, and before it listens for
 * Ctrl-C, which therefore ends it.
 */
function readPipe(
  path: string,
  {
    say,
    sayAfterMs = SAY_AFTER_MS,
    waitMs = WAIT_MS,
    writerWaitMs = WRITER_WAIT_MS,
  }: FlagFilesOptions,
): string {
  const startedAt = performance.now()
  // A pipe that nobody has opened for writing yet would hold up the opening, and then the program for ever.
  const pipe = attempt(path, () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK))
  const chunk = Buffer.alloc(MAX_BYTES + 1)
  let length = 0
  let hadWriter = GIVEN.test(path)
  let said = false
  try {
    for (;;) {
      const bytes = attempt(path, () => readWaiting(pipe, chunk, length))
      const waitedMs = performance.now() - startedAt
      length += bytes ?? 0
      hadWriter ||= bytes !== 0
      if (length > MAX_BYTES) refuse(path, "is larger than 64 KB")
      if (bytes === 0 && length > 0) return chunk.toString("utf8", 0, length)
      if (bytes === 0 && (hadWriter || waitedMs > writerWaitMs)) {
        refuse(
          path,
          hadWriter ? "is empty: its writer wrote nothing" : "is a pipe without a writer",
        )
      }
      if (waitedMs > waitMs) refuse(path, "is a pipe that does not come to its end")
      if (!said && waitedMs > sayAfterMs) {
        said = true
        say(`waiting for what comes through ${path} …`)
      }
      if (bytes === undefined || bytes === 0) sleep(LOOK_EVERY_MS)
    }
  } finally {
    closeSync(pipe)
  }
}

function refuse(path: string, text: string): never {
  throw new ConfigError([{ where: path, text }])
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
