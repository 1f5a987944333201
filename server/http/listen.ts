// Binds the application to a port. Both ports are bound with the same options, so both behave alike.

import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http"
import type { AddressInfo } from "node:net"
import { createAdaptorServer, type WebSocketServerLike } from "@hono/node-server"
import { type ServerOptions as WebSocketOptions, WebSocketServer } from "ws"
import { LIMITS } from "#protocol"
import type { AdmissionPolicy } from "./admission.ts"
import type { App } from "./app.ts"
import { createDoor } from "./door.ts"

export interface HttpTimings {
  readonly headersTimeoutMs: number
  readonly keepAliveTimeoutMs: number
  /** What the other end of a WebSocket has to answer a close. */
  readonly closeTimeoutMs: number
  /** In each of which a client may ping so often (fault FR13). */
  readonly pingWindowMs: number
}

export interface ListenOptions {
  readonly app: App
  readonly policy: AdmissionPolicy
  readonly timings: HttpTimings
  /** 0 takes any free port. */
  readonly port: number
  readonly address: string
  readonly isStopping: () => boolean
}

export interface Listening {
  readonly port: number
  /** No new connection is taken; those that wait for a request are closed. Upgraded sockets stay. */
  stopAccepting(): void
}

const MAX_HEADER_BYTES = 16 * 1024

/** Rejects with the error of the listening socket, such as EADDRINUSE. */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { app, isStopping, policy, timings } = options
  const door = createDoor({ policy, isStopping, capacity: app.capacity })
  const webSocketOptions: WebSocketOptions & { readonly closeTimeout: number } = {
    noServer: true,
    maxPayload: LIMITS.maxPayloadBytes,
    maxFragments: LIMITS.maxFragments,
    perMessageDeflate: false,
    autoPong: false,
    closeTimeout: timings.closeTimeoutMs,
    clientTracking: false,
  }
  const webSocketServer = new WebSocketServer(webSocketOptions)
  const server = createAdaptorServer({
    fetch: app.fetch,
    // The door stands before the adaptor, which would answer some odd requests by itself.
    createServer: ((serverOptions: ServerOptions, listener: RequestListener) =>
      createServer(serverOptions, (request, response) => {
        if (!door.turnAway(request, response)) listener(request, response)
      })) as typeof createServer,
    serverOptions: {
      headersTimeout: timings.headersTimeoutMs,
      requestTimeout: timings.headersTimeoutMs,
      // Node looks for late sockets only this often; its default of 30 s would make 10 s into 40.
      connectionsCheckingInterval: Math.max(1, Math.round(timings.headersTimeoutMs / 10)),
      keepAliveTimeout: timings.keepAliveTimeoutMs,
      maxHeaderSize: MAX_HEADER_BYTES,
      shouldUpgradeCallback: door.opensFor,
    },
    // The adaptor describes what it needs of ws in types of its own, which ws fulfils.
    websocket: {
      server: webSocketServer as unknown as WebSocketServerLike,
    },
  }) as Server
  server.on("connection", app.capacity.opened)
  server.on("request", (request) => app.capacity.identified(request.socket))
  await bind(server, options.port, options.address)
  return {
    port: (server.address() as AddressInfo).port,
    stopAccepting() {
      server.close()
      server.closeIdleConnections()
    },
  }
}

function bind(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, address, () => {
      server.off("error", reject)
      // Such as EMFILE: the open connections go on.
      server.on("error", () => undefined)
      resolve()
    })
  })
}
