// WhatsApp as a channel: the linked account, if there is one, and how one is linked and unlinked. There
// is never more than one connection: while an account is being linked, the linked one does not run.

import { type ChannelHealth, GatewayError } from "#protocol"
import type { Channel, ChannelParts, LinkOptions, LinkRequest } from "../channel.ts"
import { AREAS } from "./areas.ts"
import { createCredentialStore, type StoredDevice } from "./credentials.ts"
import type { Credentials, Library } from "./library.ts"
import {
  createLinkedAccount,
  type LinkedAccount,
  type LinkedAccountParts,
  type WhatsAppOptions,
} from "./linked-account.ts"
import { linkAccount } from "./linking.ts"
import { isForgotten, openMedia } from "./media.ts"
import type { WhatsAppSettings } from "./settings.ts"
import { fetchVersion } from "./version.ts"

/** Reads who is linked; nothing is loaded or connected before `start`. */
export async function createWhatsAppChannel(
  parts: ChannelParts<WhatsAppSettings>,
  options: WhatsAppOptions,
): Promise<Channel> {
  const { settings, clock, log, timings, vault, changed } = parts
  const stopping = new AbortController()
  const credentials = createCredentialStore({
    vault,
    clock,
    failed: (error) => log.error("could not save the credentials", { error: String(error) }),
  })
  let stored: StoredDevice = await credentials.read()
  let account: LinkedAccount | undefined = toAccount(stored)
  let linking: Promise<unknown> | undefined
  let started = false
  let skipped = 0
  let lastInboundAt: number | undefined

  function toAccount(device: StoredDevice): LinkedAccount | undefined {
    if (device.at !== "linked") return undefined
    const more: Omit<LinkedAccountParts, keyof WhatsAppOptions> = {
      parts,
      device: device.device,
      received() {
        lastInboundAt = clock.now()
      },
      skipped() {
        skipped += 1
      },
      loggedOut() {
        stored = { at: "none" }
      },
    }
    return createLinkedAccount({ ...options, ...more })
  }

  /** Refused for good: the credentials are kept, and open nothing. */
  const isRefused = () =>
    account?.health().state === "banned" && account.health().retryAt === undefined
  const isLinked = () => stored.at === "linked" && !isRefused()

  function health(): ChannelHealth {
    const authAgeMs = stored.at === "linked" ? Math.max(0, clock.now() - stored.savedAt) : null
    return {
      configured: settings.enabled,
      state: "off",
      ...(stored.at === "unreadable" && { state: "failed", lastError: stored.error.message }),
      ...account?.health(),
      linked: isLinked(),
      authAgeMs,
      ...(isLinked() && account !== undefined && { self: account.number }),
      ...(lastInboundAt !== undefined && { lastInboundAt }),
      skipped,
    }
  }

  function requireAccount(): LinkedAccount {
    if (account !== undefined && isLinked()) return account
    const banned = isRefused()
    const message = banned
      ? "WhatsApp refuses this account."
      : "WhatsApp is not linked. Run clawdis login."
    throw new GatewayError("NOT_LINKED", message, {
      retryable: false,
      ...(banned && { reason: "banned" }),
    })
  }

  async function link(request: LinkRequest, how: LinkOptions): Promise<{ self: string }> {
    if (linking !== undefined) {
      throw new GatewayError("UNAVAILABLE", "WhatsApp is being linked already.", {
        reason: "login_in_progress",
        retryable: true,
      })
    }
    const state = account?.health().state
    if (isLinked() && state !== "failed") {
      throw new GatewayError(
        "INVALID_REQUEST",
        `WhatsApp is linked already, as ${account?.number}. Run clawdis logout first.`,
        { reason: "already_linked", retryable: false },
      )
    }
    const work = linkAndStart(request, how)
    linking = work
    try {
      return await work
    } finally {
      linking = undefined
      changed()
    }
  }

  async function linkAndStart(request: LinkRequest, how: LinkOptions): Promise<{ self: string }> {
    const wouldTryAgain = account?.health().retryAt !== undefined
    await account?.stop()
    let device: Credentials
    try {
      device = await pair(request, how)
    } catch (error) {
      if (wouldTryAgain) run(toAccount(stored))
      throw error
    }
    // What an earlier account left is of no use to this one.
    if (stored.at !== "none") await credentials.retire()
    await vault.clear(AREAS.keys)
    credentials.save(device)
    await credentials.saved()
    stored = await credentials.read()
    const linked = toAccount(stored)
    if (linked === undefined) throw new Error("The new credentials cannot be read.")
    run(linked)
    return { self: linked.number }
  }

  function run(next: LinkedAccount | undefined): void {
    account = next
    if (started && !stopping.signal.aborted && settings.enabled) account?.start()
  }

  async function pair(request: LinkRequest, how: LinkOptions): Promise<Credentials> {
    const library: Library = await options.loadLibrary()
    return linkAccount(
      {
        library,
        clock,
        log,
        timings,
        version: settings.version,
        environment: parts.environment,
        fetchVersion: (signal) => fetchVersion({ clock, log, fetch: options.fetch }, signal),
      },
      request,
      { ...how, signal: AbortSignal.any([how.signal, stopping.signal]) },
    )
  }

  async function unlink() {
    const serviceTold = (await account?.logOut()) ?? false
    await account?.stop()
    account = undefined
    stored = { at: "none" }
    skipped = 0
    await credentials.saved().catch(() => undefined)
    await vault.clear(AREAS.credentials)
    await vault.clear(AREAS.keys)
    changed()
    return { serviceTold }
  }

  return {
    id: "whatsapp",
    health,
    async start() {
      if (started || stopping.signal.aborted) return
      started = true
      if (settings.enabled) account?.start()
    },
    async stop() {
      stopping.abort()
      await linking?.catch(() => undefined)
      await account?.stop()
    },
    restart: (error) => account?.restart(error),
    send: async (message, how) => requireAccount().send(message, how),
    showTyping: (chat, how) => account?.showTyping(chat, how),
    markRead: (messages) => account?.markRead(messages),
    async fetchMedia(media, signal) {
      const late = new AbortController()
      const timer = clock.after(timings.mediaTimeoutMs, () => late.abort())
      const hosts = (await account?.mediaHosts()) ?? []
      const over = AbortSignal.any([signal, late.signal, stopping.signal])
      try {
        const how = { fetch: options.fetch, hosts, signal: over }
        const file = await openMedia(media, how).catch(async (error: unknown) => {
          const reference = isForgotten(error)
            ? await account?.askAgain(media.reference, over)
            : undefined
          if (reference === undefined) throw error
          return openMedia({ ...media, reference }, how)
        })
        return until(file, () => timer.cancel())
      } catch (error) {
        timer.cancel()
        throw error
      }
    },
    linking: { link, unlink },
  }
}

/** The same stream; `ended` is called when it ends, however it ends. */
async function* until(file: AsyncIterable<Uint8Array>, ended: () => void) {
  try {
    yield* file
  } finally {
    ended()
  }
}
