// The page's one socket: boot.json, hello, watchdog and back-off around the protocol's client.
// At most one socket is alive at any time, and after a refusal nothing connects by itself.

import {
  CLOSE,
  type ClientSignal,
  createProtocolClient,
  type EventFrame,
  GatewayError,
  type Hello,
  type HelloError,
  type HelloOk,
  type MethodName,
  type MethodParams,
  type MethodResult,
  OLDEST_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
  type ProtocolClient,
  type RequestOptions,
} from "#protocol"
import { backoffMs } from "./backoff.ts"

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Runs `action` once, later; the result cancels it. */
  after(delayMs: number, action: () => void): () => void
}

export interface Socket {
  send(text: string): void
  close(code: number, reason: string): void
}

export interface SocketListener {
  opened(): void
  received(text: string): void
  /** Comes once, also when the socket never opened. */
  closed(code: number, reason: string): void
}

export interface Boot {
  readonly gatewayId: string
  readonly version: string
}

export type LinkState =
  | { readonly at: "booting" }
  | { readonly at: "connecting"; readonly since: number }
  | {
      readonly at: "unauthorised"
      readonly why: "missing" | "wrong" | "throttled"
      readonly retryAt: number | undefined
    }
  | {
      readonly at: "incompatible"
      readonly reason: string
      /** The version that the gateway wants, if it said so. */
      readonly expected: number | undefined
    }
  | { readonly at: "ready"; readonly helloOk: HelloOk }
  | {
      readonly at: "offline"
      readonly since: number
      /** Missing while an attempt is under way. */
      readonly retryAt: number | undefined
      /** How the last attempt ended; missing when nobody answered at all. */
      readonly why?: string
    }
  | {
      readonly at: "restarting"
      readonly since: number
      readonly retryAt: number | undefined
      readonly reason: string
    }

export interface GatewayParts {
  readonly clock: Clock
  readonly random: () => number
  readonly isVisible: () => boolean
  readonly openSocket: (listener: SocketListener) => Socket
  readonly fetchBoot: (signal: AbortSignal) => Promise<Boot>
  readonly client: Hello["client"]
  readonly caps: readonly string[]
  /** Asked anew before each hello. */
  readonly locale: () => string
  readonly on: GatewayListener
}

export interface GatewayListener {
  /** Who answers at this address, before anything is said to it. False: this is another gateway, do not connect. */
  booted(boot: Boot): boolean
  /** Asked anew before each hello. */
  token(): string | undefined
  state(state: LinkState): void
  event(frame: EventFrame): void
  /** So many events were lost. */
  gap(lost: number): void
}

/** What a store needs of the gateway. */
export interface Requests {
  request<M extends MethodName>(
    method: M,
    params: MethodParams<M>,
    options?: RequestOptions<M>,
  ): Promise<MethodResult<M>>
}

export interface Gateway extends Requests {
  /** Connect now, whatever was being waited for. */
  connect(): void
  /** The page became visible, or the network came back. */
  wake(): void
  stop(): void
}

/**
 * After a line froze, the browser may ask through a connection that is as dead: the next try has another.
 * The first question of a page waits behind its scripts, and may take longer.
 */
const FIRST_BOOT_DEADLINE_MS = 2_500
const BOOT_DEADLINE_MS = 10_000
const HELLO_DEADLINE_MS = 10_000
/** A restart that takes longer is an outage like any other. */
const MAX_RESTART_MS = 30_000

interface Outage {
  readonly since: number
  readonly why?: string
  /** Set when the gateway said goodbye. */
  readonly restart: { readonly reason: string; readonly expectedMs: number | undefined } | undefined
}

/** One attempt to connect, from boot.json to the close of its socket. */
interface Attempt {
  client: ProtocolClient | undefined
  socket: Socket | undefined
  ready: boolean
  lastFrameAt: number
  readonly boot: AbortController
  cancelTimer: () => void
}

