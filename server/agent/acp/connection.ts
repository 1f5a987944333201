// One running agent and the protocol spoken with it. It lives as long as its process; every request that
// is open when the process goes rejects with one error that says how it went.

import {
  type ClientContext,
  type ContentBlock,
  client,
  type InitializeResponse,
  methods,
  PROTOCOL_VERSION,
  RequestError,
  type StopReason,
  type Stream,
} from "@agentclientprotocol/sdk"
import { GatewayError } from "#protocol"
import { type Clock, pause } from "../../host/clock.ts"
import type { Logger } from "../../host/logger.ts"
import type { AgentProcess, ProcessEnd } from "./agent-process.ts"
import { decodeMessage, type JsonRpcMessage, splitLines, tooLarge } from "./messages.ts"
import { type AskingTurn, answerPermission } from "./permission.ts"

const MAX_LINE_BYTES = 1024 * 1024
const MAX_TURN_BYTES = 10 * 1024 * 1024
/** How long a process whose pipes broke may take to go by itself, and then to obey SIGTERM. */
const COLLAPSE_MS = 200

export interface AgentConnection {
  /** Resolves when the agent has said what it can do. */
  readonly ready: Promise<InitializeResponse>
  /** Resolves when the process is gone. */
  readonly ended: Promise<unknown>
  /** Turns that are under way here. */
  readonly visitors: number
  /** Counts a turn in; the result counts it out, once. */
  enter(): () => void
  /** One request about sessions, its failure as a GatewayError. */
  ask<Result>(request: (agent: ClientContext) => Promise<Result>): Promise<Result>
  prompt(acpSessionId: string, blocks: ContentBlock[], turn: AskingTurn): Promise<StopReason>
  /** Asks the agent to stop what it does in this session. */
  cancel(acpSessionId: string): void
  /** To the whole group. `cause` is what open requests reject with. */
  kill(signal: "SIGTERM" | "SIGKILL", cause: GatewayError): void
  /** Ends the process: its input closes, SIGTERM, and SIGKILL after `graceMs`. */
  stop(graceMs: number, cause: GatewayError): Promise<void>
}

export interface ConnectionParts {
  readonly process: AgentProcess
  /** The agent in words for people. */
  readonly title: string
  readonly clock: Clock
  readonly log: Logger
  /** Makes text of the agent fit for people. */
  readonly clean: (text: string) => string
}

interface ActiveTurn extends AskingTurn {
  bytes: number
  failure: GatewayError | undefined
}

export function connectAgent(parts: ConnectionParts): AgentConnection {
  const { process, title, clock, log, clean } = parts
  const turns = new Map<string, ActiveTurn>()
  let visitors = 0
  let gone = false
  let cause: GatewayError | undefined
  /** What the agent wrote that belongs to no turn, since a turn began or ended. */
  let strayBytes = 0

  function kill(signal: "SIGTERM" | "SIGKILL", reason: GatewayError): void {
    if (gone) return
    cause ??= reason
    process.kill(signal)
  }

  function countBytes(bytes: number, acpSessionId: string | undefined): void {
    const turn = acpSessionId === undefined ? undefined : turns.get(acpSessionId)
    if (turn !== undefined) turn.bytes += bytes
    else strayBytes += bytes
    if ((turn?.bytes ?? strayBytes) <= MAX_TURN_BYTES) return
    const failure = tooLarge(`${title} wrote more than ${MAX_TURN_BYTES / 1024 / 1024} MiB.`)
    if (turn !== undefined) turn.failure ??= failure
    kill("SIGKILL", turn === undefined ? failure : failed(`${title} was ended: too much output.`))
  }

  const stream = createStream(process, {
    log,
    countBytes,
    report: (acpSessionId, update) => turns.get(acpSessionId)?.reader.read(update),
    broken: (error) => {
      if (error instanceof GatewayError) kill("SIGKILL", error)
    },
  })

  const connection = client({ name: "clawdis" })
    .onRequest(methods.client.session.requestPermission, ({ params }) =>
      answerPermission(params, turns.get(params.sessionId)),
    )
    .connect(stream)

  async function verdict(): Promise<GatewayError> {
    const end = await process.ended
    return cause ?? failed(describeEnd(title, end, process.lastWords()))
  }

  async function ask<Result>(request: (agent: ClientContext) => Promise<Result>): Promise<Result> {
    try {
      return await request(connection.agent)
    } catch (error) {
      if (error instanceof RequestError) throw failed(describeRefusal(title, error, clean), error)
      if (connection.signal.aborted) throw await verdict()
      throw unreadable(error)
    }
  }

  function unreadable(error?: unknown): GatewayError {
    return failed(`${title} answered in a form that this gateway cannot read.`, error)
  }

  async function prompt(
    sessionId: string,
    blocks: ContentBlock[],
    asking: AskingTurn,
  ): Promise<StopReason> {
    const turn: ActiveTurn = { ...asking, bytes: 0, failure: undefined }
    turns.set(sessionId, turn)
    strayBytes = 0
    try {
      const { stopReason } = toFields(
        await ask((agent) =>
          agent.request(methods.agent.session.prompt, { sessionId, prompt: blocks }),
        ),
      )
      if (typeof stopReason !== "string") throw unreadable()
      turn.reader.close()
      return stopReason as StopReason
    } catch (error) {
      throw turn.failure ?? error
    } finally {
      turns.delete(sessionId)
      strayBytes = 0
    }
  }

  async function initialize(): Promise<InitializeResponse> {
    try {
      const response = await ask((agent) =>
        agent.request(methods.agent.initialize, {
          protocolVersion: PROTOCOL_VERSION,
          clientCapabilities: {
            fs: { readTextFile: false, writeTextFile: false },
            terminal: false,
          },
        }),
      )
      if (response.protocolVersion === PROTOCOL_VERSION) return response
      throw failed(
        `${title} speaks version ${response.protocolVersion} of the Agent Client Protocol, this gateway version ${PROTOCOL_VERSION}.`,
      )
    } catch (error) {
      kill("SIGKILL", failed(`${title} did not start.`))
      throw error
    }
  }

  /** Pipes that broke without the process ending: it cannot be talked to any more. */
  async function collapse(): Promise<void> {
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      await Promise.race([process.ended, pause(clock, COLLAPSE_MS)])
      kill(signal, failed(withWords(`${title} closed the connection`, process.lastWords())))
    }
  }

  const ended = process.ended.then(() => {
    gone = true
    // Without this a process that left the group and kept the pipes would keep the requests open.
    connection.close(new Error("the agent's process has ended"))
  })
  void connection.closed.then(collapse)
  const ready = initialize()
  // Whoever waits for it gets the error; nobody may be waiting.
  ready.catch(() => undefined)

  return {
    ready,
    ended,
    get visitors() {
      return visitors
    },
    enter() {
      visitors += 1
      let inside = true
      return () => {
        if (inside) visitors -= 1
        inside = false
      }
    },
    ask,
    prompt,
    cancel(sessionId) {
      connection.agent.notify(methods.agent.session.cancel, { sessionId }).catch((error) => {
        log.debug("the agent could not be asked to stop", { error })
      })
    },
    kill,
    async stop(graceMs, reason) {
      process.stdin.end()
      kill("SIGTERM", reason)
      const timer = clock.after(graceMs, () => kill("SIGKILL", reason))
      await ended
      timer.cancel()
    },
  }
}

