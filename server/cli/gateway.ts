// `clawdis gateway`, the composition root: configuration, log, lock, store, parts, and the end of it all in order.

import { join } from "node:path"
import type { InboundMessage } from "../channels/channel.ts"
import { type Config, loadConfig } from "../config/config.ts"
import { createFlagFiles } from "../config/flag-files.ts"
import { createLiveConfig, type LiveConfig } from "../config/live-config.ts"
import { createCalmLog } from "../host/calm-log.ts"
import { pause, systemClock } from "../host/clock.ts"
import { removeInstance, writeInstance } from "../host/instance-file.ts"
import { createLog, type Log } from "../host/log.ts"
import type { Logger } from "../host/logger.ts"
import { makeFolder } from "../host/make-folder.ts"
import { ensureStateFolder } from "../host/paths.ts"
import { wantsColor } from "../host/terminal.ts"
import { readVersion } from "../host/version.ts"
import { watchFile } from "../host/watch-file.ts"
import { openStore } from "../store/open-store.ts"
import type { Store } from "../store/store.ts"
import type { Assembled } from "./assemble.ts"
import { CONFIG_TABLES } from "./config-tables.ts"
import type { GatewayInvocation } from "./invocation.ts"
import { startParts } from "./live-parts.ts"
import { listenForOrders, type Orders } from "./orders.ts"
import { takePlace } from "./place.ts"
import { describeStart, explainWebchat, toHost } from "./start-text.ts"

/** What an engine is made of; the rest of `agent` is asked for turn by turn. */
const OF_ENGINE: ReadonlySet<string> = new Set(
  (["engine", "command", "cwd", "env", "instructions"] as const).map((name) => `agent.${name}`),
)
/** What is being opened when the order to stop comes gets so long to be there, so that it can be closed. */
const HANGING_MS = 2_000
const REACHED_BY_LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "0.0.0.0", "::"])

/**
 * Runs the daemon until it is told to stop; gives its exit code.
 *
 * @throws FatalError (exit code 1) and OperatorError (78) with one sentence each; what was opened is closed then.
 */
