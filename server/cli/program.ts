// From a command line to an exit code: finds the row, reads its flags, runs it, and says what went wrong.

import { Command as Commander, CommanderError, InvalidArgumentError, Option } from "commander"
import { readVersion } from "../host/version.ts"
import type { Command, Flag, FlagValues, Invocation, Io } from "./command.ts"
import { EXIT, exitCodeOf } from "./exit-codes.ts"
import { ClientFailure } from "./gw/failure.ts"
import { resolveLink } from "./link.ts"
import { messageOf, toErrorDocument, toJsonText } from "./output.ts"
import { UsageError } from "./usage-error.ts"

/** Runs the command that `io.argv` names. Never rejects. */
export async function runProgram(commands: readonly Command[], io: Io): Promise<number> {
  const reader = watchReader(io)
  const wantsJson = io.argv.includes("--json")
  const [name] = io.argv
  const inLines = commands.some((command) => command.name === name && command.printsLines)
  const printError = (error: unknown) =>
    void io.stdout.write(`${toJsonText(toErrorDocument(error), inLines ? undefined : 2)}\n`)
  let code: number = EXIT.ok
  const program = toProgram(io)
  for (const command of commands) {
    const added = addCommand(program, command)
    added.action(async (...given: unknown[]) => {
      const words = given.slice(0, command.arguments?.length ?? 0)
      const values = added.opts<Readonly<Record<string, unknown>>>()
      try {
        code = await runCommand(command, {
          io,
          values,
          arguments: words.filter((word) => typeof word === "string"),
          closed: reader.closed,
        })
      } catch (error) {
        if (!(error instanceof UsageError) || command.takesAnything) throw error
        added.error(`error: ${error.message}`)
      }
    })
  }
  try {
    if (io.argv.length === 0) program.help({ error: true })
    await program.parseAsync(io.argv, { from: "user" })
    return code
  } catch (error) {
    if (error === READER_LEFT) return EXIT.ok
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.ok
      if (wantsJson) printError(new UsageError(error.message.replace(/^error: /, "")))
      return EXIT.usage
    }
    if (wantsJson) printError(error)
    else io.stderr.write(`${messageOf(error)}\n`)
    return exitCodeOf(error)
  }
}

/** Nobody reads stdout any more (`| head`): there is nothing left to do, and nothing to say. */
const READER_LEFT = new Error("nobody reads stdout any more")

function watchReader({ stdout, stderr }: Io) {
  const left = new AbortController()
  stdout.on("error", () => left.abort(READER_LEFT))
  stderr.on("error", () => left.abort(READER_LEFT))
  return { closed: left.signal }
}

function toProgram({ stdout, stderr }: Io): Commander {
  return new Commander("clawdis")
    .description("An always-on gateway between chat apps, an AI agent and your own clients.")
    .version(readVersion())
    .exitOverride()
    .showHelpAfterError()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
    })
    .addHelpText(
      "after",
      "\nExamples:\n  clawdis setup\n  clawdis gateway\n  clawdis status\n  clawdis gw:agent --message hi",
    )
}

function addCommand(program: Commander, command: Command): Commander {
  const added = program.command(command.name).description(command.summary)
  for (const { form, help } of command.arguments ?? []) added.argument(form, help)
  for (const flag of command.flags) added.addOption(toOption(flag))
  if (command.takesAnything) added.allowUnknownOption().allowExcessArguments()
  else added.allowExcessArguments(false)
  const examples = command.examples.map((line) => `  ${line}`).join("\n")
  const notes = (command.notes ?? []).map((line) => `\n${line}`).join("")
  return added.addHelpText("after", `\nExamples:\n${examples}${notes && `\n${notes}`}`)
}

function toOption({ form, help, parse, required }: Flag): Option {
  const option = new Option(form, help)
  if (required) option.makeOptionMandatory()
  if (parse === undefined) return option
  return option.argParser((text) => {
    try {
      return parse(text)
    } catch (error) {
      if (error instanceof UsageError) throw new InvalidArgumentError(error.message)
      throw error
    }
  })
}

interface Run {
  readonly io: Io
  readonly arguments: readonly string[]
  readonly values: Readonly<Record<string, unknown>>
  readonly closed: AbortSignal
}

async function runCommand(
  command: Command,
  { io, values, closed, arguments: words }: Run,
): Promise<number> {
  const flags = toFlagValues(values)
  const interrupted = new AbortController()
  const signal = AbortSignal.any([interrupted.signal, closed])
  const progress = createProgress(io)
  const invocation: Invocation = {
    io,
    arguments: words,
    flags,
    signal,
    link: async (timeoutMs = io.timings.cli.timeoutMs) => {
      const link = await resolveLink(flags, io, { signal, timeoutMs })
      // Only now: while a token is read from a pipe, nothing but the signal itself can end the program.
      io.onInterrupt(() => interrupted.abort(new ClientFailure("interrupted", "Interrupted.")))
      progress.tell(`waiting for the gateway at ${link.url} …`)
      return link
    },
    print: (value) => void io.stdout.write(`${toJsonText(value, 2)}\n`),
    progress: progress.tell,
  }
  try {
    return await command.run(invocation)
  } finally {
    progress.tell(undefined)
  }
}

function createProgress({ stderr, timings }: Io) {
  let timer: NodeJS.Timeout | undefined
  return {
    tell(line: string | undefined): void {
      clearTimeout(timer)
      if (line === undefined) return
      timer = setTimeout(() => stderr.write(`${line}\n`), timings.cli.progressAfterMs)
    },
  }
}

function toFlagValues(values: Readonly<Record<string, unknown>>): FlagValues {
  return {
    text: (name) => (typeof values[name] === "string" ? values[name] : undefined),
    number: (name) => (typeof values[name] === "number" ? values[name] : undefined),
    isSet: (name) => values[name] === true,
    list: (name) => (Array.isArray(values[name]) ? values[name] : undefined),
    object: (name) => ({ ...(values[name] as object | undefined) }),
  }
}
