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
import type { LogTail } from "../host/log-tail.ts"
import type { Logger } from "../host/logger.ts"
import type { Media } from "../media/media.ts"
import type { Store } from "../store/store.ts"
import { type AlertTimings, createAlerts } from "./alerts.ts"
import { type ChannelPlan, openSlots } from "./channel-plans.ts"
import { createChannels } from "./channels.ts"
import { createCommandAnswers } from "./command-answers.ts"
import { type Connection, type ConnectionTimings, createConnection } from "./connection.ts"
import { createDispatch } from "./dispatch.ts"
import { createFinishAnswer } from "./finish-answer.ts"
import { fitMessage } from "./fit.ts"
import { createHandles } from "./handles.ts"
import { createHandover } from "./handover.ts"
import { createHealth } from "./health.ts"
import { createHub } from "./hub.ts"
import { createInbound, type InboundTimings } from "./inbound.ts"
import { type CollectMediaTimings, createCollectMedia } from "./inbound-media.ts"
import { createLagMeter } from "./lag.ts"
import { createLogins, type LoginTimings } from "./logins.ts"
import { createHandlers } from "./methods/index.ts"
import type { MethodParts } from "./methods/parts.ts"
import { createNotices } from "./notices.ts"
import { createOutbox, type OutboxTimings } from "./outbox.ts"
import { createPresence, type PresenceTimings } from "./presence.ts"
import type { RunsPerSender } from "./sender-limit.ts"
import { createSessionList, type SessionListTimings } from "./session-list.ts"
import { createSessionScope, type SessionSettings } from "./session-scope.ts"
import type { Socket, SocketListener } from "./socket.ts"
import { createThrottle } from "./throttle.ts"
import { createGatewayTools } from "./tools.ts"
import { createTurnProgress } from "./turn-progress.ts"
import { createUpkeep } from "./upkeep.ts"

const DAY_MS = 24 * 60 * 60 * 1_000

export interface GatewayTimings
  extends AlertTimings,
    ConnectionTimings,
    InboundTimings,
    LoginTimings,
    OutboxTimings,
    PresenceTimings,
    RunsTimings,
    SessionListTimings,
    CollectMediaTimings {
  readonly tickIntervalMs: number
  readonly presenceMinIntervalMs: number
  readonly presencePerConnectionMs: number
  readonly healthMinIntervalMs: number
  readonly idempotencyKeepMs: number
  readonly upkeepEveryMs: number
  readonly expireKeysEveryMs: number
  /** How long running work may go on after the gateway was told to stop. */
  readonly drainMs: number
  /** How long each step after that may take. */
  readonly abortMs: number
}

