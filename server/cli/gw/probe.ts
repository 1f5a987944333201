// A failed WebSocket does not say why. One plain HTTP request for the same upgrade does.

import { randomBytes } from "node:crypto"
import { request as httpRequest, type IncomingMessage } from "node:http"
import { request as httpsRequest } from "node:https"
import { quote } from "#protocol"

export type Probe =
  /** The system's word for why nobody could be reached: ECONNREFUSED, ENOTFOUND, … */
  | { readonly kind: "unreachable"; readonly code: string }
  /** Somebody answered that this connection is not wanted, in a line of text. */
  | { readonly kind: "refused"; readonly status: number; readonly text: string }
  /** Somebody else lives there. */
  | { readonly kind: "foreign"; readonly why: string }

/** What a gateway itself may answer before the upgrade. */
const REFUSALS = new Set([400, 403, 429, 431, 503])
const MAX_BODY = 1_024

export function probe(url: string, timeoutMs: number): Promise<Probe> {
  const { protocol, hostname, port, pathname } = new URL(url)
  const request = protocol === "wss:" ? httpsRequest : httpRequest
  return new Promise((resolve) => {
    const asked = request({
      hostname: hostname.replace(/^\[|\]$/g, ""),
      ...(port !== "" && { port }),
      path: pathname,
      agent: false,
      timeout: timeoutMs,
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": randomBytes(16).toString("base64"),
      },
    })
    function end(result: Probe): void {
      asked.destroy()
      resolve(result)
    }
    asked.on("timeout", () => end({ kind: "unreachable", code: "no answer" }))
    asked.on("error", (error) => end(fromError(error)))
    asked.on("upgrade", (_response, socket) => {
      socket.destroy()
      end({ kind: "foreign", why: "another WebSocket service" })
    })
    asked.on("response", (response) => {
      const status = response.statusCode ?? 0
      if (!REFUSALS.has(status)) return end({ kind: "foreign", why: `HTTP ${status}` })
      readLine(response).then(
        (text) => end({ kind: "refused", status, text }),
        () => end({ kind: "refused", status, text: "" }),
      )
    })
    asked.end()
  })
}

function fromError(error: Error): Probe {
  const code = "code" in error && typeof error.code === "string" ? error.code : error.message
  if (code.startsWith("HPE_")) return { kind: "foreign", why: "it does not speak HTTP" }
  return { kind: "unreachable", code }
}

async function readLine(response: IncomingMessage): Promise<string> {
  let text = ""
  response.setEncoding("utf8")
  for await (const chunk of response) {
    text += chunk
    if (text.length >= MAX_BODY) break
  }
  return quote(text.trim().split("\n", 1)[0] ?? "")
}
