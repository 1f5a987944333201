// One connection of Baileys behind the words that the channel uses. Everything that depends on how the
// library names and orders things stands here.

import { AsyncResource } from "node:async_hooks"
import type * as Baileys from "@whiskeysockets/baileys"
import type { GroupMetadata } from "@whiskeysockets/baileys"
import { tellStrays } from "../../host/strays.ts"
import type { End } from "./disconnect.ts"
import {
  createDumbLogger,
  type Socket,
  type SocketOptions,
  type TransactionalKeys,
} from "./library.ts"
import { createProxyAgent } from "./proxy-agent.ts"
import { uploadFile } from "./upload.ts"

type Library = typeof Baileys
type BaileysSocket = ReturnType<Library["makeWASocket"]>

type Call = (...given: unknown[]) => unknown

/**
 * What Baileys starts by itself, in events and timers, counts as its own work; what we do with its
 * events does not.
 */
export function createBaileysSocket(baileys: Library, options: SocketOptions): Socket {
  const outside = new AsyncResource("whatsapp-handlers")
  const handlers = mapCalls(
    options.handlers,
    (handle) =>
      (...said) =>
        outside.runInAsyncScope(handle, undefined, ...said),
  )
  const inside = <Result>(work: () => Result) => tellStrays(handlers.stray, work)
  return mapCalls(
    inside(() => openSocket(baileys, { ...options, handlers })),
    (call) =>
      (...given) =>
        inside(() => call(...given)),
  )
}

/** The longest that a timer can wait, 24 days. */
const NEVER_MS = 2 ** 31 - 1

function mapCalls<Calls extends object>(calls: Calls, map: (call: Call) => Call): Calls {
  const mapped = Object.entries(calls).map(([name, call]) => [name, map(call as Call)])
  return Object.fromEntries(mapped) as Calls
}

function openSocket(baileys: Library, options: SocketOptions): Socket {
  const { caches, handlers } = options
  const logger = createDumbLogger()
  const { makeSignalRepository: makeRepository, waWebSocketUrl } = baileys.DEFAULT_CONNECTION_CONFIG
  const agent = createProxyAgent(options.environment, String(waWebSocketUrl))
  // For uploads, whose hosts the service names later.
  const fetchAgent = createProxyAgent(options.environment, "https:")
  const socket = baileys.makeWASocket({
    auth: { creds: options.credentials, keys: toSignalKeys(baileys, options.keys) },
    logger,
    ...(options.version !== undefined && { version: [...options.version] }),
    ...(agent !== undefined && { agent }),
    ...(fetchAgent !== undefined && { fetchAgent }),
    connectTimeoutMs: options.connectTimeoutMs,
    // It takes a line for lost by the wall clock and before what came meanwhile is read, so a clock that is
    // set, or a process that was held up, would end it: connection.ts asks and judges instead.
    keepAliveIntervalMs: options.keepAliveMs ?? NEVER_MS,
    defaultQueryTimeoutMs: options.queryTimeoutMs,
    qrTimeout: options.linkCodeMs,
    // The small first history brings the numbers behind the hidden ids; all of it is not wanted.
    syncFullHistory: false,
    // Else the phone stops telling its owner of new messages.
    markOnlineOnConnect: false,
    // It would hold up every other chat while one cannot be decrypted.
    retryRequestDelayMs: 0,
    // A failed write has ended the connection already.
    transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
    msgRetryCounterCache: caches.retries,
    userDevicesCache: caches.devices,
    callOfferCache: caches.calls,
    placeholderResendCache: caches.resends,
    cachedGroupMetadata: async (id) => caches.groups.get<GroupMetadata>(id),
    shouldIgnoreJid: options.ignores,
    getMessage: async ({ id }) => (id ? options.findSent(id) : undefined),
    makeSignalRepository: (auth, repositoryLogger, pnToLid) =>
      options.guard(
        makeRepository(auth, repositoryLogger, pnToLid),
        auth.keys as unknown as TransactionalKeys,
      ),
  })
  listen(socket, options)

  return {
    waitForAck: (id, waitMs) => socket.waitForMessage(id, waitMs),
    async compose(chat, content, { id, vanishesAfterS }) {
      const upload = socket.waUploadToServer
      const uploaded = await uploadFile(content, { library: baileys, upload })
      const message = await baileys.generateWAMessage(chat, uploaded?.content ?? content, {
        logger,
        userJid: options.credentials.me?.id ?? "",
        upload,
        ...(uploaded !== undefined && { mediaCache: uploaded.mediaCache }),
        messageId: id,
        ...(vanishesAfterS > 0 && { ephemeralExpiration: vanishesAfterS }),
        // Nothing is fetched because a text names it.
        getUrlInfo: async () => undefined,
      })
      return message.message ?? {}
    },
    async relay(chat, body, id) {
      await socket.relayMessage(chat, body, { messageId: id })
    },
    async ping() {
      const id = socket.generateMessageTag()
      const attrs = { id, to: baileys.S_WHATSAPP_NET, type: "get", xmlns: "w:p" }
      await socket.query({ tag: "iq", attrs, content: [{ tag: "ping", attrs: {} }] })
    },
    showTyping: (chat, typing) => socket.sendPresenceUpdate(typing ? "composing" : "paused", chat),
    markRead: (keys) => socket.readMessages([...keys]),
    async mediaHosts() {
      const { hosts } = await socket.refreshMediaConn()
      return hosts.map(({ hostname }) => hostname)
    },
    requestMedia: (message, mediaKey, signal) =>
      requestMedia(baileys, socket, {
        message,
        mediaKey,
        signal,
        ownJid: options.credentials.me?.id ?? "",
      }),
    readGroup: (id) => socket.groupMetadata(id),
    async isRegistered(number) {
      const query = new baileys.USyncQuery()
        .withContactProtocol()
        .withUser(new baileys.USyncUser().withPhone(number))
      // The library's own question leaves out who is not there, and so does not tell a no from no answer.
      const [found] = (await socket.executeUSyncQuery(query))?.list ?? []
      const registered = found?.["contact"]
      return typeof registered === "boolean" ? registered : undefined
    },
    requestPairingCode: (number) => socket.requestPairingCode(number.replace("+", "")),
    logOut: () => socket.logout(),
    end() {
      void socket.end(undefined)
      // What it had heard of groups may have changed by the time it is back.
      caches.groups.flushAll()
    },
    destroy() {
      const { socket: wire } = socket.ws as unknown as { socket: { terminate(): void } | null }
      wire?.terminate()
      void socket.end(undefined)
      handlers.closed({ by: "library", cause: "it was ended" })
    },
  }
}

