// The engine that hands every turn to an agent which speaks the Agent Client Protocol over its standard
// input and output: one process for all conversations, started at the first turn and again after it went.

import type { StopReason } from "@agentclientprotocol/sdk"
import { GatewayError } from "#protocol"
import { childEnvironment } from "../../host/child-environment.ts"
import type { Timer } from "../../host/clock.ts"
import { makeFolder } from "../../host/make-folder.ts"
import {
  abortError,
  type Engine,
  type EngineHealth,
  type EngineParts,
  type Turn,
  type TurnOptions,
} from "../engine.ts"
import { spawnAgent } from "./agent-process.ts"
import { type AgentCommand, resolveCommand } from "./command.ts"
import { type AgentConnection, connectAgent, failed } from "./connection.ts"

import { cleanWords } from "./last-words.ts"
import { toBlocks } from "./prompt.ts"
import { createSessions } from "./sessions.ts"
import { createUpdateReader } from "./updates.ts"

/** The part of the grace period after which the group gets SIGTERM; at its end it gets SIGKILL. */
const POLITE_SHARE = 0.8

/** What an abort acts on while a turn goes through its stages. */
interface Stage {
  connection?: AgentConnection
  /** Counts the turn out of its connection; may be called again. */
  leave?: () => void
  /** There as soon as the agent may be working on the prompt. */
  cancel?: () => void
}

export async function createAcpEngine(parts: EngineParts): Promise<Engine> {
  const { settings, clock, timings } = parts
  const log = parts.log.area("acp")
  const env = childEnvironment(parts.environment, settings.env)
  const secrets = settings.env.flatMap((name) => env[name] ?? [])
  const sessions = createSessions({
    cwd: settings.cwd,
    log,
    memory: parts.memory,
    agent: JSON.stringify(settings.command),
  })
  let health: EngineHealth = { engine: "acp", state: "ready" }
  let current: Promise<AgentConnection> | undefined
  let stopped = false

  const findCommand = (): Promise<AgentCommand> =>
    resolveCommand(settings.command, { path: env["PATH"] ?? "", cwd: settings.cwd })

  await findCommand().catch(noteFailure)

  function noteFailure(error: unknown): void {
    if (!(error instanceof GatewayError)) throw error
    const missing = error.reason === "agent_not_found" || error.reason === "not_configured"
    health = { engine: "acp", state: missing ? "missing" : "failed", lastError: error.message }
  }

  function connect(): Promise<AgentConnection> {
    if (current !== undefined) return current
    const started = start()
    current = started
    const forget = (): void => {
      if (current === started) current = undefined
    }
    started.then((connection) => connection.ended.then(forget), forget)
    return started
  }

  async function start(): Promise<AgentConnection> {
    const command = await findCommand()
    makeWorkingFolder(settings.cwd)
    const process = await spawnAgent(command, { cwd: settings.cwd, env, secrets, clock }).catch(
      (error: NodeJS.ErrnoException) => {
        throw new GatewayError("UNAVAILABLE", `${command.file} cannot be run: ${error.code}.`, {
          reason: "agent_not_found",
          details: { path: command.file },
          retryable: false,
          cause: error,
        })
      },
    )
    log.info("agent started", { file: command.file, pid: process.pid })
    const clean = (text: string): string => cleanWords(text, secrets).slice(0, 500)
    const connection = connectAgent({ process, title: command.title, clock, log, clean })
    void connection.ended.then(() => log.info("agent ended", { pid: process.pid }))
    return connection
  }

  async function play(
    turn: Turn,
    { emit, permit, signal }: TurnOptions,
    stage: Stage,
  ): Promise<void> {
    const connection = await connect()
    if (signal.aborted) return
    stage.connection = connection
    stage.leave = connection.enter()
    const { agentCapabilities } = await connection.ready
    if (signal.aborted) return
    const session = await sessions.open(connection, turn)
    if (signal.aborted) return
    const blocks = await toBlocks(turn, {
      instructions: session.instructed ? undefined : settings.instructions,
      capabilities: agentCapabilities?.promptCapabilities ?? {},
    })
    if (signal.aborted) return
    const reader = createUpdateReader((event) => {
      if (!signal.aborted) emit(event)
    })
    stage.cancel = () => connection.cancel(session.id)
    const reason = await connection.prompt(session.id, blocks, { reader, permit })
    await sessions.instructed(turn)
    const outcome: Outcome | undefined = OUTCOMES[reason]
    if (outcome?.failure !== undefined) throw failed(outcome.failure)
    if (outcome?.note !== undefined) emit({ stream: "assistant", delta: outcome.note })
  }

  function watchAbort(signal: AbortSignal, stage: Stage) {
    const { promise, reject } = Promise.withResolvers<never>()
    const timers: Timer[] = []

    /** False when the process is not this turn's to end: it is only starting, for others too. */
    function kill(name: "SIGTERM" | "SIGKILL"): boolean {
      const { connection, cancel } = stage
      if (connection === undefined || (cancel === undefined && connection.visitors > 0))
        return false
      const reason = failed("The agent did not stop when it was asked to, and was ended.")
      connection.kill(name, reason)
      if (!stopped) noteFailure(reason)
      return true
    }

    function abort(): void {
      stage.cancel?.()
      stage.leave?.()
      const { graceMs } = timings
      timers.push(clock.after(graceMs * POLITE_SHARE, () => void kill("SIGTERM")))
      timers.push(clock.after(graceMs, () => kill("SIGKILL") || reject(abortError(signal))))
    }

    signal.addEventListener("abort", abort, { once: true })
    return {
      /** Rejects when the turn has to end although nothing else does. */
      givenUp: promise,
      end(): void {
        signal.removeEventListener("abort", abort)
        for (const timer of timers) timer.cancel()
      },
    }
  }

  async function run(turn: Turn, options: TurnOptions): Promise<void> {
    const { signal } = options
    if (signal.aborted) throw abortError(signal)
    if (stopped) throw shuttingDown()
    const stage: Stage = {}
    const abort = watchAbort(signal, stage)
    try {
      await Promise.race([play(turn, options, stage), abort.givenUp])
      if (signal.aborted) throw abortError(signal)
      health = { engine: "acp", state: "ready" }
    } catch (error) {
      if (signal.aborted) throw abortError(signal)
      if (!stopped) noteFailure(error)
      throw error
    } finally {
      stage.leave?.()
      abort.end()
    }
  }

  return {
    id: "acp",
    health: () => health,
    run,
    async stop(graceMs) {
      stopped = true
      const connection = await current?.catch(() => undefined)
      await connection?.stop(graceMs, shuttingDown())
    },
  }
}

interface Outcome {
  /** Said to the person behind what the agent said. */
  readonly note?: string
  readonly failure?: string
}

const OUTCOMES: Readonly<Record<StopReason, Outcome>> = {
  end_turn: {},
  max_tokens: { note: "\n\n(The agent stopped here: the answer reached its limit of tokens.)" },
  max_turn_requests: {
    note: "\n\n(The agent stopped here: it reached its limit of steps in one turn.)",
  },
  refusal: { failure: "The agent refused to go on with this conversation." },
  cancelled: { failure: "The agent cancelled the turn by itself." },
}

function makeWorkingFolder(folder: string): void {
  try {
    makeFolder(folder, 0o700)
  } catch (error) {
    throw failed(`The agent's working directory ${folder} cannot be made.`, error)
  }
}

function shuttingDown(): GatewayError {
  return new GatewayError("UNAVAILABLE", "The gateway is shutting down.", {
    reason: "shutting_down",
    retryable: false,
  })
}
