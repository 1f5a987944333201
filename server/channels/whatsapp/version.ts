// Which version of WhatsApp Web the service takes today. Asked for only when it refuses the one we know
// (https://web.whatsapp.com/sw.js names the current revision).

import type { Clock } from "../../host/clock.ts"
import type { Logger } from "../../host/logger.ts"
import type { Fetch } from "./proxied-fetch.ts"

const ADDRESS = "https://web.whatsapp.com/sw.js"
const REVISION = /\\?"client_revision\\?":\s*([0-9]{6,15})/
const PATIENCE_MS = 5_000
const MAX_BYTES = 4 * 1024 * 1024

export type WebVersion = readonly [number, number, number]

export interface VersionParts {
  readonly clock: Clock
  readonly log: Logger
  readonly fetch: Fetch
}

/** The current version; undefined if it cannot be had, which leaves the one that is known. */
export async function fetchVersion(
  { clock, log, fetch }: VersionParts,
  signal: AbortSignal,
): Promise<WebVersion | undefined> {
  const late = new AbortController()
  const timer = clock.after(PATIENCE_MS, () => late.abort())
  try {
    const response = await fetch(ADDRESS, {
      signal: AbortSignal.any([signal, late.signal]),
      // Whoever asks without this is answered with a page instead.
      headers: { "sec-fetch-site": "none", "user-agent": "Mozilla/5.0 (X11; Linux x86_64)" },
    })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    const text = (await response.text()).slice(0, MAX_BYTES)
    const revision = REVISION.exec(text)?.[1]
    return revision === undefined ? undefined : [2, 3000, Number(revision)]
  } catch (error) {
    log.warn("could not learn WhatsApp's current version", {
      error: error instanceof Error ? error.message : String(error),
    })
    return undefined
  } finally {
    timer.cancel()
  }
}