export interface GatewayParts {
  readonly store: Store<InboundMessage>
  readonly media: Media
  readonly channels: readonly ChannelPlan[]
  readonly createEngine: (tools: GatewayTools) => Promise<Engine>
  readonly clock: Clock
  readonly log: Logger
  /** The latest lines of that log. */
  readonly logTail: Pick<LogTail, "read">
  readonly timings: GatewayTimings
  readonly host: string
  readonly version: string
  readonly token: string | undefined
  readonly session: SessionSettings
  /** What is older is forgotten; conversations never if it is 0. */
  readonly keepDays: { readonly media: number; readonly conversations: number }
  readonly limits: { readonly runsPerSender: RunsPerSender }
  /** Who is told when a channel is in trouble, as a `to`; nobody if it is missing. */
  readonly alerts: { readonly to: string | undefined }
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
  const { clock, media, store, timings } = parts
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
    store,
    clock,
    journal: (message) => inbound.receive(message),
    changed(id) {
      channels.changed()
      if (channels.isOpen(id)) outbox.channelOpened()
      alerts.look(id)
      health.touched()
    },
  })
  const channels = createChannels(slots, clock)
  const handles = createHandles(store.facts, channels)
  const lag = createLagMeter(clock, log)
  const sessionList = createSessionList({
    clock,
    log,
    timings,
    sessions: store.sessions,
    path: () => store.health().path,
    isBusy: (sessionKey) => runs.isBusy(sessionKey),
    announce: (news) => hub.conversation("sessions", news),
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
    answerCommand: (run) => answerCommand(run),
    takeNotes: async (sessionKey) => (sessionKey === "main" ? store.notes.take() : []),
    finishAnswer: createFinishAnswer({ channels, media, clock, log: parts.log.area("media") }),
    on: {
      event(event) {
        hub.runEvent(event)
        progress.event(event)
      },
      message(sessionKey, message) {
        hub.conversation("chat", { sessionKey, message: fitMessage(message) })
        sessionList.changed(sessionKey)
      },
      ended(run) {
        void deliverReplies(run.runId)
        progress.ended(run.runId)
        health.touched()
      },
      idle: () => inbound.look(),
      sessionChanged: sessionList.changed,
    },
  })
  const outbox = createOutbox({
    channels,
    media,
    clock,
    timings,
    store: store.outbox,
    log: parts.log.area("outbox"),
    changed: () => health.touched(),
  })
  const scope = createSessionScope({
    settings: parts.session,
    sessions: store.sessions,
    channels,
    isBusy: (sessionKey) => runs.isBusy(sessionKey),
  })
  const progress = createTurnProgress({
    runs: store.runs,
    channels,
    log: parts.log.area("inbound"),
  })
  const notices = createNotices({
    clock,
    log,
    notices: store.notices,
    inboundMaxAgeMs: timings.inboundMaxAgeMs,
  })
  const inbound = createInbound({
    store,
    channels,
    handles,
    runs,
    collectMedia: createCollectMedia({
      channels,
      media,
      clock,
      timings,
      log: parts.log.area("media"),
    }),
    clock,
    log: parts.log.area("inbound"),
    timings,
    scope,
    handover: createHandover({ facts: store.facts, clock, minutes: parts.session.handoverMinutes }),
    notices,
    runsPerSender: parts.limits.runsPerSender,
    timeZone: parts.timeZone,
    ...parts.defaults,
  })
  const answerCommand = createCommandAnswers({
    sessions: store.sessions,
    channels,
    runs,
    clock,
    agent: () => engine.health(),
    thinking: parts.defaults.thinking,
    stopWaiting: (sessionKey, upTo) => inbound.stopWaiting(sessionKey, upTo),
  })
  const alerts = createAlerts({
    channels,
    handles,
    clock,
    timings,
    notices,
    facts: store.facts,
    outbox: store.outbox,
    added: (delivery) => outbox.added(delivery, { waitsForChannel: true }),
    log: parts.log.area("alerts"),
    to: parts.alerts.to,
  })
  const logins = createLogins({
    channels,
    clock,
    timings,
    log: parts.log.area("login"),
    changed: () => health.touched(),
  })
  const methodParts: MethodParts = {
    store,
    channels,
    handles,
    media,
    runs,
    outbox,
    health,
    logins,
    presence,
    clock,
    timings,
    scope,
    sessionList,
    stopWaiting: (sessionKey) => inbound.stopWaiting(sessionKey),
    logTail: parts.logTail,
    timeZone: parts.timeZone,
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

  const daysAgo = (days: number) => clock.now() - days * DAY_MS
  const upkeep = createUpkeep({
    clock,
    log,
    timings,
    tasks: {
      "forget files": () => media.expire(daysAgo(parts.keepDays.media)),
      "forget what is over": async () => {
        const days = parts.keepDays.conversations
        if (days > 0) await store.expire(daysAgo(days))
      },
      "copy the state": () => store.backUp(clock.now()),
    },
  })

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
    await media.start()
    await outbox.recover()
    await runs.recover()
    started.resolve()
    inbound.look()
    await expireKeys()
    await Promise.all(channels.slots.map(({ channel }) => channel?.start()))
    keepTicking()
    upkeep.start()
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
    progress.stop()
    await inbound.stop()
    await within(timings.drainMs, Promise.all([runs.drain(), logins.stop(), dispatch.settled()]))
    media.stop()
    const runsStopped = runs.stop()
    const outboxStopped = outbox.stop()
    await within(timings.abortMs, runsStopped)
    // What did not listen is ended with the process that it runs in.
    await engine.stop(timings.abortMs)
    await Promise.all([
      within(timings.abortMs, Promise.all([runsStopped, outboxStopped, dispatch.settled()])),
      ...channels.slots.map(({ channel }) => channel?.stop()),
    ])
    await alerts.stop()
    await notices.stop()
    await upkeep.stop()
    await closeConnections()
    presenceNews.stop()
    sessionList.stop()
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