interface StreamOptions {
  readonly log: Logger
  /** Called for each line, with the session that it speaks of. */
  readonly countBytes: (bytes: number, acpSessionId: string | undefined) => void
  /** Called for each `session/update`. */
  readonly report: (acpSessionId: string, update: unknown) => void
  readonly broken: (error: unknown) => void
}

function createStream(
  process: AgentProcess,
  { log, countBytes, report, broken }: StreamOptions,
): Stream {
  /** Requests that wait for an answer; an answer to anything else is no message. */
  const asked = new Set<unknown>()
  let skipped = 0

  function take(line: Uint8Array): JsonRpcMessage | undefined {
    const message = decodeMessage(line)
    const { sessionId, update } = toFields(message?.params)
    const acpSessionId = typeof sessionId === "string" ? sessionId : undefined
    countBytes(line.byteLength, acpSessionId)
    if (message?.method === methods.client.session.update) {
      // Read here and not by the library: it drops the whole report for one field that it does not
      // know, and it hands on reports and answers in no certain order.
      if (acpSessionId !== undefined) report(acpSessionId, update)
      return undefined
    }
    if (message?.method !== undefined || (message !== undefined && asked.delete(message.id))) {
      return message
    }
    skipped += 1
    if (skipped === 1) log.warn("skipped a line of the agent that is no message")
    return undefined
  }

  async function* read() {
    try {
      for await (const line of splitLines(process.stdout, { maxLineBytes: MAX_LINE_BYTES })) {
        const message = take(line)
        if (message !== undefined) yield message
      }
    } catch (error) {
      broken(error)
      throw error
    } finally {
      if (skipped > 0) log.info("lines of the agent were no messages", { skipped })
    }
  }

  return {
    readable: ReadableStream.from(read()) as Stream["readable"],
    writable: new WritableStream({
      write(message) {
        if ("method" in message && "id" in message) asked.add(message.id)
        return new Promise((resolve, reject) => {
          process.stdin.write(`${JSON.stringify(message)}\n`, (error) =>
            error ? reject(error) : resolve(),
          )
        })
      },
    }),
  }
}

function toFields(params: unknown): Readonly<Record<string, unknown>> {
  return typeof params === "object" && params !== null ? { ...params } : {}
}

export function failed(message: string, cause?: unknown): GatewayError {
  return new GatewayError("UNAVAILABLE", message, {
    reason: "agent_failed",
    retryable: false,
    ...(cause !== undefined && { cause }),
  })
}

function describeEnd(title: string, { code, signal }: ProcessEnd, lastWords: string): string {
  const how = signal === null ? `ended with exit code ${code}` : `was killed (${signal})`
  return withWords(`${title} ${how}`, lastWords)
}

function withWords(sentence: string, lastWords: string): string {
  return lastWords === "" ? `${sentence}.` : `${sentence}: ${lastWords}`
}

const AUTH_REQUIRED = -32_000

function describeRefusal(
  title: string,
  { code, message, data }: RequestError,
  clean: (text: string) => string,
): string {
  if (code === AUTH_REQUIRED) {
    return `${title} wants you to log in first. Start it once in a terminal and log in there.`
  }
  const { details } = toFields(data)
  const words = typeof details === "string" ? `${message}: ${details}` : message
  return `${title} failed: ${clean(words)}`
}