export function createGateway(parts: GatewayParts): Gateway {
  const { clock, on } = parts
  let current: Attempt | undefined
  let outage: Outage | undefined
  let failures = 0
  let waiting: { readonly notBefore: number; readonly cancel: () => void } | undefined
  let booted = false
  /** Looks at once whether the line is still alive. */
  let recheck: (() => void) | undefined

  function connect(): void {
    abandon("connecting anew", CLOSE.normal)
    waiting?.cancel()
    waiting = undefined
    const attempt: Attempt = {
      client: undefined,
      socket: undefined,
      ready: false,
      lastFrameAt: clock.now(),
      boot: new AbortController(),
      cancelTimer: clock.after(bootDeadlineMs(), () => attempt.boot.abort()),
    }
    current = attempt
    on.state(stateWhileTrying())
    parts.fetchBoot(attempt.boot.signal).then(
      (boot) => {
        if (current === attempt) open(attempt, boot)
      },
      () => {
        if (current === attempt) lost(undefined, 0)
      },
    )
  }

  function bootDeadlineMs(): number {
    if (!booted) return BOOT_DEADLINE_MS
    return Math.min(BOOT_DEADLINE_MS, FIRST_BOOT_DEADLINE_MS * 2 ** Math.max(0, failures - 1))
  }

  function open(attempt: Attempt, boot: Boot): void {
    attempt.cancelTimer()
    if (!on.booted(boot)) {
      stop()
      return
    }
    booted = true
    if (outage === undefined) on.state({ at: "connecting", since: clock.now() })
    const token = on.token()
    const client = createProtocolClient({
      hello: {
        minProtocol: OLDEST_PROTOCOL_VERSION,
        maxProtocol: PROTOCOL_VERSION,
        client: parts.client,
        caps: [...parts.caps],
        locale: parts.locale(),
        ...(token !== undefined && { auth: { token } }),
      },
      send: (text) => attempt.socket?.send(text),
      on: (signal) => {
        if (current === attempt) hear(attempt, signal, token !== undefined)
      },
    })
    attempt.client = client
    attempt.cancelTimer = clock.after(HELLO_DEADLINE_MS, () => {
      lost("no answer to hello", 0, CLOSE.handshakeTimeout)
    })
    attempt.socket = parts.openSocket({
      opened: () => {
        if (current === attempt) client.opened()
      },
      received: (text) => {
        if (current !== attempt) return
        attempt.lastFrameAt = clock.now()
        client.receive(text)
      },
      closed: (code, reason) => {
        if (current !== attempt) return
        attempt.socket = undefined
        ended({ code, reason }, token !== undefined)
      },
    })
  }

  function hear(attempt: Attempt, signal: ClientSignal, hadToken: boolean): void {
    switch (signal.kind) {
      case "ready":
        becomeReady(attempt, signal.helloOk)
        return
      case "refused":
        refused(signal.helloError, hadToken)
        return
      case "gap":
        on.gap(signal.lost)
        return
      case "garbage":
        lost(signal.problem, 0)
        return
      case "event":
        if (signal.frame.event === "shutdown") shuttingDown(signal.frame.payload)
        on.event(signal.frame)
        return
      default:
        signal satisfies never
    }
  }

  function becomeReady(attempt: Attempt, helloOk: HelloOk): void {
    attempt.cancelTimer()
    attempt.ready = true
    outage = undefined
    failures = 0
    watch(attempt, 2 * helloOk.policy.tickIntervalMs)
    on.state({ at: "ready", helloOk })
  }

  // Timers sleep with the machine, so the time that passed is asked of the clock (rule E3).
  function watch(attempt: Attempt, silenceMs: number): void {
    const left = attempt.lastFrameAt + silenceMs - clock.now()
    if (left <= 0) {
      lost("tick timeout", 0, CLOSE.tickTimeout)
      return
    }
    attempt.cancelTimer = clock.after(left, () => watch(attempt, silenceMs))
    recheck = () => {
      attempt.cancelTimer()
      watch(attempt, silenceMs)
    }
  }

  function shuttingDown(payload: { reason: string; restartExpectedMs?: number | undefined }): void {
    const { reason, restartExpectedMs } = payload
    outage = { since: clock.now(), restart: { reason, expectedMs: restartExpectedMs } }
    on.state(stateWhileTrying())
  }

  function refused(error: HelloError, hadToken: boolean): void {
    switch (error.code) {
      case "UNAUTHORIZED":
        halt(unauthorised(hadToken, error.retryAfterMs))
        return
      case "PROTOCOL_MISMATCH":
      case "INVALID_REQUEST":
        halt({ at: "incompatible", reason: error.reason, expected: error.expectedProtocol })
        return
      case "UNAVAILABLE":
        lost(error.reason, error.retryAfterMs ?? 0)
        return
      default:
        error.code satisfies never
    }
  }

  function ended(close: { code: number; reason: string }, hadToken: boolean): void {
    const isRefusal = (known: { code: number; reason: string }) =>
      close.code === known.code && close.reason === known.reason
    if (isRefusal(CLOSE.unauthorized)) halt(unauthorised(hadToken, undefined))
    else if (isRefusal(CLOSE.protocolMismatch)) {
      halt({ at: "incompatible", reason: close.reason, expected: undefined })
    } else {
      const why = close.reason === "" ? `close ${close.code}` : close.reason
      current?.client?.closed(why, close.code)
      lost(why, 0)
    }
  }

  function unauthorised(hadToken: boolean, retryAfterMs: number | undefined): LinkState {
    const retryAt = retryAfterMs === undefined ? undefined : clock.now() + retryAfterMs
    if (!hadToken) return { at: "unauthorised", why: "missing", retryAt: undefined }
    return { at: "unauthorised", why: retryAt === undefined ? "wrong" : "throttled", retryAt }
  }

  /** The end of connecting by itself: a person has to do something. */
  function halt(state: LinkState): void {
    abandon(state.at, CLOSE.normal)
    outage = undefined
    failures = 0
    on.state(state)
  }

  function lost(
    why: string | undefined,
    atLeastMs: number,
    close: { code: number; reason: string } = CLOSE.normal,
  ) {
    abandon(why ?? "unreachable", close)
    failures += 1
    const now = clock.now()
    const { restart, since } = outage ?? { since: now, restart: undefined }
    outage = { since, restart, ...(why !== undefined && { why }) }
    const backoff = backoffMs({ failures, visible: parts.isVisible(), random: parts.random })
    // Only the first wait after a goodbye is as long as the gateway asked for.
    const expected = failures === 1 ? (outage.restart?.expectedMs ?? 0) : 0
    const delay = Math.max(expected === 0 ? 0 : expected + backoff, atLeastMs, backoff)
    waiting = { notBefore: now + atLeastMs, cancel: clock.after(delay, connect) }
    on.state(stateOfOutage(outage, now + delay))
  }

  function stateWhileTrying(): LinkState {
    if (outage !== undefined) return stateOfOutage(outage, undefined)
    return booted ? { at: "connecting", since: clock.now() } : { at: "booting" }
  }

  function stateOfOutage({ since, restart, why }: Outage, retryAt: number | undefined): LinkState {
    const restarting = restart !== undefined && clock.now() - since < MAX_RESTART_MS
    return restarting
      ? { at: "restarting", since, retryAt, reason: restart.reason }
      : { at: "offline", since, retryAt, ...(why !== undefined && { why }) }
  }

  /** A close of a dead link can take minutes, so nobody waits for it. */
  function abandon(why: string, close: { code: number; reason: string }): void {
    const attempt = current
    if (attempt === undefined) return
    current = undefined
    recheck = undefined
    attempt.cancelTimer()
    attempt.boot.abort()
    const isForPeer = close.code === 1000 || close.code >= 3000
    attempt.socket?.close(isForPeer ? close.code : 1000, isForPeer ? close.reason : "")
    attempt.client?.closed(why)
  }

  function wake(): void {
    if (waiting !== undefined && clock.now() >= waiting.notBefore) connect()
    else recheck?.()
  }

  function stop(): void {
    waiting?.cancel()
    waiting = undefined
    abandon("stopped", CLOSE.normal)
  }

  return {
    connect,
    wake,
    stop,
    request(method, params, options) {
      if (current?.client === undefined || !current.ready) {
        return Promise.reject(
          new GatewayError("UNAVAILABLE", "The page is not connected.", {
            reason: "connection_lost",
          }),
        )
      }
      return current.client.request(method, params, options).result
    },
  }
}
