// One connection of a command to the gateway: hello, then requests. There is no second way in; if the
// gateway cannot be reached, the command fails.

import {
  type AgentAck,
  createProtocolClient,
  type EventFrame,
  type GatewayError,
  type HelloError,
  type HelloOk,
  type MethodName,
  type MethodParams,
  type MethodResult,
  OLDEST_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
  quote,
  type RequestOptions,
} from "#protocol"
import { ClientFailure, noAnswer } from "./failure.ts"
import { type Probe, probe } from "./probe.ts"
import { waitFor } from "./wait.ts"

/** Where the gateway is and who asks, as the table of commands hands it over. */
export interface Link {
  /** `ws:` or `wss:`, without a user, a query or a fragment. */
  readonly url: string
  readonly token?: string
  /** Version of this program. */
  readonly version: string
  /** How long connecting may take, and then each request that does not say otherwise. */
  readonly timeoutMs: number
  /** Aborts with the error that the command shall fail with. */
  readonly signal: AbortSignal
}

export interface ConnectOptions {
  readonly caps?: readonly string[]
  readonly onEvent?: (frame: EventFrame) => void
  /** Events were lost. */
  readonly onGap?: (lost: number) => void
}

export interface GatewayConnection {
  readonly helloOk: HelloOk
  /** Rejects when the connection ends, and never resolves. */
  readonly lost: Promise<never>
  /** Rejects with the gateway's GatewayError, or with one of reason "connection_lost". */
  request<M extends MethodName>(
    method: M,
    params: MethodParams<M>,
    options?: RequestOptions<M>,
  ): Promise<MethodResult<M>>
  call(method: string, params: unknown, onAck?: (ack: AgentAck) => void): Promise<unknown>
  close(): void
}

/** Rejects with a ClientFailure. */
export async function connect(
  link: Link,
  options: ConnectOptions = {},
): Promise<GatewayConnection> {
  const { promise: ready, resolve: open, reject: refuse } = Promise.withResolvers<HelloOk>()
  const { promise: lost, reject: lose } = Promise.withResolvers<never>()
  // Both are raced with what waits; neither must count as unhandled when nothing does.
  ready.catch(ignore)
  lost.catch(ignore)

  const socket = new WebSocket(link.url)
  socket.binaryType = "arraybuffer"
  const life = watchLife(() => socket.close(4000, "tick timeout"))
  const client = createProtocolClient({
    hello: toHello(link, options.caps),
    send: (text) => socket.send(text),
    on(signal) {
      if (signal.kind === "ready") {
        life.expectEvery(signal.helloOk.policy.tickIntervalMs)
        open(signal.helloOk)
      } else if (signal.kind === "refused") refuse(toRefusal(signal.helloError))
      else if (signal.kind === "garbage") refuse(notAGateway(link.url, signal.problem))
      else if (signal.kind === "gap") options.onGap?.(signal.lost)
      else options.onEvent?.(signal.frame)
    },
  })
  let opened = false
  socket.addEventListener("open", () => {
    opened = true
    client.opened()
  })
  socket.addEventListener("message", ({ data }) => {
    life.seen()
    client.receive(typeof data === "string" ? data : new TextDecoder().decode(data))
  })
  socket.addEventListener("close", ({ code, reason }) => {
    life.stop()
    const why = reason === "" ? `code ${code}` : quote(reason)
    client.closed(why)
    lose(unreachable(link.url, `the connection was closed: ${why}`))
    if (opened) refuse(notAGateway(link.url, `it closed the connection: ${why}`))
    else void probe(link.url, link.timeoutMs).then((found) => refuse(toFailure(link.url, found)))
  })

  try {
    const helloOk = await waitFor(ready, {
      signal: link.signal,
      timeoutMs: link.timeoutMs,
      onTimeout: () => unreachable(link.url, `no answer within ${link.timeoutMs / 1_000} s`),
    })
    return {
      helloOk,
      lost,
      request: (method, params, requestOptions) =>
        Promise.race([client.request(method, params, requestOptions).result, lost]),
      call: (method, params, onAck) =>
        Promise.race([client.call(method, params, onAck).result, lost]),
      close: () => socket.close(1000),
    }
  } catch (error) {
    socket.close()
    throw error
  }
}

