// Files through the proxy that the gateway's environment names. The runtime's own fetch would take that only
// as a setting of the whole process, and so for what is to be reached without it.

import type { IncomingMessage } from "node:http"
import { request } from "node:https"
import { Readable } from "node:stream"
import { createProxyAgent, type Environment } from "./proxy-agent.ts"

/** Asks with GET. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Neither from the proxy nor from behind it; whoever asks has deadlines of their own besides. */
const SILENCE_MS = 60_000

/** Through a proxy a redirection is given as it is, and never followed. */
export function createFetch(environment: Environment): Fetch {
  return async (url, init) => {
    const agent = createProxyAgent(environment, url)
    if (agent === undefined) return fetch(url, init)
    init.signal?.throwIfAborted()
    const { promise, reject, resolve } = Promise.withResolvers<Response>()
    const headers = Object.fromEntries(new Headers(init.headers))
    const asked = request(url, { agent, headers, timeout: SILENCE_MS })
    const stop = () => {
      // While the tunnel is not there yet nobody hears of the end of what it is for.
      reject(init.signal?.reason)
      asked.destroy()
    }
    init.signal?.addEventListener("abort", stop)
    asked.on("close", () => init.signal?.removeEventListener("abort", stop))
    asked.on("error", reject)
    asked.on("timeout", () => asked.destroy(new Error("nothing came any more")))
    asked.on("response", (answer) => {
      try {
        resolve(toResponse(answer))
      } catch (error) {
        answer.destroy()
        reject(error)
      }
    })
    asked.end()
    return promise
  }
}

/** Answers to which a body does not belong. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304])

/** Throws for a status that HTTP does not have. */
function toResponse(answer: IncomingMessage): Response {
  const { headers, statusCode: status = 502 } = answer
  const length = headers["content-length"]
  const init = { status, headers: length === undefined ? {} : { "content-length": length } }
  if (WITHOUT_BODY.has(status)) {
    answer.resume()
    return new Response(null, init)
  }
  return new Response(Readable.toWeb(answer) as ConstructorParameters<typeof Response>[0], init)
}