function listen(socket: BaileysSocket, { caches, credentials, handlers }: SocketOptions): void {
  // Before the library's own listener, which decrypts.
  socket.ws.prependListener("CB:message", handlers.stanza)
  socket.ws.on("open", () => handlers.heard(undefined))
  socket.ws.on("frame", (frame: Baileys.BinaryNode | Uint8Array) =>
    handlers.heard(frame instanceof Uint8Array ? undefined : frame.tag),
  )
  // Before the connection opens, and before anything that was missed.
  socket.ws.prependListener("CB:success", ({ attrs }: Baileys.BinaryNode) =>
    handlers.time(Number(attrs["t"]) * 1_000),
  )
  socket.ev.on("creds.update", (update) => {
    Object.assign(credentials, update)
    handlers.credentialsChanged()
  })
  socket.ev.on("messages.upsert", ({ messages }) => handlers.messages(messages))
  socket.ev.on("groups.update", (groups) => {
    for (const { id } of groups) if (id !== undefined) caches.groups.del(id)
  })
  socket.ev.on("group-participants.update", ({ id }) => caches.groups.del(id))
  socket.ev.on("connection.update", (update) => {
    if (update.qr !== undefined) handlers.code(update.qr)
    if (update.isNewLogin === true) handlers.paired()
    if (update.receivedPendingNotifications === true) handlers.caughtUp()
    if (update.connection === "open") handlers.opened()
    if (update.connection !== "close") return
    // What is still held back would be thrown away right after this.
    socket.ev.flush()
    handlers.closed(toEnd(update.lastDisconnect?.error))
  })
}

interface MediaRequest {
  readonly message: Baileys.WAMessageKey
  readonly mediaKey: Uint8Array
  readonly signal: AbortSignal
  readonly ownJid: string
}

/** The library's own way waits for ever, and listens for as long. */
async function requestMedia(
  baileys: Library,
  { ev, sendNode }: BaileysSocket,
  { mediaKey, message, ownJid, signal }: MediaRequest,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const hear = (updates: Baileys.BaileysEventMap["messages.media-update"]) => {
    const answer = updates.find(({ key }) => key.id === message.id)
    if (answer !== undefined) resolve(readPath(answer.media))
  }
  const readPath = (media: { ciphertext: Uint8Array; iv: Uint8Array } | undefined) => {
    if (media === undefined) return undefined
    const { directPath, result } = baileys.decryptMediaRetryData(media, mediaKey, message.id ?? "")
    const { SUCCESS } = baileys.proto.MediaRetryNotification.ResultType
    return result === SUCCESS ? (directPath ?? undefined) : undefined
  }
  const stop = () => resolve(undefined)
  ev.on("messages.media-update", hear)
  signal.addEventListener("abort", stop)
  try {
    await sendNode(baileys.encryptMediaRetryRequest(message, mediaKey, ownJid))
    if (signal.aborted) return undefined
    return await promise
  } finally {
    ev.off("messages.media-update", hear)
    signal.removeEventListener("abort", stop)
  }
}

function toSignalKeys(
  { proto }: Library,
  keys: SocketOptions["keys"],
): Baileys.AuthenticationState["keys"] {
  return {
    async get(kind, ids) {
      const found = await keys.get(kind, ids)
      if (kind !== "app-state-sync-key") return found as never
      const read = (value: unknown) =>
        proto.Message.AppStateSyncKeyData.fromObject(value as Record<string, unknown>)
      return Object.fromEntries(
        Object.entries(found).map(([id, value]) => [id, read(value)]),
      ) as never
    },
    set: (changes) => keys.set(changes),
  }
}

/** Exported for its test. */
export function toEnd(error: unknown): End {
  const { data, message, output } = (error ?? {}) as {
    readonly data?: unknown
    readonly message?: string
    readonly output?: { readonly statusCode?: number }
  }
  const code = output?.statusCode
  const cause = message ?? "it ended"
  // The codes that it gives to failures of the socket are made up, or those of a proxy.
  if (data instanceof Error) return { by: "network", cause: nameFailure(data) }
  if (code === undefined) return { by: "library", cause }
  if (code === 400 && cause.includes("certificate")) {
    return { by: "library", cause: "the server could not prove that it is WhatsApp" }
  }
  const facts = typeof data === "object" && data !== null ? data : undefined
  const said = facts !== undefined && ("tag" in facts || "reason" in facts)
  if (!said && code !== 411) return { by: "library", code, cause }
  const expires = Number((facts as { readonly expire?: string } | undefined)?.expire)
  return {
    by: "service",
    code,
    ...(Number.isFinite(expires) && expires > 0 && { expiresInMs: expires * 1_000 }),
  }
}

function nameFailure(error: Error): string {
  const { code } = error as { readonly code?: unknown }
  return typeof code === "string" ? code : error.message
}
