// Commands as the command line runs them, and what they say.

import type { Command } from "../cli/command.ts"
import { runProgram } from "../cli/program.ts"
import { DEFAULT_TIMINGS } from "../config/timings.ts"
import { createCollector } from "./collector.ts"

/** `line` without the program's name; its words stand between single spaces. */
export async function runCommands(
  commands: readonly Command[],
  line: string,
  environment: Readonly<Record<string, string>>,
) {
  const stdout = createCollector()
  const stderr = createCollector()
  const code = await runProgram(commands, {
    argv: line.split(" "),
    stdout,
    stderr,
    timings: DEFAULT_TIMINGS,
    environment,
    onInterrupt: () => undefined,
  })
  return { code, out: stdout.text, err: stderr.text }
}
