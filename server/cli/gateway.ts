// `clawdis gateway`, the composition root: configuration, log, lock, store, parts, and the end of it all in order.

import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { PRESETS } from "../agent/acp/presets.ts"
import type { InboundMessage } from "../channels/channel.ts"
import { CHANNELS } from "../channels/index.ts"
import { type Config, loadConfig } from "../config/config.ts"
import { createFlagFiles } from "../config/flag-files.ts"
import { createLiveConfig } from "../config/live-config.ts"
import { createCalmLog } from "../host/calm-log.ts"
import { systemClock } from "../host/clock.ts"
import { FatalError, OperatorError } from "../host/errors.ts"
import { readInstance, removeInstance, writeInstance } from "../host/instance-file.ts"
import { createLog } from "../host/log.ts"
import type { Logger } from "../host/logger.ts"
import { makeFolder } from "../host/make-folder.ts"
import { ensureStateFolder } from "../host/paths.ts"
import { freePort } from "../host/port.ts"
import { wantsColor } from "../host/terminal.ts"
import { readVersion } from "../host/version.ts"
import { watchFile } from "../host/watch-file.ts"
import { openStore } from "../store/open-store.ts"
import type { Store } from "../store/store.ts"
import { StateInUseError, StateUnusableError } from "../store/unusable.ts"
import type { Assembled } from "./assemble.ts"
import type { GatewayInvocation } from "./invocation.ts"
import { startParts } from "./live-parts.ts"
import { listenForOrders } from "./orders.ts"
import { anotherListens, describeStart, explainWebchat, toHost } from "./start-text.ts"

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
  const readFlagFile = createFlagFiles({ say: (line) => void stderr.write(`${line}\n`) })
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
