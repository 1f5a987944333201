// Faults on demand. A fault at the "call" stage replaces the answer and nothing is applied; one at the
// "answer" stage lets the call take effect and then spoils what the client hears of it.

import type { ServerResponse } from "node:http"
import { badRequest, Refusal } from "./refusal.ts"

export type FaultStage = "call" | "answer"

export type Fault = {
  /** A Bot API method, "file" for downloads, or "*" for all. */
  readonly method: string
  readonly kind: FaultKind
  /** How many calls it meets; 1 when not given. */
  readonly times?: number
  /** Seconds, for "flood". */
  readonly retryAfter?: number
}

type Wire = { readonly response: ServerResponse; readonly body: string; readonly fault: Fault }
type Kind = { readonly stage: FaultStage; readonly perform: (wire: Wire) => void }

const KINDS = {
  unauthorized: refuse(() => new Refusal(401, "Unauthorized")),
  blocked: refuse(() => new Refusal(403, "Forbidden: bot was blocked by the user")),
  kicked: refuse(() => new Refusal(403, "Forbidden: bot was kicked from the supergroup chat")),
  conflict: refuse(
    () =>
      new Refusal(
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
      ),
  ),
  flood: refuse(
    ({ retryAfter = 1 }) =>
      new Refusal(429, `Too Many Requests: retry after ${retryAfter}`, { retry_after: retryAfter }),
  ),
  "chat-not-found": refuse(() => badRequest("chat not found")),
  "bad-entities": refuse(() =>
    badRequest('can\'t parse entities: Unsupported start tag "lab" at byte offset 0'),
  ),
  "server-error": refuse(() => new Refusal(500, "Internal Server Error")),
  "bad-gateway": refuse(() => new Refusal(502, "Bad Gateway")),
  html: {
    stage: "call",
    perform: ({ response }) => {
      response.writeHead(502, { "content-type": "text/html" })
      response.end("<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>")
    },
  },
  /** No answer at all, until the client gives up or the lab stops. */
  hang: { stage: "call", perform: () => undefined },
  /** The connection is reset; nothing was applied. */
  reset: { stage: "call", perform: ({ response }) => response.socket?.resetAndDestroy() },
  /** The server closes its side of the connection without an answer; nothing was applied. */
  "half-close": { stage: "call", perform: ({ response }) => response.socket?.end() },
  /** Applied; the connection closes in the middle of an answer of known length. */
  cut: {
    stage: "answer",
    perform: ({ response, body }) => {
      const bytes = Buffer.from(body)
      response.writeHead(200, {
        "content-type": "application/json",
        "content-length": bytes.length,
      })
      response.write(bytes.subarray(0, bytes.length >> 1), () => response.socket?.destroySoon())
    },
  },
  /** Applied; the same for an answer of unknown length, which clients notice in another way. */
  "cut-chunked": {
    stage: "answer",
    perform: ({ response, body }) => {
      response.writeHead(200, { "content-type": "application/json" })
      response.write(body.slice(0, body.length >> 1), () => response.socket?.destroySoon())
    },
  },
  /** Applied; the answer is complete as HTTP, but its JSON stops in the middle. */
  "half-json": {
    stage: "answer",
    perform: ({ response, body }) => {
      response.writeHead(200, { "content-type": "application/json" })
      response.end(body.slice(0, body.length >> 1))
    },
  },
  /** Applied; the connection closes before any answer. */
  lost: { stage: "answer", perform: ({ response }) => response.socket?.destroy() },
} as const satisfies Readonly<Record<string, Kind>>

export type FaultKind = keyof typeof KINDS
export const FAULT_KINDS = Object.keys(KINDS) as readonly FaultKind[]

export function performFault(wire: Wire): void {
  const { perform }: Kind = KINDS[wire.fault.kind]
  perform(wire)
}

/** Thrown into a poll that already waits when a fault is meant for it. */
export class FaultInterrupt extends Error {
  readonly fault: Fault

  constructor(fault: Fault) {
    super(`Interrupted by the fault "${fault.kind}".`)
    this.name = "FaultInterrupt"
    this.fault = fault
  }
}

export type Faults = ReturnType<typeof createFaults>

export function createFaults() {
  let queue: { readonly fault: Fault; left: number }[] = []

  return {
    add(fault: Fault): void {
      queue.push({ fault, left: fault.times ?? 1 })
    },

    /** Uses up one count of the oldest fault for this method, if that one belongs to this stage. */
    take(method: string, stage: FaultStage): Fault | undefined {
      const oldest = queue.find(({ fault }) => fault.method === method || fault.method === "*")
      if (oldest === undefined || KINDS[oldest.fault.kind].stage !== stage) return undefined
      oldest.left -= 1
      queue = queue.filter(({ left }) => left > 0)
      return oldest.fault
    },

    list(): (Fault & { readonly left: number })[] {
      return queue.map(({ fault, left }) => ({ ...fault, left }))
    },

    reset(): void {
      queue = []
    },
  }
}

function refuse(toRefusal: (fault: Fault) => Refusal): Kind {
  return {
    stage: "call",
    perform: ({ response, fault }) => {
      const refusal = toRefusal(fault)
      response.writeHead(refusal.code, { "content-type": "application/json" })
      response.end(refusal.toBody())
    },
  }
}
