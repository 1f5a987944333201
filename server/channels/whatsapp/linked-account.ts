// One linked account: its connection, supervised, what comes in and what goes out. It exists from the
// linking, or the start of the process, until the account is unlinked or the channel stops.

import { type ChannelHealth, GatewayError } from "#protocol"
import type {
  Channel,
  ChannelParts,
  OutboundMessage,
  SendOptions,
  SentMessage,
} from "../channel.ts"
import { settledOrAborted } from "../lanes.ts"
import { createServiceClock } from "../service-clock.ts"
import { type Attempt, createSupervisor, type Verdict } from "../supervise.ts"
import { createArrivals } from "./arrivals.ts"
import { createBoundedCache } from "./bounded-cache.ts"
import { type Deafness, keepConnection } from "./connection.ts"
import { createContacts } from "./contacts.ts"
import { type CredentialStore, createCredentialStore, type Device } from "./credentials.ts"
import { ConnectionEnd, forget, isLoggedOut, judge, NO_ENDS, remember } from "./disconnect.ts"
import { createEngine, type Engine } from "./engine.ts"
import { createGroups } from "./groups.ts"
import { createKeyStore } from "./keys.ts"
import type { Library } from "./library.ts"
import { logStray } from "./log-stray.ts"
import { askAgain } from "./media-retry.ts"
import { networkChange } from "./network.ts"
import type { Connection } from "./outgoing.ts"
import type { Fetch } from "./proxied-fetch.ts"
import { createReadReceipts } from "./read-receipts.ts"
import { type Account, readAccount } from "./reading.ts"
import { limitResends } from "./resend-limit.ts"
import { unsent } from "./send-failure.ts"
import { createSentStore } from "./sent.ts"
import type { WhatsAppSettings } from "./settings.ts"
import { createStorms } from "./storms.ts"
import { showTyping } from "./typing.ts"
import { fetchVersion, type WebVersion } from "./version.ts"

export interface WhatsAppOptions {
  readonly random: () => number
  /** Loads Baileys, or what stands in for it in tests. */
  readonly loadLibrary: () => Promise<Library>
  /** What tells one network from another. */
  readonly readNetwork: () => string
  readonly fetch: Fetch
}

export interface LinkedAccountParts extends WhatsAppOptions {
  readonly parts: ChannelParts<WhatsAppSettings>
  readonly device: Device
  readonly received: () => void
  readonly skipped: () => void
  /** The service took the account off this gateway; its credentials are set aside. */
  readonly loggedOut: () => void
}

type Health = Pick<ChannelHealth, "state" | "connectedAt" | "lastError" | "retryAt">

export interface LinkedAccount extends Required<Pick<Channel, "send" | "showTyping" | "markRead">> {
  readonly number: string
  health(): Health
  start(): void
  stop(): Promise<void>
  /** Makes the connection anew. */
  restart(error: Error): void
  /** Where the service keeps files, as far as it says so soon. */
  mediaHosts(): Promise<readonly string[]>
  /** The reference of a file that its host has forgotten, after the phone has uploaded it again. */
  askAgain(reference: string, signal: AbortSignal): Promise<string | undefined>
  /** Tells the service that this device leaves, if it is connected: whether it was told. */
  logOut(): Promise<boolean>
}

const CACHE_MAX_AGE_MS = 60 * 60_000
const DEVICES_MAX_AGE_MS = 5 * 60_000
const UNKNOWN_MAX_AGE_MS = 60_000
const ANSWER_MS = 5_000

