// A value that is not on the command line: typed by a person, or through a pipe.

import { addAbortSignal, type Readable } from "node:stream"
import { FatalError } from "../host/errors.ts"
import { reasonOf } from "../host/paths.ts"
import type { Invocation, Io } from "./command.ts"
import { ClientFailure } from "./gw/failure.ts"
import { createLineReader } from "./line-reader.ts"
import { UsageError } from "./usage-error.ts"

const MAX_BYTES = 64 * 1024

export interface ValueOptions {
  readonly key: string
  readonly isSecret: boolean
  readonly progress: Invocation["progress"]
}

/** Without white space around it. */
export async function readValue(io: Io, options: ValueOptions): Promise<string> {
  const { stdin } = io
  if (stdin === undefined) throw new UsageError("there is no standard input to read from")
  const isTyped = "isTTY" in stdin && stdin.isTTY === true
  const text = isTyped ? await typed(stdin, io, options) : await piped(stdin, io, options)
  if (text.trim() === "") throw new UsageError("nothing came through standard input")
  return text.trim()
}

async function typed(input: Readable, io: Io, { isSecret, key }: ValueOptions): Promise<string> {
  const interrupted = Promise.withResolvers<never>()
  const interrupt = () =>
    interrupted.reject(new ClientFailure("interrupted", "\nInterrupted. Nothing was written."))
  io.onInterrupt(interrupt)
  const lines = createLineReader({ input, output: io.stderr, interrupt })
  try {
    io.stderr.write(`${key}${isSecret ? " (what you type is not shown)" : ""}: `)
    return (await Promise.race([lines.next({ hidden: isSecret }), interrupted.promise])) ?? ""
  } finally {
    lines.close()
  }
}

async function piped(input: Readable, { timings }: Io, options: ValueOptions): Promise<string> {
  const waitMs = timings.cli.valueWaitMs
  const tooLate = AbortSignal.timeout(waitMs)
  options.progress("waiting for what comes through standard input …")
  const chunks: Buffer[] = []
  try {
    for await (const chunk of addAbortSignal(tooLate, input)) {
      chunks.push(Buffer.from(chunk))
      if (chunks.reduce((sum, { length }) => sum + length, 0) > MAX_BYTES) {
        throw new UsageError("more than 64 KB came through standard input")
      }
    }
  } catch (error) {
    if (error instanceof UsageError) throw error
    const why = tooLate.aborted
      ? `did not come to its end within ${Math.round(waitMs / 1_000)} s`
      : `cannot be read: ${reasonOf(error)}`
    throw new FatalError(`Standard input ${why}.`, { cause: error })
  } finally {
    options.progress(undefined)
  }
  return Buffer.concat(chunks).toString("utf8")
}
