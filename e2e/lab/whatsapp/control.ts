// The people's side over HTTP, so that a test in another process, or a human with curl, can play it. A port of its own: the
// faults of the lab do not touch it.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { ROUTES } from "./control-routes.ts"
import { DeadlineError } from "./events.ts"
import type { WhatsappLab } from "./lab.ts"

export async function startControl(lab: WhatsappLab, { port = 0 } = {}) {
  const server = createServer((request, response) => void answer(lab, request, response))
  // A client may reuse an idle connection at any time, so the lab never closes one by itself.
  server.keepAliveTimeout = 0
  server.listen(port, "127.0.0.1")
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve)
    server.once("error", reject)
  })
  return {
    /** No trailing slash. */
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop(): Promise<void> {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      return closed
    },
  }
}

async function answer(
  lab: WhatsappLab,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const left = new AbortController()
  response.once("close", () => left.abort())
  try {
    const url = new URL(request.url ?? "/", "http://lab")
    const key = `${request.method} ${url.pathname}`
    const route = Object.hasOwn(ROUTES, key) ? ROUTES[key] : undefined
    if (route === undefined) return write(response, 404, { error: `There is no ${key}.` })
    const body = await text(request)
    const result = await route(lab, { body, query: url.searchParams, signal: left.signal })
    write(response, 200, result)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    write(response, error instanceof DeadlineError ? 504 : 400, { error: reason })
  }
}

function write(response: ServerResponse, status: number, value: unknown): void {
  if (response.destroyed) return
  response.writeHead(status, { "content-type": "application/json" })
  response.end(JSON.stringify(value, asText))
}

/** A file stands in an answer as Base64; the protobuf message would only repeat it with its keys. */
function asText(key: string, value: unknown): unknown {
  if (key === "message") return undefined
  const bytes = value as { readonly type?: unknown; readonly data?: unknown } | null
  if (typeof bytes === "object" && bytes?.type === "Buffer" && Array.isArray(bytes.data)) {
    return Buffer.from(bytes.data).toString("base64")
  }
  return value
}
