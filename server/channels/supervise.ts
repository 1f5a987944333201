// Keeps one connection alive: one attempt at a time, a growing and jittered wait between attempts, and
// an end where only a person can help. There is one owner, so an attempt begins only after the one
// before it has fully ended.
//
//   off --start--> connecting --opened--> open
//                    ^    |                |
//                    |    +-- it ended <---+
//                    |          |-- retry: waiting, then connecting
//                    +----------|-- restart: at once
//                               +-- stop: replaced | logged_out | banned | failed, for good

import type { ChannelHealth } from "#protocol"
import { type Clock, pause, type Timer } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { ChannelTimings } from "./channel.ts"

const JITTER = 0.2
const LOGGED_ATTEMPTS = 10
const MAX_RESTARTS = 3
const RESTART_WINDOW_MS = 60_000
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** One connection, from the first call to the last. */
export interface Attempt {
  /** Grows by one with each attempt. */
  readonly generation: number
  /** Aborts when this attempt must end. */
  readonly signal: AbortSignal
  /** False once this attempt has ended or must end; what its connection still says is then ignored. */
  readonly current: boolean
  /** The service answers and messages can pass. */
  opened(): void
}

type Waiting = "waiting" | "banned" | "replaced" | "failed"

/** What to do about an attempt that ended; `message` is for people. */
export type Verdict =
  | {
      readonly next: "retry"
      readonly message: string
      /** How the wait is called. */
      readonly state?: Waiting
      readonly firstMs?: number
      readonly maxMs?: number
      /** The service said not to come back before. */
      readonly atLeastMs?: number
    }
  /** The service wants a new connection: at once and uncounted, unless it wants too many. */
  | { readonly next: "restart"; readonly message: string }
  | {
      readonly next: "stop"
      readonly message: string
      readonly state: "replaced" | "logged_out" | "banned" | "failed"
    }

type SupervisorState =
  | { readonly at: "off" }
  | { readonly at: "connecting" }
  | { readonly at: "open"; readonly since: number }
  | { readonly at: "waiting"; readonly as: Waiting; readonly retryAt: number }
  | { readonly at: "stopped"; readonly as: "replaced" | "logged_out" | "banned" | "failed" }

export interface SupervisorOptions {
  /**
   * Connects and stays until the connection ends, with nothing of it left when it settles. Any end that
   * was not asked for is a failure, so resolving counts as one too.
   */
  readonly run: (attempt: Attempt) => Promise<void>
  readonly judge: (error: unknown) => Verdict
  readonly clock: Clock
  /** From 0 to below 1. */
  readonly random: () => number
  readonly log: Logger
  readonly timings: Pick<ChannelTimings, "retryFirstMs" | "retryMaxMs" | "stableAfterMs">
  readonly changed: () => void
  /**
   * Resolves true when something changed that makes the next attempt worthwhile at once, such as the
   * network; false when `signal` aborts. Asked only during waits that nobody imposed.
   */
  readonly wake?: (signal: AbortSignal) => Promise<boolean>
}

export interface Supervisor {
  readonly state: SupervisorState
  health(): Pick<ChannelHealth, "state" | "connectedAt" | "lastError" | "retryAt">
  /** A second call does nothing. */
  start(): void
  /** Ends the current attempt; `error` is what will be judged, whatever the attempt itself says. */
  interrupt(error: Error): void
  /** Resolves when the last attempt has fully ended. */
  stop(): Promise<void>
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { run, judge, clock, random, log, timings, changed, wake } = options
  const stopping = new AbortController()
  let state: SupervisorState = { at: "off" }
  let lastError: string | undefined
  let current: { generation: number; controller: AbortController } | undefined
  let generation = 0
  /** Attempts that failed since the last stable connection. */
  let failures = 0
  let restarts: number[] = []
  let loop: Promise<void> | undefined

  async function keepConnected(): Promise<void> {
    while (!stopping.signal.aborted) {
      const verdict = limitRestarts(await attemptOnce())
      if (stopping.signal.aborted) break
      if (verdict.next === "stop") return giveUp(verdict)
      lastError = verdict.message
      if (verdict.next === "retry") await wait(verdict)
    }
    enter({ at: "off" })
  }

