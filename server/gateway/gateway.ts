// The control plane put together: sockets in, runs and channels behind them, and the one order in which
// all of it stops.

import { randomUUID } from "node:crypto"
import {
  EVENT_NAMES,
  type HealthSnapshot,
  type Hello,
  type HelloOk,
  LIMITS,
  METHOD_NAMES,
  type Thinking,
} from "#protocol"
import type { Engine, GatewayTools } from "../agent/engine.ts"
import { createRuns, type Runs, type RunsTimings } from "../agent/runs.ts"
import type { InboundMessage } from "../channels/channel.ts"
import { type Clock, pause, type Timer } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { Store } from "../store/store.ts"
import { type ChannelPlan, openSlots } from "./channel-plans.ts"
import { createChannels } from "./channels.ts"
import { type Connection, type ConnectionTimings, createConnection } from "./connection.ts"
import { createDispatch } from "./dispatch.ts"
import { fitMessage } from "./fit.ts"
import { createHandles } from "./handles.ts"
import { createHealth } from "./health.ts"
import { createHub } from "./hub.ts"
import { createInbound } from "./inbound.ts"
import { createLagMeter } from "./lag.ts"
import { createHandlers } from "./methods/index.ts"
import type { MethodParts } from "./methods/parts.ts"
import { createOutbox, type OutboxTimings } from "./outbox.ts"
import { createPresence, type PresenceTimings } from "./presence.ts"
import { composeReplies } from "./replies.ts"
import { createSessionList } from "./session-list.ts"
import type { Socket, SocketListener } from "./socket.ts"
import { createThrottle } from "./throttle.ts"
import { createGatewayTools } from "./tools.ts"

export interface GatewayTimings
  extends ConnectionTimings,
    OutboxTimings,
    PresenceTimings,
    RunsTimings {
  readonly tickIntervalMs: number
  readonly presenceMinIntervalMs: number
  readonly presencePerConnectionMs: number
  readonly healthMinIntervalMs: number
  readonly idempotencyKeepMs: number
  readonly expireKeysEveryMs: number
  /** How long running work may go on after the gateway was told to stop. */
  readonly drainMs: number
  /** How long each step after that may take. */
  readonly abortMs: number
}

export interface GatewayParts {
  readonly store: Store<InboundMessage>
  readonly channels: readonly ChannelPlan[]
  readonly createEngine: (tools: GatewayTools) => Promise<Engine>
  readonly clock: Clock
  readonly log: Logger
  readonly timings: GatewayTimings
  readonly host: string
  readonly version: string
  readonly token: string | undefined
  readonly scope: "per-sender" | "main"
  /** IANA name of the zone that the agent is told times in; the system's if missing. */
  readonly timeZone: string | undefined
  readonly maxConcurrent: number
  readonly defaults: { readonly thinking: Thinking; readonly timeoutMs: number }
  readonly config: () => HealthSnapshot["config"]
  readonly webchat: () => HealthSnapshot["webchat"]
}

export interface Gateway {
  /** Takes a socket over, from before its hello to its end. */
  accept(socket: Socket): SocketListener
  /** Connects the channels and takes up what an earlier process left. */
  start(): Promise<void>
  readonly health: HealthSnapshot
  /** Something that the health snapshot shows may have changed. */
  touched(): void
  /** True from the moment it was told to stop. */
  readonly stopping: boolean
  /** Ends everything in order and within `drainMs` and a little; see rule D1. */
  stop(options: { readonly reason: string; readonly stopAccepting: () => void }): Promise<void>
}

