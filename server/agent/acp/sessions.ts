// Which conversation of the gateway is which session of the agent: one for each, opened at the first turn.

import { type InitializeResponse, methods } from "@agentclientprotocol/sdk"
import type { Logger } from "../../host/logger.ts"
import type { Turn } from "../engine.ts"
import { type AgentConnection, failed } from "./connection.ts"

/** Conversations that one agent holds open; the one that was idle longest makes room. */
const MAX_SESSIONS = 256

interface AcpSession {
  /** The agent's own id of it. */
  readonly id: string
  /** It has been told who it is. */
  instructed: boolean
}

export interface Sessions {
  /** `connection` may be another one than last time: the agent is asked to remember, if it can. */
  open(connection: AgentConnection, turn: Turn): Promise<AcpSession>
}

interface Entry {
  readonly sessionId: string
  readonly connection: AgentConnection
  readonly session: AcpSession
}

export function createSessions({ cwd, log }: { cwd: string; log: Logger }): Sessions {
  /** By session key, the one used last at the end. */
  const entries = new Map<string, Entry>()

  async function open(connection: AgentConnection, turn: Turn): Promise<AcpSession> {
    const known = entries.get(turn.sessionKey)
    entries.delete(turn.sessionKey)
    const entry = await reopen(connection, turn, known)
    entries.set(turn.sessionKey, entry)
    for (const [key, oldest] of entries) {
      if (entries.size <= MAX_SESSIONS) break
      entries.delete(key)
      close(oldest)
    }
    return entry.session
  }

  async function reopen(
    connection: AgentConnection,
    turn: Turn,
    known: Entry | undefined,
  ): Promise<Entry> {
    if (known !== undefined && known.sessionId === turn.sessionId) {
      if (known.connection === connection) return known
      if (await remember(connection, known.session.id)) return { ...known, connection }
    } else if (known !== undefined) close(known)
    const { sessionId } = await connection.ask((agent) =>
      agent.request(methods.agent.session.new, { cwd, mcpServers: [] }),
    )
    if (typeof sessionId !== "string") throw failed("The agent gave a session no id.")
    const session = { id: sessionId, instructed: false }
    return { sessionId: turn.sessionId, connection, session }
  }

  /** False when the agent cannot take up a session of an earlier process. */
  async function remember(connection: AgentConnection, sessionId: string): Promise<boolean> {
    const { agentCapabilities } = await connection.ready
    const method = wayToRemember(agentCapabilities)
    if (method === undefined) return false
    try {
      await connection.ask(
        (agent): Promise<unknown> => agent.request(method, { sessionId, cwd, mcpServers: [] }),
      )
      return true
    } catch (error) {
      log.info("the agent does not remember a session", { error })
      return false
    }
  }

  function close({ connection, session }: Entry): void {
    connection.ready
      .then(({ agentCapabilities }) => {
        if (!agentCapabilities?.sessionCapabilities?.close) return undefined
        return connection.ask((agent) =>
          agent.request(methods.agent.session.close, { sessionId: session.id }),
        )
      })
      .catch((error) => log.debug("the agent could not close a session", { error }))
  }

  return { open }
}

type Capabilities = InitializeResponse["agentCapabilities"]

function wayToRemember(capabilities: Capabilities) {
  if (capabilities?.sessionCapabilities?.resume) return methods.agent.session.resume
  return capabilities?.loadSession ? methods.agent.session.load : undefined
}