/** The request of a connection of its own: opened for it, closed after it. */
export async function withGateway<Result>(
  link: Link,
  use: (connection: GatewayConnection) => Promise<Result>,
): Promise<Result> {
  const connection = await connect(link)
  try {
    return await waitFor(use(connection), {
      signal: link.signal,
      timeoutMs: link.timeoutMs,
      onTimeout: () => noAnswer(link.timeoutMs),
    })
  } finally {
    connection.close()
  }
}

/** Whether a request failed because its connection did. */
export function isLost(error: unknown): error is ClientFailure | GatewayError {
  if (error instanceof ClientFailure) return error.kind === "unreachable"
  return error instanceof Error && "reason" in error && error.reason === "connection_lost"
}

function ignore(): void {
  return
}

function toHello({ token, version }: Link, caps: readonly string[] | undefined) {
  return {
    minProtocol: OLDEST_PROTOCOL_VERSION,
    maxProtocol: PROTOCOL_VERSION,
    client: { name: "clawdis", version, platform: process.platform, mode: "cli" },
    ...(caps !== undefined && { caps: [...caps] }),
    ...(token !== undefined && { auth: { token } }),
  }
}

function toRefusal({ code, reason, expectedProtocol }: HelloError): ClientFailure {
  const told = quote(reason)
  switch (code) {
    case "UNAUTHORIZED": {
      const more = told === "unauthorized" ? "" : ` (${told})`
      return new ClientFailure(
        "unauthorized",
        `unauthorized: set --token or CLAWDIS_GATEWAY_TOKEN${more}`,
      )
    }
    case "PROTOCOL_MISMATCH":
      return new ClientFailure(
        "incompatible",
        `protocol mismatch: this clawdis speaks ${PROTOCOL_VERSION}, the gateway ` +
          `${expectedProtocol ?? "another version"}; update the older one`,
      )
    case "UNAVAILABLE":
      return new ClientFailure("unreachable", `The gateway takes no connections: ${told}`)
    default:
      return new ClientFailure("incompatible", `The gateway refused the connection: ${told}`)
  }
}

function toFailure(url: string, found: Probe): ClientFailure {
  switch (found.kind) {
    case "unreachable":
      return unreachable(url, found.code)
    case "refused": {
      const text = found.text === "" ? "" : ` ${found.text}`
      return new ClientFailure(
        "unreachable",
        `The gateway at ${url} refused the connection (HTTP ${found.status}${text})`,
      )
    }
    case "foreign":
      return notAGateway(url, found.why)
    default:
      return found satisfies never
  }
}

function unreachable(url: string, why: string): ClientFailure {
  const isHere = /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(new URL(url).hostname)
  const hint = isHere
    ? "Start it with: clawdis gateway"
    : "Does it run there, and is the way to it open?"
  const message = `Gateway not reachable at ${url} (${why}). ${hint}`
  return new ClientFailure("unreachable", message)
}

function notAGateway(url: string, why: string): ClientFailure {
  return new ClientFailure("unreachable", `${url} is not a Clawdis gateway (${why})`)
}

/** A gateway that shows no sign of life for two ticks is gone, though its socket may not know (rule E3). */
function watchLife(onDead: () => void) {
  let timer: NodeJS.Timeout | undefined
  return {
    expectEvery(tickIntervalMs: number): void {
      timer = setTimeout(onDead, Math.min(2 * tickIntervalMs, 2 ** 31 - 1))
    },
    seen: (): void => void timer?.refresh(),
    stop: (): void => clearTimeout(timer),
  }
}
