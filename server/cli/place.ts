// The place of a gateway: its port and its state folder. With `--force` whoever has them is told to leave
// and waited for (rule D2, fault CL14).

import type { InboundMessage } from "../channels/channel.ts"
import type { Config } from "../config/config.ts"
import type { Timings } from "../config/timings.ts"
import { type Clock, pause } from "../host/clock.ts"
import { FatalError, OperatorError } from "../host/errors.ts"
import { readInstance } from "../host/instance-file.ts"
import { freePort } from "../host/port.ts"
import type { Store } from "../store/store.ts"
import { StateInUseError, StateUnusableError } from "../store/unusable.ts"
import { anotherListens } from "./start-text.ts"

const LOCK_POLL_MS = 100

export interface PlaceParts {
  readonly config: {
    readonly gateway: Pick<Config["gateway"], "bind" | "port">
    readonly paths: Pick<Config["paths"], "instanceFile" | "stateDir">
  }
  readonly force: boolean
  readonly timings: Pick<Timings["cli"], "forceWaitMs" | "lsofTimeoutMs">
  readonly clock: Clock
  /** One line about what is waited for. */
  readonly say: (line: string) => void
  /** Tests bring their own. */
  readonly freePort?: typeof freePort
  /** Opens the state, or throws as `openStore` does. */
  readonly open: () => Store<InboundMessage>
}

/**
 * The state of the gateway, which is locked then; undefined where `signal` aborts first.
 *
 * @throws FatalError if somebody else stays, OperatorError for a state that cannot be used.
 */
export async function takePlace(
  parts: PlaceParts,
  signal: AbortSignal,
): Promise<Store<InboundMessage> | undefined> {
  const { clock, config, force, say, timings } = parts
  const { forceWaitMs, lsofTimeoutMs } = timings
  // One who leaves takes the file away before it gives back the lock.
  const before = readInstance(config.paths.instanceFile)
  // One deadline for the port and the state.
  const deadline = clock.monotonic() + (force ? forceWaitMs : 0)
  if (force) {
    const { bind: host, port } = config.gateway
    await (parts.freePort ?? freePort)(port, {
      host,
      waitMs: forceWaitMs,
      timeoutMs: lsofTimeoutMs,
      clock,
      say,
      signal,
    })
  }
  let said = false
  while (!signal.aborted) {
    const store = tryToOpen(parts.open)
    if (!(store instanceof StateInUseError)) return store
    const holder = readInstance(config.paths.instanceFile) ?? before
    const who = holder === undefined ? "another process" : `pid ${holder.pid}`
    const leftMs = deadline - clock.monotonic()
    if (leftMs <= 0) {
      const held = { who, port: holder?.port, waitedMs: force ? forceWaitMs : 0 }
      throw new FatalError(explainLock(config, held), { cause: store })
    }
    if (!said) say(`waiting up to ${toSeconds(leftMs)} for the state folder, held by ${who}`)
    said = true
    await pause(clock, Math.min(LOCK_POLL_MS, leftMs), signal)
  }
  return undefined
}

function tryToOpen(open: PlaceParts["open"]): Store<InboundMessage> | StateInUseError {
  try {
    return open()
  } catch (error) {
    if (error instanceof StateInUseError) return error
    if (error instanceof StateUnusableError)
      throw new OperatorError(error.message, { cause: error })
    throw error
  }
}

interface Holding {
  readonly who: string
  /** Where it listens, if that is known. */
  readonly port: number | undefined
  /** How long it was waited for. */
  readonly waitedMs: number
}

function explainLock({ gateway, paths }: PlaceParts["config"], held: Holding): string {
  const { port, waitedMs, who } = held
  if (waitedMs > 0) {
    return `state directory ${paths.stateDir} is still in use by ${who} after ${toSeconds(waitedMs)}; end it yourself`
  }
  if (port === gateway.port) return anotherListens(gateway.bind, port, who)
  return `state directory ${paths.stateDir} in use by ${who}; a state directory has one gateway`
}

function toSeconds(ms: number): string {
  return `${Math.ceil(ms / 1_000)} s`
}
