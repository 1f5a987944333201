// Commands as the command line runs them, and what they say.

import type { Command, Io } from "../cli/command.ts"
import { runProgram } from "../cli/program.ts"
import { DEFAULT_TIMINGS } from "../config/timings.ts"
import { createCollector } from "./collector.ts"

/** `line` without the program's name; its words stand between single spaces, unless it is a list of them. */
export async function runCommands(
  commands: readonly Command[],
  line: string | readonly string[],
  environment: Readonly<Record<string, string>>,
  io: Partial<Pick<Io, "stdin" | "timings" | "onInterrupt">> = {},
) {
  const stdout = createCollector()
  const stderr = createCollector()
  const code = await runProgram(commands, {
    argv: typeof line === "string" ? line.split(" ") : line,
    stdout,
    stderr,
    timings: DEFAULT_TIMINGS,
    environment,
    onInterrupt: () => undefined,
    ...io,
  })
  return { code, out: stdout.text, err: stderr.text }
}