export function createLinkedAccount(options: LinkedAccountParts): LinkedAccount {
  const { parts, device, random } = options
  const { settings, clock, log, timings, vault, changed } = parts
  const account: Account = readAccount(device.id, device.lid) ?? { number: device.id }
  const closing = new AbortController()
  const cut = new AbortController()
  const working = new Set<Promise<unknown>>()
  const deafness: Deafness = { times: 0 }
  const cache = (maxEntries: number, maxAgeMs = CACHE_MAX_AGE_MS) =>
    createBoundedCache({ clock, maxEntries, maxAgeMs })
  const caches = {
    retries: cache(10_000),
    groups: cache(200),
    devices: cache(2_000, DEVICES_MAX_AGE_MS),
    calls: cache(100),
    resends: limitResends(cache(500), clock),
  }
  const keys = createKeyStore({ vault, log, failed: breakOff })
  const credentialStore: CredentialStore = createCredentialStore({ vault, clock, failed: breakOff })
  const sent = createSentStore({ vault, clock, keepMs: timings.keepSentMs })
  const groups = createGroups({
    account,
    clock,
    cache: caches.groups,
    unknown: cache(500, UNKNOWN_MAX_AGE_MS),
  })
  const storms = createStorms(clock, log)
  const receipts = createReadReceipts(cache(5_000), log)
  const serviceClock = createServiceClock(clock)
  let ends = NO_ENDS
  let engine: Promise<Engine> | undefined
  let connection: Connection | undefined
  let version: WebVersion | undefined = settings.version
  let nextOpen = Promise.withResolvers<void>()

  const supervisor = createSupervisor({
    run: connect,
    judge: judgeEnd,
    clock,
    random,
    log,
    timings,
    changed,
    wake: (signal) =>
      networkChange({ clock, read: options.readNetwork, everyMs: timings.retryFirstMs }, signal),
  })

  /** What could not be written down must not be confirmed to the service: the connection ends first. */
  function breakOff(error: unknown): void {
    connection?.socket.destroy()
    supervisor.interrupt(error instanceof Error ? error : new Error(String(error)))
  }

  async function connect(attempt: Attempt): Promise<void> {
    const { library, deciphered, receiving } = await prepare()
    // The ones that the last connection brought come before the ones that the next one brings.
    const earlier = track(receiving.idle().then(() => receiving.takeLeftovers()))
    await settledOrAborted(earlier, attempt.signal)
    attempt.signal.throwIfAborted()
    if (ends.outdated > 0) {
      version =
        (await fetchVersion({ clock, log, fetch: options.fetch }, attempt.signal)) ?? version
    }
    const credentials = await credentialStore.load()
    if (credentials === undefined) throw new ConnectionEnd({ by: "service", code: 401 })
    attempt.signal.throwIfAborted()
    const ended = new AbortController()
    const arrivals = createArrivals({
      clock,
      patienceMs: timings.retryFirstMs,
      take: (message) => receiving.accept([message]),
    })
    try {
      await keepConnection(attempt, {
        library,
        options: {
          credentials,
          keys,
          version,
          environment: parts.environment,
          caches,
          connectTimeoutMs: timings.connectTimeoutMs,
          queryTimeoutMs: timings.queryTimeoutMs,
          linkCodeMs: timings.linkCodeMs,
          guard: deciphered.guard,
          ignores: storms.rages,
          findSent,
        },
        handlers: {
          stanza(stanza) {
            deciphered.watch(stanza)
            arrivals.came(stanza)
          },
          // Only while linking is a code shown.
          code: () => undefined,
          paired: () => undefined,
          time: serviceClock.told,
          credentialsChanged: () => credentialStore.save(credentials),
          messages(messages) {
            for (const message of messages) arrivals.done(message)
          },
          stray: (error) => logStray(log, error),
        },
        clock,
        timings,
        deafness,
        opened: (socket) => open({ socket, ended: ended.signal }),
        ended() {
          connection = undefined
          ended.abort()
        },
      })
    } catch (error) {
      if (error instanceof ConnectionEnd && isLoggedOut(error.end)) await setAside()
      throw error
    } finally {
      arrivals.release()
      await credentialStore.saved().catch(breakOff)
    }
  }

  function open(opened: Connection): void {
    ends = forget(ends)
    connection = opened
    nextOpen.resolve()
    nextOpen = Promise.withResolvers()
    void track(forgetOld())
  }

  async function forgetOld(): Promise<void> {
    const { deciphered } = await prepare()
    await deciphered.trim()
    await sent.trim().catch((error: unknown) => {
      log.warn("could not forget old messages", { error: String(error) })
    })
  }

  async function setAside(): Promise<void> {
    await credentialStore.retire()
    options.loggedOut()
  }

  function judgeEnd(error: unknown): Verdict {
    if (error instanceof GatewayError) {
      return error.reason === "state_damaged"
        ? { next: "stop", state: "failed", message: error.message }
        : { next: "retry", message: error.message }
    }
    if (!(error instanceof ConnectionEnd)) {
      const message = error instanceof Error ? error.message : String(error)
      return { next: "retry", message }
    }
    ends = remember(ends, error.end, clock.monotonic())
    return judge(error.end, ends, timings)
  }

  function prepare(): Promise<Engine> {
    engine ??= options.loadLibrary().then((library) =>
      createEngine(library, {
        parts,
        device,
        account,
        contacts: createContacts(keys),
        groups,
        sent,
        storms,
        connection: () => connection,
        nextConnection,
        why: () => supervisor.health().lastError,
        closing: closing.signal,
        cut: cut.signal,
        track: (work) => void track(work),
        serviceNow: serviceClock.now,
        received(message, key) {
          receipts.remember(message, key)
          options.received()
        },
        skipped: options.skipped,
      }),
    )
    engine.catch(() => {
      engine = undefined
    })
    return engine
  }

  async function findSent(id: string) {
    const [{ library }, row] = await Promise.all([prepare(), sent.find(id)])
    return row && library.decodeBody(row.body)
  }

  async function nextConnection(signal: AbortSignal): Promise<Connection | undefined> {
    while (connection === undefined && !signal.aborted) {
      await settledOrAborted(nextOpen.promise, signal)
    }
    return signal.aborted ? undefined : connection
  }

  /** Never rejects: what it waits for is a courtesy. */
  async function within(waitMs: number, work: Promise<unknown> | undefined): Promise<void> {
    if (work === undefined) return
    const late = new AbortController()
    const timer = clock.after(waitMs, () => late.abort())
    await settledOrAborted(work, late.signal)
    timer.cancel()
    work.catch((error: unknown) => log.debug("a question failed", { error: String(error) }))
  }

  function track<Result>(work: Promise<Result>): Promise<Result> {
    const tracked = work.finally(() => working.delete(tracked))
    working.add(tracked)
    return tracked
  }

  async function send(message: OutboundMessage, how: SendOptions): Promise<SentMessage> {
    const { lastError } = supervisor.health()
    if (connection === undefined) {
      const message = `WhatsApp is not connected${lastError === undefined ? "." : `: ${lastError}`}`
      throw unsent("not_connected", message, 5 * timings.retryFirstMs)
    }
    const { outgoing } = await prepare()
    return outgoing.send(message, how)
  }

  return {
    number: account.number,
    health: () => supervisor.health(),
    start: () => supervisor.start(),
    restart: (error) => supervisor.interrupt(error),
    send: (message, how) => track(send(message, how)),
    showTyping(chat, { signal }) {
      if (connection === undefined) return
      const socket = () => connection?.socket
      const until = AbortSignal.any([signal, closing.signal])
      void track(showTyping({ clock, timings, log, socket }, chat, until))
    },
    markRead(messages) {
      const { socket } = connection ?? {}
      if (settings.readReceipts && socket !== undefined) void track(receipts.send(socket, messages))
    },
    async mediaHosts() {
      let hosts: readonly string[] = []
      const asking = connection?.socket.mediaHosts().then((told) => {
        hosts = told
      })
      await within(ANSWER_MS, asking)
      return hosts
    },
    async askAgain(reference, signal) {
      if (connection === undefined) return undefined
      const until = AbortSignal.any([signal, closing.signal])
      return track(askAgain({ clock, log, waitMs: timings.ackMs }, connection, reference, until))
    },
    async logOut() {
      let told = false
      const telling = connection?.socket.logOut().then(() => {
        told = true
      })
      await within(ANSWER_MS, telling)
      return told
    },
    async stop() {
      closing.abort()
      // Cutting off a message that is on its way would make its outcome unknown without need.
      const patience = clock.after(timings.lastSendsMs, () => cut.abort())
      await settledOrAborted(Promise.allSettled(working), cut.signal)
      patience.cancel()
      cut.abort()
      await supervisor.stop()
      // What still waited for an answer of the service has none now.
      await Promise.allSettled(working)
      const started = await engine?.catch(() => undefined)
      await started?.receiving.idle()
    },
  }
}
