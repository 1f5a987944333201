// The one Hono application behind both ports: the page, what it needs to boot, and the WebSocket.

import { type HttpBindings, upgradeWebSocket } from "@hono/node-server"
import { serveStatic } from "@hono/node-server/serve-static"
import { Hono } from "hono"
import type { WebSocket } from "ws"
import type { Socket, SocketListener } from "../gateway/socket.ts"
import type { Clock } from "../host/clock.ts"
import { type AdmissionPolicy, findRemoteAddress } from "./admission.ts"
import { type Capacity, type CapacityParts, createCapacity } from "./capacity.ts"
import { attachSocket } from "./socket.ts"

export interface AppParts {
  readonly accept: (socket: Socket) => SocketListener
  /** What the page must know before it connects; no secret. */
  readonly boot: { readonly gatewayId: string; readonly version: string }
  /** Absolute path of the built page; undefined if it was never built. */
  readonly pageFolder: string | undefined
  readonly policy: AdmissionPolicy
  readonly capacity?: CapacityParts
  readonly clock: Pick<Clock, "monotonic">
  readonly pingWindowMs: number
}

type Routes = Hono<{ Bindings: HttpBindings }>

export interface App {
  readonly fetch: Routes["fetch"]
  /** Shared by all ports. */
  readonly capacity: Capacity
}

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ")

const NO_PAGE = "WebChat is not built. Run: pnpm build\n"

export function createApp(parts: AppParts): App {
  const app: Routes = new Hono()
  const capacity = createCapacity(parts.capacity)

  app.use(async (c, next) => {
    await next()
    c.header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    c.header("X-Content-Type-Options", "nosniff")
    c.header("X-Frame-Options", "DENY")
    c.header("Referrer-Policy", "no-referrer")
    c.header("Cross-Origin-Opener-Policy", "same-origin")
  })

  app.get(
    "/",
    upgradeWebSocket((c) => ({
      onOpen(_event, context) {
        const webSocket = context.raw as unknown as WebSocket
        const request = (c.env as HttpBindings).incoming
        const before = webSocket.listeners("message")
        capacity.upgraded(request.socket)
        attachSocket(webSocket, request.socket, {
          accept: parts.accept,
          admitted: () => capacity.identified(request.socket),
          remoteAddress: findRemoteAddress(
            { rawHeaders: request.rawHeaders, remoteAddress: request.socket.remoteAddress },
            parts.policy,
          ),
          clock: parts.clock,
          pingWindowMs: parts.pingWindowMs,
        })
        // The wrapper would make an event object of each message for nobody; its listener is added after this returns.
        queueMicrotask(() => dropListenersOfOthers(webSocket, before))
      },
    })),
  )

  app.get("/boot.json", (c) => c.json(parts.boot, 200, { "Cache-Control": "no-store" }))

  if (parts.pageFolder === undefined) {
    app.get("/", (c) => c.text(NO_PAGE, 503))
  } else {
    app.use(
      serveStatic({
        root: parts.pageFolder,
        precompressed: true,
        onFound: (path, c) => {
          c.header(
            "Cache-Control",
            path.includes("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
          )
        },
      }),
    )
  }
  app.notFound((c) => c.text("not found\n", 404))
  app.onError((_error, c) => c.text("internal error\n", 500))
  return { fetch: app.fetch, capacity }
}

function dropListenersOfOthers(webSocket: WebSocket, before: readonly unknown[]): void {
  const [ours] = webSocket.listeners("message").filter((listener) => !before.includes(listener))
  for (const listener of webSocket.listeners("message")) {
    if (listener !== ours) webSocket.off("message", listener as () => void)
  }
}
