// The agent that answers: which ones are here, what the person meant, and whether it really answers.

import { GatewayError } from "#protocol"
import { resolveCommand } from "../agent/acp/command.ts"
import { findExecutable } from "../agent/acp/executable.ts"
import { PRESETS } from "../agent/acp/presets.ts"
import type { Engine, Turn } from "../agent/engine.ts"
import { ENGINES, type EngineId } from "../agent/index.ts"
import type { Timings } from "../config/timings.ts"
import { childEnvironment } from "../host/child-environment.ts"
import { systemClock } from "../host/clock.ts"
import { silentLogger } from "../host/logger.ts"
import type { Environment } from "../host/paths.ts"
import type { Answer, Question } from "./prompts.ts"

/** What is to stand under `agent` in the configuration. */
export interface AgentChoice {
  readonly engine: EngineId
  readonly command?: string | readonly string[]
  readonly env?: readonly string[]
}

export interface AgentWorld {
  readonly environment: Environment
  /** The agent's working directory. */
  readonly cwd: string
  readonly timings: Timings
  readonly signal: AbortSignal
}

const BUILTIN = "builtin"
const OWN = "or a program that speaks the Agent Client Protocol, with its arguments"

/** The question which agent it shall be, with those that are installed, and before it a line for each. */
export async function toAgentQuestion(world: AgentWorld): Promise<{
  readonly lines: readonly string[]
  readonly question: Question<AgentChoice>
}> {
  const place = { path: world.environment["PATH"] ?? "", cwd: world.cwd }
  const installed = (
    await Promise.all(
      PRESETS.map(async ({ name, program, title }) => {
        const file = await findExecutable(program, place)
        // Some agents are started by another program than their own, which may be missing.
        const canStart = file !== undefined && "value" in (await readAgent(name, place))
        return canStart ? [{ name, text: `${title}, ${file}` }] : []
      }),
    )
  ).flat()
  const builtin = { name: BUILTIN, text: "knows the gateway and its manual; no language model" }
  return {
    lines: [
      ...[...installed, builtin].map(({ name, text }) => `   ${name.padEnd(9)} ${text}`),
      `   ${OWN}`,
    ],
    question: {
      text: "   Agent",
      fallback: installed[0]?.name ?? BUILTIN,
      read: (text) => readAgent(text, place),
    },
  }
}

async function readAgent(
  text: string,
  place: { readonly path: string; readonly cwd: string },
): Promise<Answer<AgentChoice>> {
  if (text === BUILTIN) return { value: { engine: "builtin" } }
  const command = readCommand(text)
  if (command === undefined) {
    return { problem: 'A list must be of texts, such as ["my-agent", "--acp"].' }
  }
  try {
    await resolveCommand(command, place)
    return { value: { engine: "acp", command } }
  } catch (error) {
    if (error instanceof GatewayError) return { problem: error.message }
    throw error
  }
}

/** A preset's name, a list, or words with spaces between; no shell reads them. */
function readCommand(text: string): string | readonly string[] | undefined {
  if (PRESETS.some(({ name }) => name === text)) return text
  if (!text.startsWith("[")) return text.split(/\s+/)
  try {
    const list: unknown = JSON.parse(text)
    const isList = Array.isArray(list) && list.length > 0
    return isList && list.every((word) => typeof word === "string") ? list : undefined
  } catch {
    // Whatever the parser has against it, the person is shown how a list looks.
    return undefined
  }
}

export type AgentTest =
  | { readonly passed: true; readonly ms: number }
  | { readonly passed: false; readonly why: string }

/** Asks the agent for one word, through the engine that the gateway would use. */
export async function testAgent(
  { command, engine: id, env = [] }: AgentChoice,
  { cwd, environment, signal, timings }: AgentWorld,
): Promise<AgentTest> {
  const begun = performance.now()
  const { agent, cli } = timings
  const given = new AbortController()
  const timer = setTimeout(
    () => given.abort(new GatewayError("AGENT_TIMEOUT", tooLate(cli.agentTestMs))),
    cli.agentTestMs,
  )
  let engine: Engine | undefined
  try {
    engine = await ENGINES[id].create({
      settings: { command, cwd, env },
      clock: systemClock,
      log: silentLogger,
      timings: { graceMs: agent.graceMs, deltaPauseMs: 0 },
      tools: new Map(),
      memory: { get: async () => undefined, set: async () => undefined },
      environment,
      documents: [],
    })
    let said = ""
    await engine.run(TURN, {
      signal: AbortSignal.any([signal, given.signal]),
      emit: (event) => {
        if (event.stream === "assistant") said += event.delta
      },
      // It was asked for a word; whatever it wants to do beside that is not for now.
      permit: async () => ({ by: "rule" }),
    })
    if (said.trim() === "") return { passed: false, why: "It ended without an answer." }
    return { passed: true, ms: performance.now() - begun }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof GatewayError)) throw error
    return { passed: false, why: `${error.message}${hintOf(environment, env)}` }
  } finally {
    clearTimeout(timer)
    await engine?.stop(agent.graceMs)
  }
}

const TURN: Turn = {
  runId: "setup",
  sessionKey: "setup",
  sessionId: "setup",
  prompt: "This is a test of the connection. Answer with the one word: ok",
  notes: [],
  attachments: [],
  resources: [],
  thinking: "off",
  history: async () => [],
}

function tooLate(ms: number): string {
  return `It did not answer within ${Math.round(ms / 1_000)} s.`
}

/** An agent gets few variables; a key that the person's shell has may be what it misses. */
function hintOf(environment: Environment, env: readonly string[]): string {
  const kept = childEnvironment(environment, env)
  const keys = Object.keys(environment).filter(
    (name) =>
      /_(?:API_KEY|TOKEN)$/.test(name) && !(name in kept) && !/^(?:CLAWDIS|TELEGRAM)_/.test(name),
  )
  if (keys.length === 0) return ""
  return `\nIt does not get ${keys.slice(0, 5).join(", ")}: name what it needs with --agent-env.`
}
