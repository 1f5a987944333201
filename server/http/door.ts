// The one judge of every request, for pages and upgrades alike and before anything else looks at it: may it
// come in at this moment?

import type { IncomingMessage, ServerResponse } from "node:http"
import {
  type AdmissionPolicy,
  asksForWebSocket,
  findRefusal,
  type Knock,
  type Refusal,
} from "./admission.ts"
import type { Capacity } from "./capacity.ts"

export interface Door {
  /** True for a WebSocket that may come in. What may not is answered like any other request. */
  opensFor(request: IncomingMessage): boolean
  /** Answers a request that may not come in, and says whether it did. */
  turnAway(request: IncomingMessage, response: ServerResponse): boolean
}

export interface DoorParts {
  readonly policy: AdmissionPolicy
  readonly capacity: Capacity
  readonly isStopping: () => boolean
}

export function createDoor({ capacity, isStopping, policy }: DoorParts): Door {
  function judge(request: IncomingMessage): Refusal | undefined {
    if (isStopping()) {
      return { status: 503, text: "the gateway is stopping", headers: { "Retry-After": "5" } }
    }
    const knock = toKnock(request)
    const refusal = findRefusal(knock, policy)
    if (refusal !== undefined || !asksForWebSocket(knock)) return refusal
    const full = capacity.refusal(request.socket)
    return full === undefined
      ? undefined
      : { status: 503, text: full, headers: { "Retry-After": "1" } }
  }

  return {
    opensFor: (request) => asksForWebSocket(toKnock(request)) && judge(request) === undefined,
    turnAway(request, response) {
      const refusal = judge(request)
      if (refusal === undefined) return false
      const body = `${refusal.text}\n`
      response.writeHead(refusal.status, {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": Buffer.byteLength(body),
        Connection: "close",
        ...refusal.headers,
      })
      response.end(body)
      return true
    },
  }
}

function toKnock(request: IncomingMessage): Knock {
  return {
    method: request.method ?? "",
    target: request.url ?? "",
    rawHeaders: request.rawHeaders,
    remoteAddress: request.socket.remoteAddress,
  }
}
