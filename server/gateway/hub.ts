// The open connections, and how an event reaches those that want it.

import {
  type AgentEvent,
  type EventName,
  type EventPayload,
  RUNS_CAPABILITY,
  type StateVersion,
} from "#protocol"
import type { Connection } from "./connection.ts"
import { createRunEvents, type PreparedEvent, prepareEvent } from "./prepared-event.ts"

export interface Hub {
  add(connection: Connection): void
  remove(connection: Connection): void
  readonly size: number
  readonly connections: Iterable<Connection>
  /** To everybody. */
  broadcast<E extends EventName>(
    event: E,
    payload: EventPayload<E>,
    stateVersion?: StateVersion,
  ): void
  /** To those that follow this run, or all runs (rule E6). */
  runEvent(event: AgentEvent): void
  /** Whether somebody is there to answer an agent: a client that only follows its own run is not (rule M12). */
  canAsk(): boolean
  /** To those that follow all runs (rule E10). */
  conversation<E extends "chat" | "sessions">(event: E, payload: EventPayload<E>): void
}

export function createHub(): Hub {
  const connections = new Set<Connection>()
  const runEvents = createRunEvents()

  function sendTo(prepared: PreparedEvent, wants: (connection: Connection) => boolean): void {
    for (const connection of connections) if (wants(connection)) connection.event(prepared)
  }

  const followsAll = ({ caps }: Connection): boolean => caps.has(RUNS_CAPABILITY)
  const follows = (connection: Connection, runId: string): boolean =>
    followsAll(connection) || connection.followedRuns.has(runId)

  return {
    add: (connection) => void connections.add(connection),
    remove: (connection) => void connections.delete(connection),
    get size() {
      return connections.size
    },
    connections,
    broadcast: (event, payload, stateVersion) =>
      sendTo(prepareEvent(event, payload, stateVersion), () => true),
    runEvent: (event) =>
      sendTo(runEvents.prepare(event), (connection) => follows(connection, event.runId)),
    canAsk: () => [...connections].some(followsAll),
    conversation: (event, payload) => sendTo(prepareEvent(event, payload), followsAll),
  }
}