export async function runGateway(invocation: GatewayInvocation): Promise<number> {
  const { environment, flags, stderr, stdout } = invocation
  const readFlagFile = createFlagFiles({ say: (line) => void stderr.write(`${line}\n`) })
  const load = () =>
    loadConfig({
      flags,
      readFlagFile,
      environment,
      ...CONFIG_TABLES,
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
  const orders = listenForOrders({ process, stdout, log })
  let opened: Store<InboundMessage> | undefined
  const life = live(invocation, {
    config,
    load,
    log,
    calm: calm.logger,
    orders,
    warnings,
    opened: (store) => {
      opened = store
    },
  })
  const atOnce = orders.atOnce.then(async (code) => {
    removeInstance(instanceFile, process.pid)
    await opened?.close()
    return code
  })
  try {
    const exitCode = await Promise.race([life, atOnce])
    log.logger.info("stopped", { exitCode })
    return exitCode
  } finally {
    calm.stop()
    log.flush()
  }
}

interface LifeParts {
  readonly config: Config
  readonly load: () => Config
  readonly log: Log
  /** The same, with what repeats itself said once. */
  readonly calm: Logger
  readonly orders: Orders
  readonly warnings: readonly string[]
  readonly opened: (store: Store<InboundMessage>) => void
}

/** From the taking of the place to giving it back: what was opened is closed in order, however it ends. */
async function live(invocation: GatewayInvocation, parts: LifeParts): Promise<number> {
  const { calm, config, load, log, orders } = parts
  const { flags, stderr, timings } = invocation
  let running: Assembled | undefined
  const place = {
    config,
    force: flags.force,
    timings: timings.cli,
    clock: systemClock,
    say: (line: string) => void stderr.write(`${line}\n`),
    open: () =>
      openStore<InboundMessage>({
        path: join(config.paths.stateDir, "clawdis.db"),
        log: calm,
        onHealthChange: () => running?.gateway.touched(),
      }),
  }
  const store = await takePlace(place, orders.stopping)
  if (store === undefined) return (await orders.stop).code
  parts.opened(store)
  try {
    const liveConfig = createLiveConfig({
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
    const logs = { logger: calm, tail: log.tail }
    const starting = startParts(invocation, liveConfig, logs, store, readVersion())
    running = await unlessHanging(starting, orders)
    if (running === undefined) return (await orders.stop).code
    return await serve(invocation, { ...parts, assembled: running, liveConfig })
  } finally {
    await store.close()
  }
}

/** What is started; undefined where it is told to stop and does not even get as far as being stopped in order. */
async function unlessHanging<Started>(
  starting: Promise<Started>,
  { stop }: Pick<Orders, "stop">,
): Promise<Started | undefined> {
  const settled = new AbortController()
  const late = stop.then(async () => {
    await pause(systemClock, HANGING_MS, settled.signal)
    return undefined
  })
  // What comes of it after that, nobody waits for.
  starting.catch(() => undefined)
  try {
    return await Promise.race([starting, late])
  } finally {
    settled.abort()
  }
}

interface ServeParts extends LifeParts {
  readonly assembled: Assembled
  readonly liveConfig: LiveConfig
}

/** From the ports being open to the end of all that works. */
async function serve(invocation: GatewayInvocation, parts: ServeParts): Promise<number> {
  const { assembled, config, log, orders } = parts
  let reason = "the start failed"
  let unwatch: (() => void) | undefined
  try {
    // An order ends the waits of the start; what it has opened by then is closed below.
    await Promise.race([orders.stop, begin(invocation, parts)])
    if (!orders.stopping.aborted) {
      const { look } = parts.liveConfig
      unwatch = watchFile(config.paths.configFile, { clock: systemClock, changed: look })
      // What changed between the reading at the start and the beginning of the watch.
      look()
      invocation.stdout.write(`ready in ${Math.round(performance.now())} ms\n`)
    }
    const order = await orders.stop
    reason = order.reason
    log.logger.info("stopping", { reason })
    return order.code
  } finally {
    unwatch?.()
    await assembled.stop(reason)
    removeInstance(config.paths.instanceFile, process.pid)
  }
}

/** Tells where it is, takes up the work, and says what there is to say of it. */
async function begin({ stdout, timings }: GatewayInvocation, parts: ServeParts): Promise<void> {
  const { assembled, config, log, orders, warnings } = parts
  if (orders.stopping.aborted) return
  const untold = await tellInstance(config, assembled)
  await assembled.gateway.start()
  if (orders.stopping.aborted) return
  for (const line of describeStart(config, assembled, readVersion())) stdout.write(`${line}\n`)
  for (const warning of [...warnings, ...untold]) log.logger.warn(warning)
  if (assembled.webchatError !== undefined) {
    log.logger.warn(await explainWebchat(config, assembled, timings.cli.lsofTimeoutMs))
  }
}

/** Writes where it listens, which is for information: without it the gateway runs, and says so (rule D2). */
async function tellInstance(config: Config, { port, webchatPort }: Assembled): Promise<string[]> {
  const { bind } = config.gateway
  const { instanceFile } = config.paths
  try {
    await writeInstance(instanceFile, {
      pid: process.pid,
      port,
      startedAt: Date.now(),
      version: readVersion(),
      ...(webchatPort !== undefined && { webchatPort }),
      ...(!REACHED_BY_LOOPBACK.has(bind) && { address: toHost(bind) }),
    })
    return []
  } catch (error) {
    return [
      `${instanceFile} cannot be written, so commands do not find the port there: ${whyOf(error)}`,
    ]
  }
}

/** Where the agent works and where files to send may lie; without it the gateway runs, and says so. */
function ensureWorkspace(folder: string): string[] {
  try {
    makeFolder(folder, 0o700)
    return []
  } catch (error) {
    return [`the agent's folder cannot be made: ${whyOf(error)}`]
  }
}

function whyOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
