// The clients of the control plane: how each is greeted, what is told of it, and how all of them are let go.

import { randomUUID } from "node:crypto"
import {
  EVENT_NAMES,
  type Hello,
  type HelloOk,
  LIMITS,
  METHOD_NAMES,
  type StateVersion,
} from "#protocol"
import type { Clock } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import { type Connection, type ConnectionTimings, createConnection } from "./connection.ts"
import type { Dispatch } from "./dispatch.ts"
import type { Health } from "./health.ts"
import type { Hub } from "./hub.ts"
import type { Presence } from "./presence.ts"
import type { Socket, SocketListener } from "./socket.ts"
import { createTokenGuard, type TokenGuardTimings } from "./token-guard.ts"
import { within } from "./within.ts"

export interface Clients {
  /** Takes a socket over, from before its hello to its end. */
  accept(socket: Socket): SocketListener
  /** Another token counts now; those who did not show it are let go. */
  tokenChanged(): void
  /** Lets those go who have not said hello. */
  dismissSilent(): void
  /** Gives what waits for each a little time, and lets all go. */
  dismissAll(): Promise<void>
}

export interface ClientsParts {
  readonly hub: Hub
  readonly presence: Presence
  readonly health: Pick<Health, "cached" | "uptimeMs">
  readonly stateVersion: () => StateVersion
  readonly dispatch: Pick<Dispatch, "frame" | "refused">
  readonly isShuttingDown: () => boolean
  readonly server: { readonly version: string; readonly host: string }
  readonly token: string | undefined
  readonly clock: Clock
  readonly log: Logger
  readonly timings: ConnectionTimings & TokenGuardTimings & { readonly tickIntervalMs: number }
}

export function createClients(parts: ClientsParts): Clients {
  const { clock, health, hub, log, presence, timings } = parts
  const tokenGuard = createTokenGuard(clock, timings)
  /** Also those who have not said hello. */
  const connections = new Set<Connection>()

  function greet(connId: string, protocol: number): HelloOk {
    return {
      type: "hello-ok",
      protocol,
      server: { ...parts.server, connId },
      features: { methods: [...METHOD_NAMES], events: [...EVENT_NAMES] },
      snapshot: {
        presence: presence.list(),
        health: health.cached,
        stateVersion: parts.stateVersion(),
        uptimeMs: health.uptimeMs,
      },
      policy: {
        maxPayload: LIMITS.maxPayloadBytes,
        maxBufferedBytes: LIMITS.maxBufferedBytes,
        tickIntervalMs: timings.tickIntervalMs,
      },
    }
  }

  return {
    accept(socket) {
      const connId = randomUUID()
      const { connection, listener } = createConnection({
        connId,
        socket,
        clock,
        log,
        timings,
        get token() {
          return parts.token
        },
        tokenGuard,
        isShuttingDown: parts.isShuttingDown,
        greet: (protocol) => greet(connId, protocol),
        on: {
          opened(opened, hello) {
            hub.add(opened)
            presence.connected(connId, toPresenceClient(hello, opened.remoteAddress))
            log.debug("a client connected", { connId, client: hello.client.name })
          },
          frame: parts.dispatch.frame,
          refused: parts.dispatch.refused,
          closed(closed) {
            hub.remove(closed)
            presence.disconnected(connId)
            log.debug("a client left", { connId })
          },
          gone: (gone) => connections.delete(gone),
        },
      })
      connections.add(connection)
      return listener
    },
    tokenChanged() {
      for (const connection of connections) connection.tokenChanged()
    },
    dismissSilent() {
      for (const connection of connections) {
        if (connection.state.at !== "open") connection.shutDown()
      }
    },
    async dismissAll() {
      const all = [...connections]
      const flushed = Promise.all(all.map((connection) => connection.flushed()))
      await within(clock, timings.closeGraceMs, flushed)
      for (const connection of all) connection.shutDown()
    },
  }
}

function toPresenceClient(hello: Hello, ip: string | undefined) {
  const { instanceId, mode, name, platform, version } = hello.client
  return { name, version, platform, mode, instanceId, ip }
}
