// Which conversation of the gateway is which session of the agent: one for each, opened at the first turn
// and taken up again after either of the two has restarted, if the agent can.

import { type InitializeResponse, methods, RequestError } from "@agentclientprotocol/sdk"
import { GatewayError, isObject, type Thinking } from "#protocol"
import type { Logger } from "../../host/logger.ts"
import type { EngineMemory, Turn } from "../engine.ts"
import { type AgentConnection, failed } from "./connection.ts"
import { readThoughtLevel, type ThoughtLevel, valueFor } from "./thinking.ts"

/** Conversations that one agent holds open; the one that was idle longest makes room. */
const MAX_SESSIONS = 256
/** An agent that ends while it takes a session up may do so each time, and the conversation must go on. */
const MAX_TRIES = 2

interface AcpSession {
  /** The agent's own id of it. */
  readonly id: string
  /** It has been told who it is. */
  readonly instructed: boolean
}

export interface Sessions {
  /** `connection` may be another one than last time: the agent is asked to remember, if it can. */
  open(connection: AgentConnection, turn: Turn): Promise<AcpSession>
  /** The agent has read the instructions of this conversation. */
  instructed(turn: Turn): Promise<void>
}

export interface SessionsParts {
  readonly cwd: string
  readonly log: Logger
  readonly memory: EngineMemory
  /** Tells this agent from others: another one knows nothing of its sessions. */
  readonly agent: string
}

interface Entry extends AcpSession {
  readonly sessionId: string
  /** Missing for one of an earlier process of the gateway. */
  readonly connection?: AgentConnection
  readonly thoughtLevel?: ThoughtLevel
  /** How often it was to be taken up since that went well. */
  readonly tries: number
}

export function createSessions({ agent, cwd, log, memory }: SessionsParts): Sessions {
  /** By session key, the one used last at the end. */
  const entries = new Map<string, Entry>()

  async function open(connection: AgentConnection, turn: Turn): Promise<AcpSession> {
    const opened = await reopen(connection, turn)
    const entry = await think(connection, opened, turn.thinking)
    entries.delete(turn.sessionKey)
    entries.set(turn.sessionKey, entry)
    for (const [key, oldest] of entries) {
      if (entries.size <= MAX_SESSIONS) break
      entries.delete(key)
      close(oldest)
    }
    return entry
  }

  async function reopen(connection: AgentConnection, turn: Turn): Promise<Entry> {
    const { sessionId, sessionKey } = turn
    const known = entries.get(sessionKey) ?? (await recall(sessionKey))
    if (known !== undefined && known.sessionId === sessionId) {
      if (known.connection === connection) return known
      const remembered = await remember(connection, sessionKey, known)
      if (remembered !== undefined) return remembered
    } else if (known !== undefined) close(known)
    // Before anything else can fail: what cannot be taken up is not tried again at the next turn.
    entries.delete(sessionKey)
    if (known !== undefined) await keep(sessionKey, undefined)
    const answer = await connection.ask((client) =>
      client.request(methods.agent.session.new, { cwd, mcpServers: [] }),
    )
    if (typeof answer.sessionId !== "string") throw failed("The agent gave a session no id.")
    const entry = withThoughtLevel(
      { sessionId, id: answer.sessionId, instructed: false, connection, tries: 0 },
      answer,
    )
    await keep(sessionKey, entry)
    return entry
  }

  /** Undefined when the agent cannot take up a session of an earlier process. */
  async function remember(
    connection: AgentConnection,
    sessionKey: string,
    known: Entry,
  ): Promise<Entry | undefined> {
    const { agentCapabilities } = await connection.ready
    const method = wayToRemember(agentCapabilities)
    if (method === undefined || known.tries >= MAX_TRIES) return undefined
    const tried = { ...known, tries: known.tries + 1 }
    entries.set(sessionKey, tried)
    await keep(sessionKey, tried)
    try {
      const params = { sessionId: known.id, cwd, mcpServers: [] }
      const answer = await connection.ask(
        (client): Promise<unknown> => client.request(method, params),
      )
      const taken = withThoughtLevel({ ...known, connection, tries: 0 }, answer)
      await keep(sessionKey, taken)
      return taken
    } catch (error) {
      // It went away or was stopped meanwhile, which says nothing about the session.
      if (!(error instanceof GatewayError && error.cause instanceof RequestError)) throw error
      log.info("the agent does not remember a session", { error })
      return undefined
    }
  }

  /** A choice that the agent refuses is no reason to refuse the turn. */
  async function think(
    connection: AgentConnection,
    entry: Entry,
    thinking: Thinking,
  ): Promise<Entry> {
    const { id, thoughtLevel } = entry
    const value = thoughtLevel && valueFor(thinking, thoughtLevel)
    if (thoughtLevel === undefined || value === undefined) return entry
    const { configId } = thoughtLevel
    try {
      await connection.ask((client) =>
        client.request(methods.agent.session.setConfigOption, { sessionId: id, configId, value }),
      )
      return { ...entry, thoughtLevel: { ...thoughtLevel, current: value } }
    } catch (error) {
      log.info("the agent does not think as it was told", { thinking, error })
      return entry
    }
  }

  async function recall(sessionKey: string): Promise<Entry | undefined> {
    const kept: unknown = JSON.parse((await memory.get(toKey(sessionKey))) ?? "{}")
    if (!isObject(kept) || kept["agent"] !== agent) return undefined
    const { id, instructed, sessionId, tries } = kept
    if (typeof id !== "string" || typeof sessionId !== "string") return undefined
    return {
      id,
      sessionId,
      instructed: instructed === true,
      tries: typeof tries === "number" ? tries : 0,
    }
  }

  async function keep(sessionKey: string, entry: Entry | undefined): Promise<void> {
    const { id, instructed, sessionId, tries } = entry ?? {}
    const kept = entry === undefined ? {} : { agent, id, instructed, sessionId, tries }
    try {
      await memory.set(toKey(sessionKey), JSON.stringify(kept))
    } catch (error) {
      // The turn can do without: a restart costs the agent its memory of this conversation.
      log.warn("could not note which session of the agent a conversation has", { error })
    }
  }

  function close({ connection, id }: Entry): void {
    connection?.ready
      .then(({ agentCapabilities }) => {
        if (!agentCapabilities?.sessionCapabilities?.close) return undefined
        return connection.ask((client) =>
          client.request(methods.agent.session.close, { sessionId: id }),
        )
      })
      .catch((error) => log.debug("the agent could not close a session", { error }))
  }

  return {
    open,
    async instructed({ sessionKey, sessionId }) {
      const entry = entries.get(sessionKey)
      if (entry === undefined || entry.sessionId !== sessionId || entry.instructed) return
      const told = { ...entry, instructed: true }
      entries.set(sessionKey, told)
      await keep(sessionKey, told)
    },
  }
}

function toKey(sessionKey: string): string {
  return `acp:${sessionKey}`
}

function withThoughtLevel({ thoughtLevel: _, ...entry }: Entry, answer: unknown): Entry {
  const thoughtLevel = readThoughtLevel(answer)
  return { ...entry, ...(thoughtLevel !== undefined && { thoughtLevel }) }
}

type Capabilities = InitializeResponse["agentCapabilities"]

function wayToRemember(capabilities: Capabilities) {
  if (capabilities?.sessionCapabilities?.resume) return methods.agent.session.resume
  return capabilities?.loadSession ? methods.agent.session.load : undefined
}
