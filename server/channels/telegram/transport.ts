// HTTP to the Bot API by Node's own client. It notices when an answer is cut, knows whether a connection
// was made at all, and goes through a proxy. Redirects are not followed: they would carry the token along.

import http, { type ClientRequest, type IncomingMessage } from "node:http"
import https from "node:https"
import { pipeline, type Readable } from "node:stream"
import type { ApiClientOptions } from "grammy"
import { quote } from "#protocol"
import type { Clock } from "../../host/clock.ts"
import { createDeadline } from "../../host/deadline.ts"
import { createServiceClock } from "../service-clock.ts"
import type { Route } from "./proxy.ts"

/** The service surely has nothing of the request. The message is for people and holds no secret. */
export class NotSent extends Error {
  override readonly name = "NotSent"
}

/** The connection ended in the middle. The message is for people and holds no secret. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost"
}

export interface Download {
  readonly status: number
  /** To be read to its end, or left; else the connection stays taken. */
  readonly body: AsyncIterable<Uint8Array>
}

export interface Transport {
  /** For grammY, in the form in which it calls the fetch that it brings. */
  readonly fetch: NonNullable<ApiClientOptions["fetch"]>
  download(url: string, signal: AbortSignal): Promise<Download>
  /** What the service's clock says now, as far as its answers told. */
  serviceNow(): number | undefined
  /** Closes the connections that are kept for the next request. */
  close(): void
}

export interface TransportOptions {
  readonly clock: Clock
  readonly route: Route
  /** For a connection to be made, encryption and proxy included. */
  readonly connectTimeoutMs: number
  /** Trusted instead of what Node trusts, for tests. */
  readonly ca?: string
}

interface Exchange {
  readonly method?: string
  readonly headers?: http.OutgoingHttpHeaders
  readonly body?: string | Readable
  /** grammY's signals are not of Node's make. */
  readonly signal: Pick<AbortSignal, "aborted"> & {
    addEventListener(type: "abort", listener: () => void): void
    removeEventListener(type: "abort", listener: () => void): void
  }
}

const MAX_ANSWER_BYTES = 64 * 1024 * 1024
/** How long a connection is kept for the next request. */
const IDLE_MS = 15_000

export function createTransport(options: TransportOptions): Transport {
  const { route, ca } = options
  const proxied = route.by === "proxy"
  const common = {
    keepAlive: true,
    timeout: IDLE_MS,
    ...(proxied && { proxyEnv: { HTTP_PROXY: route.url, HTTPS_PROXY: route.url } }),
  }
  const plain = new http.Agent(common)
  const secure = new https.Agent({ ...common, ...(ca !== undefined && { ca }) })
  const serviceClock = createServiceClock(options.clock)

  async function exchange(url: string, how: Exchange): Promise<IncomingMessage> {
    if (route.by === "nothing") throw new NotSent(route.why)
    const { method, headers } = how
    const init = { ...(method && { method }), ...(headers && { headers }) }
    const request = url.startsWith("https:")
      ? https.request(url, { ...init, agent: secure })
      : http.request(url, { ...init, agent: plain })
    const response = await settle(request, how, options)
    if (!proxied || response.statusCode !== 407) {
      serviceClock.told(Date.parse(response.headers.date ?? ""))
      return response
    }
    response.resume()
    throw new NotSent(`the proxy ${route.name} refused (407)`)
  }

  async function call(url: string, how: Exchange) {
    const response = await exchange(url, how)
    const { statusCode = 0 } = response
    if (statusCode >= 300 && statusCode < 400) {
      response.resume()
      throw new Error("The service redirects.")
    }
    return { json: async (): Promise<unknown> => JSON.parse(await readText(response, route)) }
  }

  return {
    fetch: call as unknown as Transport["fetch"],
    async download(url, signal) {
      const response = await exchange(url, { signal })
      return { status: response.statusCode ?? 0, body: response }
    },
    serviceNow: serviceClock.now,
    close() {
      plain.destroy()
      secure.destroy()
    },
  }
}

/** Sends the body and waits for the head of the answer; what aborts later still ends the answer's body. */
function settle(
  request: ClientRequest,
  { body, signal }: Exchange,
  { clock, route, connectTimeoutMs }: TransportOptions,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const isSecure = request.protocol === "https:"
  let connected = false
  const fail = (error: Error, why = codeOf(error)) => {
    reject(connected ? toLost(why, route) : toNotSent(error, why, route))
  }
  const end = (why: string) => {
    const error = new Error(why)
    patience.cancel()
    // While a tunnel is being made, the request would tell of its end only after that.
    fail(error, why)
    request.destroy(error)
  }
  const abort = () => end("given up")
  const patience = createDeadline(clock, connectTimeoutMs, () => end("too slow"))
  const reached = () => {
    connected = true
    patience.cancel()
  }
  request.once("socket", (socket) => {
    // A tunnel is complete, with its encryption, when the request gets it.
    const isTunnel = route.by === "proxy" && isSecure
    if (request.reusedSocket || isTunnel) reached()
    else socket.once(isSecure ? "secureConnect" : "connect", reached)
  })
  request.once("response", resolve)
  // More than one may come; the later ones change nothing.
  request.on("error", (error) => fail(error))
  request.once("close", () => {
    patience.cancel()
    signal.removeEventListener("abort", abort)
  })
  signal.addEventListener("abort", abort)
  if (signal.aborted) abort()
  if (body === undefined || typeof body === "string") request.end(body)
  // A body that fails ends the request, and the other way round; the request tells of both.
  else pipeline(body, request, () => undefined)
  return promise
}

async function readText(response: IncomingMessage, route: Route): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > MAX_ANSWER_BYTES) throw new Error("The answer is too long.")
      chunks.push(chunk)
    }
  } catch (error) {
    throw toLost(codeOf(error), route)
  }
  return Buffer.concat(chunks).toString()
}

function toLost(why: string, route: Route): ConnectionLost {
  return new ConnectionLost(`connection lost${throughOf(route)} (${why})`)
}

function toNotSent(error: Error, why: string, route: Route): NotSent {
  // Node says it in a sentence only.
  const status =
    why === "ERR_PROXY_TUNNEL" ? / HTTP\/\d\.\d (\d{3})/.exec(error.message)?.[1] : undefined
  if (route.by === "proxy" && status !== undefined) {
    return new NotSent(`the proxy ${route.name} refused (${status})`)
  }
  return new NotSent(`cannot connect${throughOf(route)} (${why})`)
}

function throughOf(route: Route): string {
  return route.by === "proxy" ? ` through the proxy ${route.name}` : ""
}

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined
  return typeof code === "string" ? quote(code) : "no reason given"
}