export async function createGateway(parts: GatewayParts): Promise<Gateway> {
  const { clock, store, timings } = parts
  const log = parts.log.area("gateway")
  const hub = createHub()
  const connections = new Set<Connection>()
  const stateVersion = { presence: 0, health: 0 }
  const started = Promise.withResolvers<void>()
  let stopping = false
  let tick: Timer | undefined
  let expiry: Timer | undefined

  const presenceNews = createThrottle(
    clock,
    () => Math.max(timings.presenceMinIntervalMs, timings.presencePerConnectionMs * hub.size),
    () => {
      stateVersion.presence += 1
      hub.broadcast("presence", { presence: presence.list() }, { ...stateVersion })
    },
  )
  const presence = createPresence({
    clock,
    timings,
    host: parts.host,
    version: parts.version,
    changed: presenceNews.request,
  })

  const slots = await openSlots({
    plans: parts.channels,
    facts: store.facts,
    journal: (message) => inbound.receive(message),
    changed(id) {
      channels.changed()
      if (channels.isOpen(id)) outbox.channelOpened()
      health.touched()
    },
  })
  const channels = createChannels(slots, clock)
  const handles = createHandles(store.facts, channels)
  const lag = createLagMeter(clock, log)
  const sessionList = createSessionList({
    clock,
    log,
    sessions: store.sessions,
    path: () => store.health().path,
    isBusy: (sessionKey) => runs.isBusy(sessionKey),
    announce: (session) => hub.conversation("sessions", { session }),
  })
  const engine = await parts.createEngine(createGatewayTools(() => methodParts))
  const health = await createHealth({
    clock,
    log,
    minIntervalMs: timings.healthMinIntervalMs,
    sources: {
      version: parts.version,
      channels: channels.health,
      agent: () => ({ ...engine.health() }),
      storage: () => ({ ...store.health() }),
      config: parts.config,
      webchat: parts.webchat,
      outbox: () => store.outbox.counts(),
      sessions: sessionList.summary,
      lagMs: () => lag.worstMs,
    },
    announce: (snapshot) => {
      stateVersion.health += 1
      hub.broadcast("health", snapshot, { ...stateVersion })
    },
  })

  const runs: Runs = createRuns({
    engine,
    clock,
    timings,
    log: parts.log.area("agent"),
    runs: store.runs,
    messages: store.messages,
    maxConcurrent: parts.maxConcurrent,
    takeNotes: async (sessionKey) => (sessionKey === "main" ? store.notes.take() : []),
    composeReplies: (run, end) => composeReplies(run, end, { channels, now: clock.now() }),
    on: {
      event(event) {
        hub.runEvent(event)
        if (event.stream === "lifecycle" && event.data.phase === "started") {
          inbound.runStarted(event.runId).catch((error: unknown) => {
            log.debug("could not show typing", { error })
          })
        }
      },
      message: (sessionKey, message) =>
        hub.conversation("chat", { sessionKey, message: fitMessage(message) }),
      ended(run) {
        void deliverReplies(run.runId)
        inbound.runEnded(run)
        health.touched()
      },
      idle: () => inbound.look(),
      sessionChanged: sessionList.changed,
    },
  })
  const outbox = createOutbox({
    channels,
    clock,
    timings,
    store: store.outbox,
    log: parts.log.area("outbox"),
    changed: () => health.touched(),
  })
  const inbound = createInbound({
    store,
    channels,
    handles,
    runs,
    clock,
    log: parts.log.area("inbound"),
    scope: parts.scope,
    timeZone: parts.timeZone,
    ...parts.defaults,
  })
  const methodParts: MethodParts = {
    store,
    channels,
    handles,
    runs,
    outbox,
    health,
    presence,
    clock,
    timings,
    scope: parts.scope,
    defaults: parts.defaults,
  }
  const dispatch = createDispatch({
    log,
    handlers: createHandlers(methodParts),
    isShuttingDown: () => stopping,
    ready: started.promise,
  })

  async function deliverReplies(runId: string): Promise<void> {
    try {
      for (const delivery of await store.outbox.ofRun(runId)) outbox.added(delivery)
    } catch (error) {
      log.error("a reply waits in the outbox until the next start", { runId, error })
    }
  }

  function greet(connId: string, protocol: number): HelloOk {
    return {
      type: "hello-ok",
      protocol,
      server: {
        version: parts.version,
        host: parts.host,
        connId,
      },
      features: { methods: [...METHOD_NAMES], events: [...EVENT_NAMES] },
      snapshot: {
        presence: presence.list(),
        health: health.cached,
        stateVersion: { ...stateVersion },
        uptimeMs: health.uptimeMs,
      },
      policy: {
        maxPayload: LIMITS.maxPayloadBytes,
        maxBufferedBytes: LIMITS.maxBufferedBytes,
        tickIntervalMs: timings.tickIntervalMs,
      },
    }
  }

  function accept(socket: Socket): SocketListener {
    const connId = randomUUID()
    const { connection, listener } = createConnection({
      connId,
      socket,
      clock,
      log,
      timings,
      token: parts.token,
      isShuttingDown: () => stopping,
      greet: (protocol) => greet(connId, protocol),
      on: {
        opened(opened, hello) {
          hub.add(opened)
          presence.connected(connId, toPresenceClient(hello, opened.remoteAddress))
          log.debug("a client connected", { connId, client: hello.client.name })
        },
        frame: dispatch.frame,
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
  }

  function keepTicking(): void {
    tick = clock.after(timings.tickIntervalMs, () => {
      hub.broadcast("tick", { ts: clock.now() })
      keepTicking()
    })
  }

  async function expireKeys(): Promise<void> {
    try {
      await store.expireKeys(clock.now() - timings.idempotencyKeepMs)
    } catch (error) {
      log.warn("could not forget old idempotency keys", { error })
    }
    expiry = clock.after(timings.expireKeysEveryMs, () => void expireKeys())
  }

  async function start(): Promise<void> {
    await outbox.recover()
    await runs.recover()
    started.resolve()
    inbound.look()
    await expireKeys()
    await Promise.all(channels.slots.map(({ channel }) => channel?.start()))
    keepTicking()
  }

  async function stop(options: { reason: string; stopAccepting: () => void }): Promise<void> {
    stopping = true
    started.resolve()
    options.stopAccepting()
    tick?.cancel()
    expiry?.cancel()
    hub.broadcast("shutdown", { reason: options.reason })
    for (const connection of connections) {
      if (connection.state.at === "awaiting-hello") connection.shutDown()
    }
    await inbound.stop()
    await within(timings.drainMs, Promise.all([runs.drain(), dispatch.settled()]))
    const runsStopped = runs.stop()
    const outboxStopped = outbox.stop()
    await within(timings.abortMs, runsStopped)
    // What did not listen is ended with the process that it runs in.
    await engine.stop(timings.abortMs)
    await Promise.all([
      within(timings.abortMs, Promise.all([runsStopped, outboxStopped, dispatch.settled()])),
      ...channels.slots.map(({ channel }) => channel?.stop()),
    ])
    await closeConnections()
    presenceNews.stop()
    presence.stop()
    health.stop()
    lag.stop()
  }

  async function closeConnections(): Promise<void> {
    const all = [...connections]
    await within(timings.closeGraceMs, Promise.all(all.map((connection) => connection.flushed())))
    for (const connection of all) connection.shutDown()
  }

  /** Waits for `work`, but not longer. */
  async function within(ms: number, work: Promise<unknown>): Promise<void> {
    const enough = new AbortController()
    await Promise.race([work, pause(clock, ms, enough.signal)])
    enough.abort()
  }

  return {
    accept,
    start,
    get health() {
      return health.cached
    },
    touched: health.touched,
    get stopping() {
      return stopping
    },
    stop,
  }
}

function toPresenceClient(hello: Hello, ip: string | undefined) {
  const { instanceId, mode, name, platform, version } = hello.client
  return { name, version, platform, mode, instanceId, ip }
}
