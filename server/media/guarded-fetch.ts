// Fetches a file from the web without being led into our own network: the name is resolved here, the address
// is judged, and the socket connects to just that address, again at every redirect.

import type { LookupAddress } from "node:dns"
import { type IncomingMessage, request as requestPlain } from "node:http"
import { request as requestSecure } from "node:https"
import { isIP, type LookupFunction } from "node:net"
import { finished } from "node:stream/promises"
import { GatewayError } from "#protocol"
import { refused, tooLarge, unavailable } from "./failure.ts"

const MAX_REDIRECTS = 5
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

export interface GuardedFetchParts {
  readonly maxBytes: number
  /** Hosts, in lower case, whose addresses are not judged. */
  readonly allowHosts: readonly string[]
  readonly lookup: (host: string) => Promise<readonly LookupAddress[]>
  readonly isPublic: (address: string) => boolean
}

export interface FetchedFile {
  /** Fails with `media_unavailable` when it is cut. */
  readonly body: AsyncIterable<Uint8Array>
  readonly mimeType: string | undefined
  /** The last part of the path it came from. */
  readonly name: string | undefined
}

/**
 * Rejects with `blocked_address` where it may not go, `media_too_large` for what is announced as larger than
 * the limit, `media_unavailable` when there is no file. `signal` ends it at any point, also the body.
 */
export type GuardedFetch = (url: URL, signal: AbortSignal) => Promise<FetchedFile>

export function createGuardedFetch(parts: GuardedFetchParts): GuardedFetch {
  const { maxBytes } = parts

  return async (first, signal) => {
    let url = first
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const response = await ask(url, signal, lookupFor(url))
      if (!isRedirect(response)) return toFile(response, url, maxBytes)
      response.destroy()
      url = targetOf(response, url)
    }
    throw unavailable("The file was redirected too often.", { retryable: false })
  }

  /** Throws for an address that may not be reached; gives what resolves a name to checked addresses only. */
  function lookupFor(url: URL): LookupFunction {
    if (!/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
      throw refused(
        "only http(s) without a password, or the absolute path of a file that may be sent",
        "unsupported",
      )
    }
    const host = url.hostname.replace(/\.$/, "")
    const isAllowed = parts.allowHosts.includes(host)
    const literal = host.replace(/^\[(.*)\]$/, "$1")
    // A socket looks no address up.
    if (isIP(literal) !== 0 && !isAllowed && !parts.isPublic(literal)) throw blocked()
    return (name, { all }, callback) => {
      parts
        .lookup(name)
        .then((addresses) => {
          const [only] = addresses
          if (only === undefined) throw new Error("the name has no address")
          // One address of ours among others is an attempt to get in.
          if (!isAllowed && !addresses.every(({ address }) => parts.isPublic(address))) {
            throw blocked()
          }
          if (all === true) callback(null, [...addresses])
          else callback(null, only.address, only.family)
        })
        .catch((error: NodeJS.ErrnoException) => callback(error, []))
    }
  }
}

function ask(url: URL, signal: AbortSignal, lookup: LookupFunction): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === "https:" ? requestSecure : requestPlain
    const request = start(url, {
      // A kept connection of somebody else would pass by the check.
      agent: false,
      lookup,
      signal,
      headers: { accept: "*/*", "accept-encoding": "identity", "user-agent": "clawdis" },
    })
    request.on("response", resolve)
    request.on("error", (error) => reject(toFailure(error, signal)))
    request.end()
  })
}

function isRedirect({ headers, statusCode = 0 }: IncomingMessage): boolean {
  return REDIRECTS.has(statusCode) && headers.location !== undefined
}

function targetOf({ headers }: IncomingMessage, base: URL): URL {
  const target = URL.parse(headers.location ?? "", base.href)
  if (target === null) throw unavailable("The file was redirected nowhere.", { retryable: false })
  return target
}

function toFile(response: IncomingMessage, url: URL, maxBytes: number): FetchedFile {
  const { headers, statusCode = 0 } = response
  const give = (error: GatewayError): never => {
    response.destroy()
    throw error
  }
  if (statusCode !== 200) {
    const retryable = statusCode >= 500 || statusCode === 429
    give(unavailable(`The file could not be fetched (HTTP ${statusCode}).`, { retryable }))
  }
  // What unfolds to any size is not asked for, and not taken.
  if ((headers["content-encoding"] ?? "identity") !== "identity") {
    give(unavailable("The file is sent compressed, unasked.", { retryable: false }))
  }
  if (Number(headers["content-length"] ?? 0) > maxBytes) give(tooLarge(maxBytes))
  return { body: read(response), mimeType: headers["content-type"], name: nameOf(url) }
}

async function* read(response: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response) yield chunk as Uint8Array
    await finished(response)
  } catch (error) {
    if (error instanceof GatewayError) throw error
    throw unavailable("The file was cut on its way.", { cause: error, retryable: true })
  } finally {
    response.destroy()
  }
}

function nameOf({ pathname }: URL): string | undefined {
  const last = pathname.split("/").at(-1) ?? ""
  try {
    return decodeURIComponent(last) || undefined
  } catch {
    // A name that is wrongly encoded is still a name.
    return last
  }
}

/** The reason of the abort is what its giver wants told. */
function toFailure(error: Error, signal: AbortSignal): GatewayError {
  if (signal.aborted && signal.reason instanceof GatewayError) return signal.reason
  if (error instanceof GatewayError) return error
  const why = "code" in error && typeof error.code === "string" ? ` (${error.code})` : ""
  return unavailable(`The file could not be fetched${why}.`, { cause: error, retryable: true })
}

function blocked(): GatewayError {
  return refused(
    "this address is not on the public internet; media.allowHosts can allow it",
    "blocked_address",
  )
}
