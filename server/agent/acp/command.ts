// From `agent.command` to a program on disk and its arguments. No shell reads any of it.

import { resolve } from "node:path"
import { GatewayError } from "#protocol"
import { findExecutable, type ProgramPlace, programState } from "./executable.ts"
import { findPreset, PRESETS } from "./presets.ts"

export interface AgentCommand {
  /** Absolute path of the program. */
  readonly file: string
  readonly args: readonly string[]
  /** The agent in the words of the configuration, for people. */
  readonly title: string
}

/** Throws a GatewayError that names what is missing. */
export async function resolveCommand(
  command: string | readonly string[] | undefined,
  place: ProgramPlace,
): Promise<AgentCommand> {
  if (command === undefined || command.length === 0) {
    throw new GatewayError("UNAVAILABLE", `No agent is configured. ${HOW_TO_CONFIGURE}`, {
      reason: "not_configured",
      retryable: false,
    })
  }
  return typeof command === "string"
    ? resolvePreset(command, place)
    : resolveArguments(command, place)
}

const PRESET_NAMES = PRESETS.map((preset) => preset.name).join(", ")
const HOW_TO_CONFIGURE = `Set agent.command to an argument list or to one of: ${PRESET_NAMES}.`

async function resolvePreset(name: string, place: ProgramPlace): Promise<AgentCommand> {
  const preset = findPreset(name)
  if (preset === undefined) {
    throw notFound(`There is no preset for the agent "${name}". ${HOW_TO_CONFIGURE}`, name)
  }
  for (const [program = "", ...args] of preset.commands) {
    const file = await findExecutable(program, place)
    if (file !== undefined) return { file, args, title: preset.title }
  }
  const programs = preset.commands.map(([program]) => `"${program}"`).join(" nor ")
  throw notFound(`${preset.title} cannot start: ${programs} is not on PATH.`, programs)
}

async function resolveArguments(
  [program = "", ...args]: readonly string[],
  place: ProgramPlace,
): Promise<AgentCommand> {
  const file = await findExecutable(program, place)
  if (file !== undefined) return { file, args, title: program }
  if (!program.includes("/")) {
    throw notFound(`The agent cannot start: "${program}" is not on PATH.`, program)
  }
  const path = resolve(place.cwd, program)
  const state = await programState(path)
  throw notFound(
    state === "missing"
      ? `The agent cannot start: ${path} does not exist.`
      : `The agent cannot start: ${path} is not an executable file.`,
    path,
  )
}

function notFound(message: string, path: string): GatewayError {
  return new GatewayError("UNAVAILABLE", message, {
    reason: "agent_not_found",
    details: { path },
    retryable: false,
  })
}
