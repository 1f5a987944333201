// `clawdis gateway`, the composition root: configuration, log, lock, store, channels, engine, ports, signals.

import { lookup } from "node:dns/promises"
import { join } from "node:path"
import type { Writable } from "node:stream"
import { setTimeout as wait } from "node:timers/promises"
import { PRESETS } from "../agent/acp/presets.ts"
import { ENGINES } from "../agent/index.ts"
import type { ChannelDefinition, InboundMessage } from "../channels/channel.ts"
import { CHANNELS } from "../channels/index.ts"
import { type Config, describeToken, loadConfig } from "../config/config.ts"
import { createFlagFiles } from "../config/flag-files.ts"
import { createLiveConfig, type LiveConfig, liveView } from "../config/live-config.ts"
import type { ChannelPlan } from "../gateway/channel-plans.ts"
import { createCalmLog } from "../host/calm-log.ts"
import { systemClock } from "../host/clock.ts"
import { FatalError, OperatorError } from "../host/errors.ts"
import { readInstance, removeInstance, writeInstance } from "../host/instance-file.ts"
import { createLog, type Log } from "../host/log.ts"
import type { Logger } from "../host/logger.ts"
import { makeFolder } from "../host/make-folder.ts"
import { ensureStateFolder } from "../host/paths.ts"
import { findListeners, freePort } from "../host/port.ts"
import { tellOwner } from "../host/strays.ts"
import { wantsColor } from "../host/terminal.ts"
import { findShipped, readCommit, readVersion } from "../host/version.ts"
import { watchFile } from "../host/watch-file.ts"
import { createMedia, type MediaParts } from "../media/media.ts"
import { openStore } from "../store/open-store.ts"
import type { Store } from "../store/store.ts"
import { StateInUseError, StateUnusableError } from "../store/unusable.ts"
import { type Assembled, assemble } from "./assemble.ts"
import type { GatewayInvocation } from "./invocation.ts"

const LOCK_POLL_MS = 100
/** What an engine is made of; the rest of `agent` is asked for turn by turn. */
const OF_ENGINE: ReadonlySet<string> = new Set(
  (["engine", "command", "cwd", "env", "instructions"] as const).map((name) => `agent.${name}`),
)
const REACHED_BY_LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "0.0.0.0", "::"])

/**
 * Runs the daemon until it is told to stop; gives its exit code.
 *
 * @throws FatalError (exit code 1) and OperatorError (78) with one sentence each, before anything runs.
 */
