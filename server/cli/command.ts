// What a row of the table of commands is, and what it gets when it runs.

import type { Readable, Writable } from "node:stream"
import type { Timings } from "../config/timings.ts"
import type { Environment } from "../host/paths.ts"
import type { Link } from "./gw/connect.ts"

export interface Flag {
  /** As the usage shows it: `--port <port>`, `--json`, `--no-wait`. */
  readonly form: string
  readonly help: string
  /** From the text to the value; throws a UsageError. */
  readonly parse?: (text: string) => unknown
  readonly required?: boolean
}

export interface Argument {
  readonly form: string
  readonly help: string
}

export interface Command {
  readonly name: string
  readonly summary: string
  /** The words that follow the name, in order; `<id>` must be there, `[id]` may. */
  readonly arguments?: readonly Argument[]
  readonly flags: readonly Flag[]
  readonly examples: readonly string[]
  /** What else `--help` says, a line each. */
  readonly notes?: readonly string[]
  /** One JSON document a line, also that of an error. */
  readonly printsLines?: boolean
  /** Anything may follow it; for commands that are only a signpost. */
  readonly takesAnything?: boolean
  /** Gives the exit code. */
  readonly run: (invocation: Invocation) => Promise<number>
}

/** The world around the command line, as main.ts knows it. */
export interface Io {
  readonly argv: readonly string[]
  readonly environment: Environment
  readonly stdout: Writable
  readonly stderr: Writable
  /** Missing where nobody can be asked. */
  readonly stdin?: Readable
  readonly timings: Timings
  /** Calls back at Ctrl-C, once, in place of the process's end. */
  readonly onInterrupt: (listener: () => void) => void
}

/** One command line, understood. */
export interface Invocation {
  readonly io: Io
  /** The words after the name, without those that were left out. */
  readonly arguments: readonly string[]
  readonly flags: FlagValues
  /** The gateway that the common flags, the environment and the state folder lead to. */
  /** `timeoutMs` is how long it waits unless the flag says otherwise. */
  link(timeoutMs?: number): Promise<Link>
  /** Aborts at Ctrl-C, with what to fail with, and when nobody reads stdout any more. */
  readonly signal: AbortSignal
  /** One JSON document on stdout. */
  print(value: unknown): void
  /** What to tell on stderr if it takes longer; undefined means that there is no need any more. */
  progress(line: string | undefined): void
}

/** The values of the flags by their names in camel case; which types they have is said by their rows. */
export interface FlagValues {
  text(name: string): string | undefined
  number(name: string): number | undefined
  isSet(name: string): boolean
  list(name: string): readonly string[] | undefined
  object(name: string): Readonly<Record<string, unknown>>
}
