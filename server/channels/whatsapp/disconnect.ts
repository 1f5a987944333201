// What to do when a connection ends: the table of WhatsApp's codes, row by row. Nothing here ever
// throws credentials away; only 401 and 419 say that they are worth nothing any more.

import type { ChannelTimings } from "../channel.ts"
import type { Verdict } from "../supervise.ts"

/** How a connection ended. */
export type End =
  /** The service said so: a refused login or the end of a stream. */
  | {
      readonly by: "service"
      readonly code: number
      /** The service lets nobody in for so long. */
      readonly expiresInMs?: number
    }
  /** The library gave up: nothing came any more, or the handshake failed. */
  | { readonly by: "library"; readonly code?: number; readonly cause: string }
  /** The service could not be reached. Its codes are those of HTTP and mean nothing here. */
  | { readonly by: "network"; readonly cause: string }
  /** We ended it: it answered, and brought nothing. */
  | { readonly by: "deafness"; readonly times: number }

export class ConnectionEnd extends Error {
  override readonly name = "ConnectionEnd"
  readonly end: End

  constructor(end: End) {
    super(nameEnd(end))
    this.end = end
  }
}

/** What earlier ends of this process have to do with the next verdict. */
export interface EndMemory {
  /** Ends with 500 since the last connection that opened. */
  readonly badSessions: number
  /** Ends with 405 since then. */
  readonly outdated: number
  /** Ends with 440, each within a day of the one before it. */
  readonly replaced: number
  /** When the latest of these was, by a clock that nobody sets. */
  readonly replacedAt: number
}

export const NO_ENDS: EndMemory = { badSessions: 0, outdated: 0, replaced: 0, replacedAt: 0 }

const MAX_BAD_SESSIONS = 5
const MAX_DEAF = 2
/** A rival that comes back after longer than this gets another chance to leave. */
const RIVALRY_MS = 24 * 60 * 60_000

/** The account was taken off this gateway: its credentials open nothing any more. */
export function isLoggedOut(end: End): boolean {
  return end.by === "service" && (end.code === 401 || end.code === 419)
}

/** `now` is by a clock that nobody sets. */
export function remember(memory: EndMemory, end: End, now: number): EndMemory {
  if (end.by !== "service") return memory
  const { badSessions, outdated, replaced, replacedAt } = memory
  return {
    badSessions: badSessions + Number(end.code === 500),
    outdated: outdated + Number(end.code === 405),
    ...(end.code === 440
      ? { replaced: now - replacedAt < RIVALRY_MS ? replaced + 1 : 1, replacedAt: now }
      : { replaced, replacedAt }),
  }
}

/** A connection opened: what the service held against the earlier ones is settled, but for a rival. */
export function forget({ replaced, replacedAt }: EndMemory): EndMemory {
  return { ...NO_ENDS, replaced, replacedAt }
}

type Waits = Pick<
  ChannelTimings,
  "retryFirstMs" | "retryMaxMs" | "conflictFirstMs" | "stableAfterMs"
>

/** `memory` includes this end. */
export function judge(end: End, memory: EndMemory, waits: Waits): Verdict {
  if (end.by === "deafness") return judgeDeafness(end.times, waits)
  if (end.by !== "service") return { next: "retry", message: nameEnd(end) }
  const message = nameEnd(end)
  switch (end.code) {
    case 515:
      return { next: "restart", message: "restarting after pairing" }
    case 503:
      return { next: "retry", message, firstMs: waits.conflictFirstMs }
    case 500:
      return judgeBadSession(memory, waits)
    case 440:
      return judgeReplaced(memory, waits)
    case 401:
    case 419:
      return { next: "stop", state: "logged_out", message: "logged out — run clawdis login" }
    case 403:
    case 406:
      return { next: "stop", state: "banned", message: "account refused by WhatsApp" }
    case 402:
      return {
        next: "retry",
        state: "banned",
        message: "temporarily banned by WhatsApp",
        atLeastMs: end.expiresInMs ?? 120 * waits.retryMaxMs,
      }
    case 405:
      return judgeOutdated(memory, waits)
    case 409:
      return { next: "stop", state: "failed", message: "WhatsApp refuses this client (409)" }
    case 411:
      return {
        next: "stop",
        state: "failed",
        message: "WhatsApp wants this gateway linked anew — run clawdis login",
      }
    default:
      return { next: "retry", message }
  }
}

/** Tried with the version of the day, which may be one that the service takes again. */
function judgeOutdated({ outdated }: EndMemory, { retryMaxMs }: Waits): Verdict {
  if (outdated <= 1) {
    return { next: "restart", message: "client outdated — trying the current version" }
  }
  const message = "client outdated — update clawdis"
  return { next: "retry", state: "failed", message, atLeastMs: 720 * retryMaxMs }
}

function judgeBadSession({ badSessions }: EndMemory, { retryMaxMs }: Waits): Verdict {
  const message = "session error, re-link may be needed (500)"
  if (badSessions < MAX_BAD_SESSIONS) return { next: "retry", message }
  return { next: "retry", message, atLeastMs: 10 * retryMaxMs }
}

function judgeReplaced({ replaced }: EndMemory, { stableAfterMs }: Waits): Verdict {
  const message = "another client took over this WhatsApp session"
  if (replaced > 1) return { next: "stop", state: "replaced", message }
  return { next: "retry", state: "replaced", message, atLeastMs: stableAfterMs }
}

function judgeDeafness(times: number, { retryMaxMs }: Waits): Verdict {
  if (times <= MAX_DEAF) return { next: "restart", message: "WhatsApp answered but sent nothing" }
  return {
    next: "retry",
    state: "failed",
    message:
      "WhatsApp answers but delivers nothing, also over new connections. If it stays so, link the gateway again with: clawdis login.",
    atLeastMs: 20 * retryMaxMs,
  }
}

function nameEnd(end: End): string {
  switch (end.by) {
    case "service":
      return `WhatsApp ended the connection (${end.code}).`
    case "library":
      return `The connection was lost: ${end.cause}${end.code === undefined ? "" : ` (${end.code})`}.`
    case "network":
      return `WhatsApp is out of reach: ${end.cause}.`
    case "deafness":
      return "WhatsApp answered but sent nothing."
  }
}
