// Links an account: shows codes until one is used on the phone. What is made meanwhile exists in memory
// only, until the service says that the account has this device.

import { GatewayError } from "#protocol"
import { type Clock, pause } from "../../host/clock.ts"
import type { Logger } from "../../host/logger.ts"
import type { ChannelTimings, LinkOptions, LinkRequest } from "../channel.ts"
import { settledOrAborted } from "../lanes.ts"
import { createBoundedCache } from "./bounded-cache.ts"
import type { End } from "./disconnect.ts"
import type { KeyChanges, KeyStore } from "./keys.ts"
import type { Credentials, Library, Socket } from "./library.ts"
import { logStray } from "./log-stray.ts"
import type { WebVersion } from "./version.ts"

const MAX_CODES = 6
const MAX_CONNECTIONS = 4
const GOODBYE_MS = 1_000
/** From the use of a code to the service's wish for a new connection. */
const PAIRING_MS = 10_000

export interface LinkingParts {
  readonly library: Library
  readonly clock: Clock
  readonly log: Logger
  readonly timings: Pick<
    ChannelTimings,
    "connectTimeoutMs" | "keepAliveMs" | "queryTimeoutMs" | "linkCodeMs" | "retryFirstMs"
  >
  readonly version: WebVersion | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  /** A version that the service takes, after it refused ours. */
  readonly fetchVersion: (signal: AbortSignal) => Promise<WebVersion | undefined>
}

type Result =
  | { readonly at: "paired"; readonly credentials: Credentials }
  | { readonly at: "ended"; readonly end: End }

/** Resolves with the credentials of the device that the account now has. */
export async function linkAccount(
  parts: LinkingParts,
  request: LinkRequest,
  { signal, progress }: LinkOptions,
): Promise<Credentials> {
  let { version } = parts
  let codes = 0
  for (let connections = 1; ; connections += 1) {
    const result = await tryToLink({
      ...parts,
      request,
      signal,
      version,
      paired: () => progress({ state: "linking" }),
      show(code, shownMs) {
        codes += 1
        progress({ state: "code", ...code, expiresAt: parts.clock.now() + shownMs })
      },
    })
    if (result.at === "paired") return result.credentials
    if (signal.aborted) throw aborted()
    const { end } = result
    const outdated = end.by === "service" && end.code === 405
    if (end.by === "service" && !outdated && end.code < 500) throw refused(end.code)
    if (codes >= MAX_CODES || (codes > 0 && request.method === "code")) throw expired()
    if (connections >= MAX_CONNECTIONS) throw codes > 0 ? expired() : unreachable(end)
    if (outdated) version = await parts.fetchVersion(signal)
    await pause(parts.clock, parts.timings.retryFirstMs, signal)
    if (signal.aborted) throw aborted()
  }
}

interface Try extends LinkingParts {
  readonly request: LinkRequest
  readonly signal: AbortSignal
  readonly paired: () => void
  readonly show: (
    code: { readonly qr: string } | { readonly code: string },
    shownMs: number,
  ) => void
}

/** Always ends the connection. Codes of a connection belong to its credentials, so each has its own. */
async function tryToLink(parts: Try): Promise<Result> {
  const { clock, library, log, request, signal, timings } = parts
  const credentials = library.createCredentials()
  const closed = Promise.withResolvers<End>()
  const pairing = new AbortController()
  const silence = new AbortController()
  let shown = 0
  let asked = false

  async function showCodeFor(phone: string): Promise<void> {
    if (asked) return
    asked = true
    try {
      const code = await socket.requestPairingCode(phone)
      parts.show({ code: `${code.slice(0, 4)}-${code.slice(4)}` }, MAX_CODES * timings.linkCodeMs)
    } catch (error) {
      log.warn("no code to link with", { error: String(error) })
      silence.abort()
    }
  }

  const socket: Socket = library.connect({
    credentials,
    keys: createKeysInMemory(),
    version: parts.version,
    environment: parts.environment,
    ...timings,
    caches: createCaches(clock),
    guard: (repository) => repository,
    ignores: () => false,
    findSent: async () => undefined,
    handlers: {
      heard: () => listen(),
      stanza: () => undefined,
      code(qr) {
        shown += 1
        timer.cancel()
        if (request.method === "code") void showCodeFor(request.phone)
        // The library ends by itself when the service's codes are used up.
        else if (shown <= MAX_CODES) parts.show({ qr }, timings.linkCodeMs)
        else silence.abort()
      },
      paired() {
        pairing.abort()
        parts.paired()
      },
      opened: () => undefined,
      time: () => undefined,
      caughtUp: () => undefined,
      credentialsChanged: () => undefined,
      messages: () => undefined,
      stray: (error) => logStray(log, error),
      closed: closed.resolve,
    },
  })
  let timer = clock.after(timings.connectTimeoutMs, () => silence.abort())
  /** A service that says nothing before the first code is given up. */
  function listen(): void {
    timer.cancel()
    if (shown === 0) timer = clock.after(timings.connectTimeoutMs, () => silence.abort())
  }

  const over = AbortSignal.any([signal, pairing.signal, silence.signal])
  await settledOrAborted(closed.promise, over)
  timer.cancel()
  if (pairing.signal.aborted) {
    const late = new AbortController()
    const patience = clock.after(PAIRING_MS, () => late.abort())
    await settledOrAborted(closed.promise, late.signal)
    patience.cancel()
  }
  await end(socket, closed.promise, clock)
  if (pairing.signal.aborted) return { at: "paired", credentials }
  return { at: "ended", end: await closed.promise }
}

async function end(socket: Socket, closed: Promise<End>, clock: Clock): Promise<void> {
  socket.end()
  const patience = clock.after(GOODBYE_MS, () => socket.destroy())
  await closed
  patience.cancel()
}

function createKeysInMemory(): KeyStore {
  const rows = new Map<string, unknown>()
  return {
    async get(kind, ids) {
      const found: Record<string, unknown> = {}
      for (const id of ids) {
        const row = rows.get(`${kind}:${id}`)
        if (row !== undefined) found[id] = row
      }
      return found
    },
    async set(changes: KeyChanges) {
      for (const [kind, values] of Object.entries(changes)) {
        for (const [id, value] of Object.entries(values ?? {})) rows.set(`${kind}:${id}`, value)
      }
    },
  }
}

function createCaches(clock: Clock) {
  const cache = () => createBoundedCache({ clock, maxEntries: 10, maxAgeMs: 60_000 })
  return {
    retries: cache(),
    groups: cache(),
    devices: cache(),
    calls: cache(),
    resends: cache(),
  }
}

function aborted(): GatewayError {
  return new GatewayError("UNAVAILABLE", "The login was cancelled.", {
    reason: "aborted",
    retryable: true,
  })
}

function expired(): GatewayError {
  return new GatewayError("UNAVAILABLE", "No code was used in time. Run clawdis login again.", {
    reason: "login_expired",
    retryable: true,
  })
}

function refused(code: number): GatewayError {
  return new GatewayError("UNAVAILABLE", `WhatsApp refused the login (${code}).`, {
    reason: "login_refused",
    retryable: false,
    details: { providerCode: code },
  })
}

function unreachable(end: End): GatewayError {
  const cause = "cause" in end ? `: ${end.cause}` : ""
  return new GatewayError("UNAVAILABLE", `WhatsApp is out of reach${cause}.`, {
    reason: "not_connected",
    retryable: true,
  })
}
