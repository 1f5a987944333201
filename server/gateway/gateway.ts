// The control plane put together: sockets in, runs and channels behind them. How it stops is in shutdown.ts.

import type { HealthSnapshot } from "#protocol"
import { createRuns, type Runs } from "../agent/runs.ts"
import { createAlerts } from "./alerts.ts"
import { openSlots } from "./channel-plans.ts"
import { createChannels } from "./channels.ts"
import { createClients } from "./clients.ts"
import { createCommandAnswers } from "./command-answers.ts"
import { createDispatch } from "./dispatch.ts"
import { createFinishAnswer } from "./finish-answer.ts"
import { fitMessage } from "./fit.ts"
import type { GatewayParts } from "./gateway-parts.ts"
import { createHandles } from "./handles.ts"
import { createHandover } from "./handover.ts"
import { createHealth } from "./health.ts"
import { createHub } from "./hub.ts"
import { createInbound } from "./inbound.ts"
import { createCollectMedia } from "./inbound-media.ts"
import { createLagMeter } from "./lag.ts"
import { createLogins } from "./logins.ts"
import { createHandlers } from "./methods/index.ts"
import type { MethodParts } from "./methods/parts.ts"
import { createNotices } from "./notices.ts"
import { createOutbox } from "./outbox.ts"
import { createPresence } from "./presence.ts"
import { createRounds } from "./rounds.ts"
import { createSessionList } from "./session-list.ts"
import { createSessionScope } from "./session-scope.ts"
import { type StopOptions, shutDown } from "./shutdown.ts"
import type { Socket, SocketListener } from "./socket.ts"
import { takeSteps } from "./take-steps.ts"
import { createThrottle } from "./throttle.ts"
import { createGatewayTools } from "./tools.ts"
import { createTurnProgress } from "./turn-progress.ts"
import { createUpkeep } from "./upkeep.ts"

const DAY_MS = 24 * 60 * 60 * 1_000

export interface Gateway {
  /** Takes a socket over, from before its hello to its end. */
  accept(socket: Socket): SocketListener
  /** Connects the channels and takes up what an earlier process left. */
  start(): Promise<void>
  readonly health: HealthSnapshot
  /** Something that the health snapshot shows may have changed. */
  touched(): void
  /** Another token counts now; who is connected and did not show it is let go. */
  tokenChanged(): void
  /** Another number of runs may work side by side now. */
  maxConcurrentChanged(): void
  /** True from the moment it was told to stop. */
  readonly stopping: boolean
  /** Ends everything in order and within `drainMs` and a little; see rule D1. */
  stop(options: StopOptions): Promise<void>
}

export async function createGateway(parts: GatewayParts): Promise<Gateway> {
  const { clock, media, store, timings } = parts
  const log = parts.log.area("gateway")
  const hub = createHub()
  const stateVersion = { presence: 0, health: 0 }
  const started = Promise.withResolvers<void>()
  const stopping = new AbortController()
  let beginning = Promise.resolve()

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
    log,
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
    get maxConcurrent() {
      return parts.maxConcurrent
    },
    get permissions() {
      return parts.permissions
    },
    canAsk: hub.canAsk,
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
      ended(run, replies) {
        for (const reply of replies) outbox.added(reply)
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
  const handover = createHandover({
    facts: store.facts,
    clock,
    minutes: parts.session.handoverMinutes,
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
    handover,
    notices,
    limits: parts.limits,
    timeZone: parts.timeZone,
    defaults: parts.defaults,
  })
  const answerCommand = createCommandAnswers({
    sessions: store.sessions,
    channels,
    runs,
    clock,
    agent: () => engine.health(),
    handover,
    defaults: parts.defaults,
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
    log,
    stopping: stopping.signal,
    logTail: parts.logTail,
    timeZone: parts.timeZone,
    defaults: parts.defaults,
  }
  const dispatch = createDispatch({
    log,
    handlers: createHandlers(methodParts),
    isShuttingDown: () => stopping.signal.aborted,
    ready: started.promise,
  })

  const clients = createClients({
    hub,
    presence,
    health,
    clock,
    log,
    timings,
    get token() {
      return parts.token
    },
    server: { version: parts.version, host: parts.host },
    stateVersion: () => ({ ...stateVersion }),
    dispatch,
    isShuttingDown: () => stopping.signal.aborted,
  })

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

  const ticks = createRounds({
    clock,
    everyMs: timings.tickIntervalMs,
    work: async () => hub.broadcast("tick", { ts: clock.now() }),
  })
  const keyExpiry = createRounds({ clock, everyMs: timings.expireKeysEveryMs, work: expireKeys })

  async function expireKeys(): Promise<void> {
    try {
      await store.expireKeys(timings.idempotencyKeepMs)
    } catch (error) {
      log.warn("could not forget old idempotency keys", { error })
    }
  }

  const beginSteps = [
    media.start,
    outbox.recover,
    runs.recover,
    async () => {
      started.resolve()
      inbound.look()
      await expireKeys()
    },
    async () => {
      keyExpiry.start()
      await Promise.all(channels.slots.map(({ channel }) => channel?.start()))
    },
    () => {
      ticks.start()
      upkeep.start()
    },
  ]

  async function stop(options: StopOptions): Promise<void> {
    stopping.abort()
    started.resolve()
    const rounds = [ticks, keyExpiry]
    const working = { progress, inbound, runs, logins, dispatch, media, outbox, engine, channels }
    const telling = { hub, clients, alerts, notices, upkeep }
    await shutDown({ clock, timings, beginning, rounds, ...working, ...telling }, options)
    presenceNews.stop()
    sessionList.stop()
    presence.stop()
    health.stop()
    lag.stop()
  }

  return {
    accept: clients.accept,
    start() {
      beginning = takeSteps(beginSteps, stopping.signal)
      return beginning
    },
    get health() {
      return health.cached
    },
    touched: health.touched,
    tokenChanged: clients.tokenChanged,
    maxConcurrentChanged: runs.maxConcurrentChanged,
    get stopping() {
      return stopping.signal.aborted
    },
    stop,
  }
}
