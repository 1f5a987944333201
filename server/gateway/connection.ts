// One client, from the open socket to the closed one: awaiting hello, open, closed.

import {
  CLOSE,
  type Close,
  type DecodedText,
  decodeText,
  encodeFrame,
  findJsonFlaw,
  type Hello,
  type HelloOk,
  LIMITS,
} from "#protocol"
import type { Clock, Timer } from "../host/clock.ts"
import { createDeadline } from "../host/deadline.ts"
import type { Logger } from "../host/logger.ts"
import { judgeHello, SHUTTING_DOWN, showsToken } from "./handshake.ts"
import { createHeartbeat } from "./heartbeat.ts"
import { createOutbound } from "./outbound.ts"
import type { PreparedEvent } from "./prepared-event.ts"
import type { Socket, SocketListener } from "./socket.ts"
import type { TokenGuard } from "./token-guard.ts"

export interface ConnectionTimings {
  readonly helloTimeoutMs: number
  /** From a close that the client does not answer to the end of the socket. */
  readonly closeGraceMs: number
  readonly slowCloseMs: number
  readonly stalledAfterMs: number
  readonly invalidFramesWindowMs: number
  readonly pingIntervalMs: number
  /** What the second unanswered ping in a row is given. */
  readonly pingGraceMs: number
}

export type ConnectionState =
  | { readonly at: "awaiting-hello"; readonly deadline: Timer }
  /** Its hello is judged later; what followed it is kept until then. */
  | { readonly at: "waiting-for-judgement"; readonly timer: Timer; readonly followed: string[] }
  | { readonly at: "open"; readonly hello: Hello }
  | { readonly at: "closed" }

export interface ConnectionParts {
  readonly connId: string
  readonly socket: Socket
  readonly clock: Clock
  readonly log: Logger
  readonly timings: ConnectionTimings
  readonly token: string | undefined
  readonly tokenGuard: TokenGuard
  readonly isShuttingDown: () => boolean
  /** hello-ok for this connection, from what is known at this moment. */
  readonly greet: (protocol: number) => HelloOk
  readonly on: ConnectionListener
}

export interface ConnectionListener {
  /** Its hello was accepted and hello-ok is the next frame: nothing may be sent from here. */
  opened(connection: Connection, hello: Hello): void
  /** A well-formed JSON value that arrived after hello. */
  frame(connection: Connection, value: unknown): void
  /** A frame that was not decoded, but can be answered under its id. */
  refused(connection: Connection, id: string, problem: string): void
  closed(connection: Connection): void
  /** The socket is gone, whether or not the connection was ever open. */
  gone(connection: Connection): void
}

export interface Connection {
  readonly connId: string
  readonly remoteAddress: string | undefined
  readonly state: ConnectionState
  /** Who the client says it is; undefined before its hello and after the end. */
  readonly client: Hello["client"] | undefined
  /** Aborts when the connection is over. */
  readonly gone: AbortSignal
  readonly caps: ReadonlySet<string>
  /** Ids of requests that have no final answer yet. */
  readonly openRequests: Set<string>
  /** Runs whose events this client wants although it lacks the capability for all. */
  readonly followedRuns: Set<string>
  /** Sends a response, which is encoded already. */
  respond(text: string): void
  event(prepared: PreparedEvent): void
  /** Counts a frame that broke the rules; too many in a while close the connection (rule R4). */
  noteInvalidFrame(): void
  /** Resolves when everything that was sent has left, or will not. */
  flushed(): Promise<void>
  /** Another token counts now: ends unless its hello would be accepted again (rule H3). */
  tokenChanged(): void
  /** The gateway has no more to do with this client. */
  dismiss(close: Close): void
  /** The gateway stops; a client that has not said hello yet is told so. */
  shutDown(): void
}