  async function attemptOnce(): Promise<Verdict> {
    const controller = new AbortController()
    const own = { generation: ++generation, controller }
    const end = () => controller.abort()
    let stable: Timer | undefined
    stopping.signal.addEventListener("abort", end)
    current = own
    enter({ at: "connecting" })
    const attempt: Attempt = {
      generation: own.generation,
      signal: controller.signal,
      get current() {
        return current === own && !controller.signal.aborted
      },
      opened() {
        if (!attempt.current || state.at === "open") return
        stable = clock.after(timings.stableAfterMs, forgetFailures)
        log.info("connected", { generation: own.generation })
        enter({ at: "open", since: clock.now() })
      },
    }
    try {
      await run(attempt)
      return judgeEnd(controller, new Error("The connection ended."))
    } catch (error) {
      return judgeEnd(controller, error)
    } finally {
      stable?.cancel()
      stopping.signal.removeEventListener("abort", end)
      controller.abort()
      current = undefined
    }
  }

  function judgeEnd({ signal }: AbortController, error: unknown): Verdict {
    const interrupted = signal.aborted && !stopping.signal.aborted
    return judge(interrupted ? signal.reason : error)
  }

  /** Back-off starts anew only after a connection that held; one that flaps would otherwise retry at full speed. */
  function forgetFailures(): void {
    failures = 0
    if (lastError === undefined) return
    lastError = undefined
    changed()
  }

  function limitRestarts(verdict: Verdict): Verdict {
    if (verdict.next !== "restart") return verdict
    const now = clock.monotonic()
    restarts = [...restarts.filter((at) => at > now - RESTART_WINDOW_MS), now]
    if (restarts.length <= MAX_RESTARTS) return verdict
    return { next: "retry", message: verdict.message }
  }

  async function wait(verdict: Verdict & { next: "retry" }): Promise<void> {
    failures += 1
    const delayMs = delayOf(verdict)
    if (failures <= LOGGED_ATTEMPTS || failures % LOGGED_ATTEMPTS === 0) {
      log.warn("not connected", { error: verdict.message, failures, retryInMs: delayMs })
    }
    enter({ at: "waiting", as: verdict.state ?? "waiting", retryAt: clock.now() + delayMs })
    const imposed = verdict.atLeastMs !== undefined
    await (imposed || wake === undefined
      ? pause(clock, delayMs, stopping.signal)
      : pauseUnlessWoken(delayMs, wake))
  }

  async function pauseUnlessWoken(
    delayMs: number,
    wakeUp: NonNullable<SupervisorOptions["wake"]>,
  ): Promise<void> {
    const over = new AbortController()
    const end = () => over.abort()
    stopping.signal.addEventListener("abort", end)
    const woken = wakeUp(over.signal).then(
      (changed) => {
        if (!changed) return
        failures = 0
        over.abort()
      },
      // A system without free files cannot tell of its network: the wait is as long as it is.
      (error: unknown) => log.debug("the network cannot be watched", { error: String(error) }),
    )
    await pause(clock, delayMs, over.signal)
    stopping.signal.removeEventListener("abort", end)
    over.abort()
    await woken
  }

  function delayOf(verdict: Verdict & { next: "retry" }): number {
    const { firstMs = timings.retryFirstMs, maxMs = timings.retryMaxMs, atLeastMs } = verdict
    const growing = Math.min(maxMs, firstMs * 2 ** (failures - 1))
    const backoffMs = Math.min(maxMs, growing * (1 - JITTER + 2 * JITTER * random()))
    // Never earlier than the service said, and not at the same moment as everybody else whom it told so.
    const toldMs = atLeastMs === undefined ? 0 : atLeastMs + firstMs * JITTER * random()
    return Math.min(LONGEST_TIMER_MS, Math.round(Math.max(backoffMs, toldMs)))
  }

  function giveUp(verdict: Verdict & { next: "stop" }): void {
    lastError = verdict.message
    log.error("gave up", { error: verdict.message, state: verdict.state })
    enter({ at: "stopped", as: verdict.state })
  }

  function enter(entered: SupervisorState): void {
    state = entered
    changed()
  }

  return {
    get state() {
      return state
    },
    health: () => ({
      ...healthOf(state),
      ...(lastError !== undefined && { lastError }),
    }),
    start() {
      if (stopping.signal.aborted) return
      loop ??= keepConnected()
    },
    interrupt(error) {
      current?.controller.abort(error)
    },
    async stop() {
      stopping.abort()
      await loop
    },
  }
}

function healthOf(
  state: SupervisorState,
): Pick<ChannelHealth, "state" | "connectedAt" | "retryAt"> {
  switch (state.at) {
    case "open":
      return { state: "open", connectedAt: state.since }
    case "waiting":
      return { state: state.as, retryAt: state.retryAt }
    case "stopped":
      return { state: state.as }
    default:
      return { state: state.at }
  }
}