export async function runGateway(invocation: GatewayInvocation): Promise<number> {
  const { environment, flags, stderr, stdout, timings } = invocation
  const readFlagFile = createFlagFiles()
  const load = () =>
    loadConfig({
      flags,
      readFlagFile,
      environment,
      channels: CHANNELS,
      presets: PRESETS.map(({ name }) => name),
    })
  const config = load()
  const { configFile, instanceFile, stateDir } = config.paths
  const warnings = [
    ...ensureStateFolder(stateDir, { alsoPrivate: [configFile] }),
    ...ensureWorkspace(config.agent.cwd),
    ...config.warnings,
  ]
  const log = createLog({
    stdout,
    clock: systemClock,
    level: config.logging.level,
    file: config.logging.file,
    maxMb: config.logging.maxMb,
    verbose: flags.verbose,
    secrets: config.secrets,
    color: wantsColor(stdout, environment),
  })
  const calm = createCalmLog({ log: log.logger, clock: systemClock })
  // Listened for from the start: a supervisor may change its mind at any moment.
  const orders = listenForOrders(stdout, log)
  if (flags.force) {
    await freePort(config.gateway.port, {
      host: config.gateway.bind,
      waitMs: timings.cli.forceWaitMs,
      timeoutMs: timings.cli.lsofTimeoutMs,
      clock: systemClock,
      say: (line) => stderr.write(`${line}\n`),
    })
  }
  const lockWaitMs = flags.force ? timings.cli.forceWaitMs : 0
  let running: Assembled | undefined
  const store = await openState(config, calm.logger, lockWaitMs, () => running?.gateway.touched())
  const version = readVersion()
  const live = createLiveConfig({
    initial: config,
    load,
    clock: systemClock,
    log: log.logger,
    applied(next, keys) {
      log.setLevel(next.logging.level)
      for (const secret of next.secrets) log.addSecret(secret)
      if (keys.some((key) => OF_ENGINE.has(key))) running?.replaceEngine()
      if (keys.includes("gateway.token")) running?.gateway.tokenChanged()
      if (keys.includes("agent.maxConcurrent")) running?.gateway.maxConcurrentChanged()
    },
    changed: () => running?.gateway.touched(),
  })
  let assembled: Assembled
  try {
    const logs = { logger: calm.logger, tail: log.tail }
    assembled = await startParts(invocation, live, logs, store, version)
    running = assembled
  } catch (error) {
    await store.close()
    throw error
  }
  const { gateway, port, webchatPort } = assembled
  await writeInstance(instanceFile, {
    pid: process.pid,
    port,
    startedAt: Date.now(),
    version,
    ...(webchatPort !== undefined && { webchatPort }),
    ...(!REACHED_BY_LOOPBACK.has(config.gateway.bind) && { address: toHost(config.gateway.bind) }),
  })
  await gateway.start()
  for (const line of describeStart(config, assembled, version)) stdout.write(`${line}\n`)
  for (const warning of warnings) log.logger.warn(warning)
  if (assembled.webchatError !== undefined) {
    log.logger.warn(await explainWebchat(config, assembled, timings.cli.lsofTimeoutMs))
  }
  const unwatch = watchFile(config.paths.configFile, { clock: systemClock, changed: live.look })
  // What changed between the reading at the start and the beginning of the watch.
  live.look()
  stdout.write(`ready in ${Math.round(performance.now())} ms\n`)

  const { code, reason } = await orders.stop
  unwatch()
  log.logger.info("stopping", { reason })
  const stopped = (async () => {
    await assembled.stop(reason)
    removeInstance(instanceFile, process.pid)
    await store.close()
    return code
  })()
  const atOnce = orders.atOnce.then(async (exitCode) => {
    removeInstance(instanceFile, process.pid)
    await store.close()
    return exitCode
  })
  const exitCode = await Promise.race([stopped, atOnce])
  calm.stop()
  log.logger.info("stopped", { exitCode })
  log.flush()
  return exitCode
}

async function startParts(
  { environment, timings }: GatewayInvocation,
  live: LiveConfig,
  { logger: log, tail }: Pick<Log, "logger" | "tail">,
  store: Store<InboundMessage>,
  version: string,
): Promise<Assembled> {
  const config = live.current
  const { gateway, webchat } = config
  try {
    return await assemble({
      store,
      media: createMedia(toMediaParts(live, { environment, log, store, timings: timings.gateway })),
      keepDays: {
        get media() {
          return live.current.media.keepDays
        },
        conversations: config.session.keepDays,
      },
      config: live.health,
      log,
      logTail: tail,
      version,
      clock: systemClock,
      timings: { ...timings.gateway, graceMs: timings.agent.graceMs },
      httpTimings: timings.http,
      channels: CHANNELS.map((definition) =>
        planChannel(definition, { live, environment, log, timings: timings.channels }),
      ),
      createEngine: (tools) =>
        ENGINES[live.current.agent.engine].create({
          settings: live.current.agent,
          clock: systemClock,
          log,
          timings: timings.agent,
          tools,
          memory: {
            get: (key) => store.facts.get("agent", key),
            set: (key, value) => store.facts.set("agent", key, value),
          },
          environment,
          documents: [findShipped("README.md"), findShipped("docs")].filter(
            (path) => path !== undefined,
          ),
        }),
      get token() {
        return live.current.gateway.token
      },
      session: config.session,
      limits: liveView(() => live.current.limits),
      alerts: config.alerts,
      timeZone: config.timeZone,
      get maxConcurrent() {
        return live.current.agent.maxConcurrent
      },
      get permissions() {
        return live.current.agent.permissions
      },
      defaults: {
        get thinking() {
          return live.current.agent.thinking
        },
        get timeoutMs() {
          return live.current.agent.timeoutSeconds * 1_000
        },
      },
      bind: gateway.bind,
      port: gateway.port,
      policy: gateway,
      pageFolder: findShipped("dist", "web"),
      ...(webchat.enabled && { webchatPort: webchat.port }),
    })
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new FatalError(
      await explainPort(gateway.bind, gateway.port, error, timings.cli.lsofTimeoutMs),
      { cause: error },
    )
  }
}