export function createConnection(parts: ConnectionParts): {
  connection: Connection
  listener: SocketListener
} {
  const { clock, connId, log, on, socket, timings } = parts
  let state: ConnectionState = {
    at: "awaiting-hello",
    deadline: createDeadline(clock, timings.helloTimeoutMs, () => {
      refuse("handshake timeout", CLOSE.handshakeTimeout)
    }),
  }
  let invalidFrames: number[] = []
  const openRequests = new Set<string>()
  const followedRuns = new Set<string>()
  let caps: ReadonlySet<string> = new Set()
  const gone = new AbortController()

  const outbound = createOutbound({
    socket,
    clock,
    stalledAfterMs: timings.stalledAfterMs,
    onSlow: (waitingBytes) => {
      log.warn("a client does not keep up and is disconnected", { connId, waitingBytes })
      end(CLOSE.slowConsumer, timings.slowCloseMs)
    },
  })

  const heartbeat = createHeartbeat({
    clock,
    intervalMs: timings.pingIntervalMs,
    graceMs: timings.pingGraceMs,
    ping: () => socket.ping(),
    dead: () => {
      log.debug("a client vanished", { connId })
      socket.terminate()
    },
  })

  const connection: Connection = {
    connId,
    remoteAddress: socket.remoteAddress,
    get state() {
      return state
    },
    get client() {
      return state.at === "open" ? state.hello.client : undefined
    },
    gone: gone.signal,
    get caps() {
      return caps
    },
    openRequests,
    followedRuns,
    respond(text) {
      if (state.at === "open") outbound.frame(text)
    },
    event(prepared) {
      if (state.at === "open") outbound.event(prepared)
    },
    noteInvalidFrame() {
      const since = clock.monotonic() - timings.invalidFramesWindowMs
      invalidFrames = [...invalidFrames.filter((at) => at > since), clock.monotonic()]
      if (invalidFrames.length < LIMITS.maxInvalidFrames) return
      log.warn("a client sends too many invalid frames and is disconnected", { connId })
      end(CLOSE.tooManyInvalidFrames)
    },
    flushed: () => outbound.flushed(),
    tokenChanged() {
      if (state.at === "open" && !showsToken(state.hello, parts.token)) end(CLOSE.unauthorized)
    },
    dismiss: (close) => end(close),
    shutDown() {
      if (state.at !== "open" && state.at !== "closed") sendDirectly(SHUTTING_DOWN)
      end(CLOSE.serviceRestart)
    },
  }

  function end(close: Close, graceMs: number = timings.closeGraceMs): void {
    if (state.at === "closed") return
    leave()
    socket.close(close.code, close.reason)
    clock.after(graceMs, () => socket.terminate())
  }

  /** Everything of the connection but its socket is over. */
  function leave(): void {
    const before = state
    state = { at: "closed" }
    if (before.at === "awaiting-hello") before.deadline.cancel()
    if (before.at === "waiting-for-judgement") before.timer.cancel()
    outbound.stop()
    heartbeat.stop()
    gone.abort()
    if (before.at === "open") on.closed(connection)
  }

  function refuse(reason: string, close: Close): void {
    sendDirectly({ type: "hello-error", code: "INVALID_REQUEST", reason })
    end(close)
  }

  /** Before hello-ok there is no queue: at most this one frame is sent. */
  function sendDirectly(frame: Parameters<typeof encodeFrame>[0]): void {
    socket.send(encodeFrame(frame), () => undefined)
  }

  function receive(text: string): void {
    if (state.at === "awaiting-hello") receiveHello(text, state.deadline)
    else if (state.at === "waiting-for-judgement") state.followed.push(text)
    else if (state.at === "open") receiveFrame(text)
  }

  /** Judges it, later if somebody has been guessing. */
  function receiveHello(text: string, deadline: Timer): void {
    deadline.cancel()
    const { delayMs } = parts.tokenGuard
    if (delayMs === 0) {
      judge(text)
      return
    }
    const followed: string[] = []
    const timer = clock.after(delayMs, () => {
      judge(text, delayMs)
      for (const each of followed) receive(each)
    })
    state = { at: "waiting-for-judgement", timer, followed }
  }

  function judge(text: string, delayedByMs?: number): void {
    const judged = judgeHello(decodeText(text), {
      token: parts.token,
      shuttingDown: parts.isShuttingDown(),
      delayedByMs,
    })
    if (!judged.ok) {
      if (judged.isGuess) {
        log.warn("a client has a wrong token", { connId, from: socket.remoteAddress ?? "loopback" })
        parts.tokenGuard.noteWrong()
      }
      log.debug("refused a hello", { connId, reason: judged.error.reason })
      sendDirectly(judged.error)
      end(judged.close)
      return
    }
    state = { at: "open", hello: judged.hello }
    caps = new Set(judged.hello.caps)
    socket.admitted()
    // In one step with the greeting, so that nothing can come before it; the snapshot shows the newcomer.
    on.opened(connection, judged.hello)
    outbound.greet(parts.greet(judged.protocol))
  }

  function receiveFrame(text: string): void {
    const decoded = decodeText(text)
    if (!decoded.ok) {
      receiveUndecoded(decoded)
    } else if (isHello(decoded.value)) {
      end(CLOSE.alreadyConnected)
    } else {
      on.frame(connection, decoded.value)
    }
  }

  function receiveUndecoded(undecoded: Extract<DecodedText, { ok: false }>): void {
    if (undecoded.problem === "malformed JSON") end(CLOSE.malformedJson)
    else if (undecoded.id === undefined) end(CLOSE.tooDeep)
    else on.refused(connection, undecoded.id, undecoded.problem)
  }

  return {
    connection,
    listener: {
      alive(mark) {
        heartbeat.alive()
        outbound.read(mark)
      },
      receiving() {
        heartbeat.alive()
        outbound.receiving()
      },
      message(text) {
        heartbeat.alive()
        receive(text)
      },
      closed() {
        if (state.at !== "closed") leave()
        on.gone(connection)
      },
    },
  }
}

function isHello(value: unknown): boolean {
  return typeof value === "object" && value !== null && "type" in value && value.type === "hello"
}

/** The problem of a value that no schema should look at, or undefined (rule R2). */
export function describeFlaw(value: unknown): string | undefined {
  const flaw = findJsonFlaw(value)
  return flaw && `${flaw.path}: ${flaw.problem}`
}
