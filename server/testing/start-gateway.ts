// A real gateway on a free port with a real store in a folder of its own, a channel in memory and an
// engine that plays a script: everything but the services.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Hello } from "#protocol"
import type { Engine, GatewayTools } from "../agent/engine.ts"
import { createScriptedEngine, echo, type Script } from "../agent/scripted.ts"
import type { ChannelSettings, InboundMessage } from "../channels/channel.ts"
import { createMemoryDefinition, type MemoryChannel } from "../channels/memory/index.ts"
import { type Assembled, type AssemblyOptions, assemble } from "../cli/assemble.ts"
import type { ChannelHooks, ChannelPlan } from "../gateway/channel-plans.ts"
import { type Clock, systemClock } from "../host/clock.ts"
import { createLogTail } from "../host/log-tail.ts"
import { type Logger, silentLogger } from "../host/logger.ts"
import { createMedia, type MediaParts } from "../media/media.ts"
import { type Database, openDatabase } from "../store/database.ts"
import { createStore } from "../store/open-store.ts"
import { createWatchedLogger, findLeaks, type LoggedLine } from "./leak-scan.ts"
import { connectClient, type TestClient } from "./test-client.ts"
import { hurryTimings } from "./test-timings.ts"

/** A clock that a test moves is faster than the network: no ping would be answered in time. */
const NEVER_MS = 1_000_000_000

export interface StartOptions {
  readonly script?: Script
  readonly engine?: Engine
  readonly token?: string
  readonly channel?: Partial<ChannelSettings>
  /** The memory channel must be linked before anything passes. */
  readonly needsLink?: boolean
  /** Leaves the memory channel off, as if it were not configured. */
  readonly withoutChannel?: boolean
  readonly options?: Partial<AssemblyOptions>
  readonly media?: Partial<MediaParts>
  /** The folder of an earlier gateway, to start again on its state. */
  readonly stateDir?: string
  readonly divideBy?: number
  /** Comes between the store and its database, and decides what fails. */
  readonly wrapDatabase?: (database: Database) => Database
  /** Hears what the gateway logs. */
  readonly log?: Logger
  /** Time for everything but the sockets. */
  readonly clock?: Clock
  /** Waits that differ from the divided defaults. */
  readonly timings?: Partial<AssemblyOptions["timings"]>
}

export interface StartedGateway extends Assembled {
  readonly url: string
  readonly stateDir: string
  readonly channel: MemoryChannel
  /** What an engine may do in the gateway. */
  readonly tools: GatewayTools
  /** What the store is made of: a test may break it. */
  readonly database: Database
  connect(hello?: Partial<Omit<Hello, "type">>): Promise<TestClient>
  /** Stops it and removes its folder. */
  [Symbol.asyncDispose](): Promise<void>
  /** Stops it and keeps its folder. */
  end(): Promise<void>
}

export async function startGateway(start: StartOptions = {}): Promise<StartedGateway> {
  const stateDir = start.stateDir ?? (await mkdtemp(join(tmpdir(), "clawdis-test-")))
  const timings = hurryTimings(start.divideBy ?? 20)
  const clock = start.clock ?? systemClock
  const logged: LoggedLine[] = []
  let touched: () => void = () => undefined
  const database = openDatabase({
    path: join(stateDir, "clawdis.db"),
    log: silentLogger,
    clock,
    onHealthChange: () => touched(),
  })
  const store = createStore<InboundMessage>(start.wrapDatabase?.(database) ?? database)
  let channel: MemoryChannel | undefined
  let tools: GatewayTools = new Map()
  const settings: ChannelSettings = { allowFrom: ["*"], groups: {}, ...start.channel }
  const definition = createMemoryDefinition({
    ...(start.needsLink !== undefined && { needsLink: start.needsLink }),
    created: (made) => {
      channel = made
    },
  })
  const plan: ChannelPlan = {
    definition,
    settings,
    ...(start.withoutChannel !== true && {
      create: (hooks: ChannelHooks) =>
        definition.create({
          settings,
          clock,
          log: silentLogger,
          timings: timings.channels,
          environment: {},
          ...hooks,
        }),
    }),
  }
  const assembled = await assemble({
    store,
    media: createMedia({
      folder: join(stateDir, "media"),
      workspace: join(stateDir, "workspace"),
      roots: [],
      secret: [stateDir],
      maxBytes: 20 * 1024 * 1024,
      allowHosts: [],
      transcribe: undefined,
      environment: {},
      lookup: () => Promise.reject(new Error("no name is looked up in a test")),
      store: store.media,
      clock,
      log: silentLogger,
      timings: timings.gateway,
      ...start.media,
    }),
    keepDays: { media: 7, conversations: 0 },
    channels: [plan],
    createEngine: async (given) => {
      tools = given
      return start.engine ?? createScriptedEngine({ script: start.script ?? echo, clock })
    },
    clock,
    log: createWatchedLogger(start.log ?? silentLogger, logged),
    logTail: createLogTail({ process: "test" }),
    timings: {
      ...timings.gateway,
      graceMs: timings.agent.graceMs,
      ...(start.clock !== undefined && { pingIntervalMs: NEVER_MS }),
      ...start.timings,
    },
    httpTimings: timings.http,
    version: "0.0.0-test",
    token: start.token,
    session: { scope: "per-sender", links: {}, idleMinutes: 0, handoverMinutes: 30 },
    limits: { runsPerSender: { count: 1_000, minutes: 10 } },
    alerts: { to: undefined },
    timeZone: "UTC",
    maxConcurrent: 4,
    permissions: { webchat: "ask", channels: "refuse" },
    defaults: { thinking: "off", timeoutMs: 60_000 },
    bind: "127.0.0.1",
    port: 0,
    policy: { allowedHosts: [], allowedOrigins: [], trustedProxies: [] },
    pageFolder: undefined,
    ...start.options,
  })
  touched = assembled.gateway.touched
  await assembled.gateway.start()
  const url = `ws://127.0.0.1:${assembled.port}/`
  let ended: Promise<void> | undefined
  const end = () => {
    ended ??= (async () => {
      await assembled.stop("test over")
      const bodies = await bodiesOf(database)
      await store.close()
      const secrets = start.token === undefined ? [] : [start.token]
      const leaks = findLeaks(logged, { secrets, bodies })
      if (leaks.length > 0) throw new Error(leaks.join("; "))
    })()
    return ended
  }
  return {
    ...assembled,
    url,
    stateDir,
    tools,
    database,
    get channel() {
      if (channel === undefined) throw new Error("this gateway has no memory channel")
      return channel
    },
    connect: (hello) => connectClient(url, hello),
    end,
    async [Symbol.asyncDispose]() {
      try {
        await end()
      } finally {
        await rm(stateDir, { recursive: true, force: true })
      }
    },
  }
}

/** The words of every message that the gateway has kept. */
async function bodiesOf(database: Database): Promise<string[]> {
  try {
    return await database.transact((sql) =>
      sql
        .all(
          "SELECT DISTINCT part.value ->> 'text' AS text FROM messages, json_each(body, '$.parts') AS part",
        )
        .flatMap(({ text }) => (typeof text === "string" ? [text] : [])),
    )
  } catch {
    // A test has broken its storage: then it has no messages to look for.
    return []
  }
}