function toMediaParts(
  live: LiveConfig,
  {
    log,
    store,
    ...world
  }: Pick<MediaParts, "environment" | "log" | "timings"> & {
    readonly store: Store<InboundMessage>
  },
): MediaParts {
  const { logging, paths } = live.current
  return {
    ...world,
    get roots() {
      return live.current.media.roots
    },
    get allowHosts() {
      return live.current.media.allowHosts
    },
    get transcribe() {
      return live.current.media.transcribe
    },
    get maxBytes() {
      return live.current.media.maxMb * 1024 * 1024
    },
    get workspace() {
      return live.current.agent.cwd
    },
    folder: join(paths.stateDir, "media"),
    secret: [paths.stateDir, paths.configFile, logging.file],
    lookup: (host) => lookup(host, { all: true }),
    store: store.media,
    clock: systemClock,
    log: log.area("media"),
  }
}

/** Where the agent works and where files to send may lie; without it the gateway runs, and says so. */
function ensureWorkspace(folder: string): string[] {
  try {
    makeFolder(folder, 0o777)
    return []
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return [`the agent's folder cannot be made: ${why}`]
  }
}

interface ChannelWorld extends Pick<GatewayInvocation, "environment"> {
  readonly live: LiveConfig
  readonly log: Logger
  readonly timings: GatewayInvocation["timings"]["channels"]
}

function planChannel(
  definition: ChannelDefinition,
  { live, environment, log, timings }: ChannelWorld,
): ChannelPlan {
  const { id } = definition
  const settings = liveView(() => {
    const section = live.current.channels[id]
    if (section === undefined) throw new Error(`the configuration has no row for ${id}`)
    return section
  })
  const { create } = definition
  if (create === undefined || !definition.isConfigured(settings)) return { definition, settings }
  return {
    definition,
    settings,
    create: (hooks) =>
      create({
        settings,
        clock: systemClock,
        log: log.area(definition.id),
        timings,
        environment,
        ...hooks,
      }),
  }
}

/** Opens the store; with `--force` it waits for the one before to let go of it. */
async function openState(
  config: Config,
  log: Logger,
  waitMs: number,
  onHealthChange: () => void,
): Promise<Store<InboundMessage>> {
  const deadline = performance.now() + waitMs
  for (;;) {
    try {
      const path = join(config.paths.stateDir, "clawdis.db")
      return openStore<InboundMessage>({ path, log, onHealthChange })
    } catch (error) {
      if (error instanceof StateUnusableError)
        throw new OperatorError(error.message, { cause: error })
      if (!(error instanceof StateInUseError)) throw error
      if (performance.now() >= deadline) throw new FatalError(explainLock(config), { cause: error })
      await wait(LOCK_POLL_MS)
    }
  }
}

function explainLock(config: Config): string {
  const { instanceFile, stateDir } = config.paths
  const holder = readInstance(instanceFile)
  if (holder?.port === config.gateway.port)
    return anotherListens(config.gateway.bind, holder.port, `pid ${holder.pid}`)
  const who = holder === undefined ? "another process" : `pid ${holder.pid}`
  return `state directory ${stateDir} in use by ${who}; a state directory has one gateway`
}

function anotherListens(bind: string, port: number, who: string): string {
  return `another gateway instance is already listening on ws://${toHost(bind)}:${port} (${who}); stop it, or start with --force`
}

async function explainPort(
  bind: string,
  port: number,
  error: NodeJS.ErrnoException,
  timeoutMs: number,
): Promise<string> {
  if (error.code !== "EADDRINUSE") return `cannot listen on ${bind}:${port}: ${error.message}`
  const holder = await nameHolder(port, timeoutMs)
  return anotherListens(bind, port, holder ?? "lsof does not tell who")
}

async function explainWebchat(
  config: Config,
  { port, webchatError }: Assembled,
  timeoutMs: number,
): Promise<string> {
  const wanted = config.webchat.port
  const holder =
    webchatError?.code === "EADDRINUSE"
      ? await nameHolder(wanted, timeoutMs)
      : webchatError?.message
  const why = holder === undefined ? "" : ` (${holder})`
  return `the WebChat port ${wanted} is taken${why}; the page is at http://${toHost(config.gateway.bind)}:${port}/`
}

async function nameHolder(port: number, timeoutMs: number): Promise<string | undefined> {
  try {
    const [holder] = await findListeners(port, { timeoutMs })
    return holder && `pid ${holder.pid}, ${holder.command}`
  } catch {
    // Without lsof nobody knows; the port is taken all the same.
    return undefined
  }
}

function describeStart(
  config: Config,
  { gateway, port, webchatPort }: Assembled,
  version: string,
): string[] {
  const bind = toHost(config.gateway.bind)
  const { agent, channels } = gateway.health
  const commit = readCommit()
  const row = (name: string, value: string) => `${name.padEnd(10)}${value}`
  const states = CHANNELS.map(({ howToConfigure, id }) => {
    const health = channels[id]
    const isOff = health?.configured !== true || (health.linked === false && health.state === "off")
    // Only the configuration can have switched off a channel that is linked by a command.
    if (health?.linked === false && !health.configured) return row(id, "off in the configuration")
    if (health?.linked === false && isOff) {
      return row(id, "not linked. Link it with: clawdis login, or on the page")
    }
    return row(id, isOff ? `off. ${howToConfigure}` : health.state)
  })
  return [
    `clawdis ${version}${commit === undefined ? "" : ` (${commit})`}`,
    row("control", `ws://${bind}:${port}`),
    row("webchat", `http://${bind}:${webchatPort ?? port}/`),
    row("token", describeToken(config)),
    row("log", config.logging.file),
    row(
      "agent",
      `${agent.engine}: ${agent.state}${agent.lastError === undefined ? "" : ` (${agent.lastError})`}`,
    ),
    ...states,
  ]
}

interface StopOrder {
  readonly code: number
  readonly reason: string
}

/** As an address stands in a URL. */
function toHost(bind: string): string {
  return bind.includes(":") ? `[${bind}]` : bind
}

interface Orders {
  /** The first order to stop. */
  readonly stop: Promise<StopOrder>
  /** A second one, which does not wait: the exit code. */
  readonly atOnce: Promise<number>
}

/** The listeners stay for the life of the process: without one a signal would end it on the spot. */
function listenForOrders(stdout: Writable, log: Log): Orders {
  const stop = Promise.withResolvers<StopOrder>()
  const atOnce = Promise.withResolvers<number>()
  let ordered = false
  const order = (code: number, reason: string) => {
    if (ordered) atOnce.resolve(1)
    ordered = true
    stop.resolve({ code, reason })
  }
  process.on("SIGTERM", () => order(0, "SIGTERM"))
  process.on("SIGINT", () => order(0, "SIGINT"))
  process.on("SIGHUP", () => {
    if ("isTTY" in stdout && stdout.isTTY === true) order(0, "SIGHUP")
    else log.reopen()
  })
  process.on("uncaughtException", (error) => {
    if (tellOwner(error)) return
    log.logger.error("the gateway broke and stops", { error })
    order(1, "an unexpected failure")
  })
  return { stop: stop.promise, atOnce: atOnce.promise }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error
}
