// Everything the page knows, wired to its one gateway.

import { type ReadonlySignal, signal } from "@preact/signals"
import type { ChatMessage, EventName, EventPayload, HealthSnapshot } from "#protocol"
import { GatewayError, MAIN_SESSION, RUNS_CAPABILITY } from "#protocol"
import { type Boot, createGateway, type GatewayParts } from "../gateway.ts"
import type { Tabs } from "../tabs.ts"
import { type Chat, createChat } from "./chat.ts"
import { type Chats, createChats } from "./chats.ts"
import { type Commands, createCommands } from "./commands.ts"
import { type Connection, createConnection } from "./connection.ts"
import type { DraftFilesStorage } from "./draft-files-storage.ts"
import { createDrafts, type Drafts, type DraftsHome } from "./drafts.ts"
import { createForgetting } from "./forget.ts"
import { createHealth, type Health } from "./health.ts"
import type { LastView, LastViews } from "./last-views.ts"
import { createLatency, type Latency } from "./latency.ts"
import { createMedia, type Media } from "./media.ts"
import { createOutbox, type Outbox } from "./outbox.ts"
import type { OutboxStorage } from "./outbox-storage.ts"
import { createPartStores, type PartStores } from "./part-stores.ts"
import { createPickedFiles, type PickedFiles, type ReadFile } from "./picked-files.ts"
import { createPresence, type Presence } from "./presence.ts"
import { createSessions, type Sessions } from "./sessions.ts"
import type { FetchOptions } from "./sessions-export.ts"
import { createReading, type Reading } from "./sessions-reading.ts"
import { createSettings, type Settings } from "./settings.ts"
import { type Storage, scopeStorage } from "./storage.ts"
import { createTokenStore, type TokenStore } from "./token.ts"
import { createView, type View } from "./view.ts"

export interface PageParts extends Omit<GatewayParts, "on" | "caps" | "client"> {
  /** The page's own. */
  readonly version: string
  readonly session: Storage
  readonly local: Storage
  /** Where what was sent waits for the gateway. */
  readonly outboxStorage: OutboxStorage
  /** Where the files of drafts wait until they are sent. */
  readonly draftFiles: DraftFilesStorage
  /** What conversations showed last. */
  readonly lastViews: LastViews
  readonly tabs: Tabs
  readonly createKey: () => string
  /** Which day it is then, where the reader is. */
  readonly toDate: (ts: number) => string
  readonly readFile: ReadFile<File>
  /** A token from the page's own address, taken out of it before anything else. */
  readonly tokenFromLink: string | undefined
  /** Begins the page anew. */
  readonly reload: () => void
}

export interface Page {
  /** One for all tabs of this browser, so that presence shows them as one. */
  readonly instanceId: string
  /** Who answers at this address, once it has. */
  readonly boot: ReadonlySignal<Boot | undefined>
  /** Reloads that were asked for because the page did not fit the gateway. */
  readonly reloads: { count(): number; reload(): void }
  readonly connection: Connection
  readonly chats: Chats
  /** The conversation on the screen. A component that reads it is drawn anew when another one is opened. */
  readonly chat: Chat
  readonly sessions: Sessions
  readonly commands: Commands
  readonly reading: Reading
  readonly settings: Settings
  readonly view: View
  readonly presence: Presence
  readonly health: Health
  /** Of the parts that come later. */
  readonly stores: PartStores
  readonly outbox: Outbox
  readonly drafts: Drafts
  /** Files that wait with the drafts. */
  readonly files: PickedFiles<File>
  /** Files that the conversations show. */
  readonly media: Media
  readonly latency: Latency
  /** The latest answer that came while the page was looking, in any of the opened conversations. */
  readonly reply: ReadonlySignal<Reply | undefined>
  start(): void
  stop(): void
  /** Now, whatever is being waited for. */
  reconnect(): void
  wake(): void
  useToken(token: string, options: { readonly remember: boolean }): void
  refresh(): void
  /** Every message of a conversation, oldest first. */
  fetchConversation(options: Omit<FetchOptions, "gateway">): Promise<readonly ChatMessage[]>
  /** What this conversation showed when it was last up to date. */
  lastView(sessionKey: string): Promise<LastView | undefined>
  keepLastView(view: LastView): void
  /** Leaves nothing of this gateway in the browser, and begins anew; so do its other tabs. */
  forget(): Promise<void>
}

export interface Reply {
  readonly sessionKey: string
  readonly message: ChatMessage
}

/** Remembered so that a draft is on the screen before the gateway has answered. */
const LAST_GATEWAY_KEY = "clawdis:last-gateway"
const INSTANCE_KEY = "clawdis:instance"
const RELOADS_KEY = "clawdis:reloads"

export function createPage(parts: PageParts): Page {
  const { clock, local, session } = parts
  const connection = createConnection()
  const presence = createPresence(clock)
  const health = createHealth(clock)
  const lastGateway = local.read(LAST_GATEWAY_KEY)
  const drafts = createDrafts(parts, homeOfDrafts(lastGateway ?? "unknown"))
  const files = createPickedFiles(
    { ...parts, read: parts.readFile, storage: parts.draftFiles },
    lastGateway,
  )
  const instanceId = readInstanceId(local, parts.createKey)
  const boot = signal<Boot | undefined>(undefined)
  const reply = signal<Reply | undefined>(undefined)
  let tokens: TokenStore | undefined
  let tokenFromLink = parts.tokenFromLink
  const forgetting = createForgetting(parts, { stop, gone: () => local.remove(LAST_GATEWAY_KEY) })
  if (lastGateway !== undefined) forgetting.belongTo(lastGateway)

  const gateway = createGateway({
    ...parts,
    client: {
      name: "webchat",
      version: parts.version,
      platform: "web",
      mode: "webchat",
      instanceId,
    },
    caps: [RUNS_CAPABILITY],
    on: {
      booted(next) {
        const known = boot.peek()
        boot.value = next
        if (known === undefined) belongTo(next.gatewayId)
        if (known === undefined || known.gatewayId === next.gatewayId) return true
        // Another gateway answers now: nothing of this one may reach it.
        parts.reload()
        return false
      },
      token: () => tokens?.read(),
      state(state) {
        const wasOnline = connection.online.peek()
        connection.setLink(state)
        if (state.at === "ready") {
          stores.tell("connected")
          presence.set(state.helloOk.snapshot.presence)
          setHealth(state.helloOk.snapshot.health)
          session.remove(RELOADS_KEY)
          outbox.connected()
          catchUp({ everything: false })
          media.connected()
        } else if (wasOnline) {
          outbox.disconnected()
          commands.disconnected()
          for (const chat of chats.all()) chat.disconnected()
          stores.tell("disconnected")
        }
        if (state.at === "unauthorised") {
          if (state.why === "wrong") tokens?.forget()
          // Whoever is not let in is shown nothing that was said.
          forgetView()
          chats.forget()
          sessions.forget()
          media.forget()
          stores.tell("forget")
          view.setLinking(undefined)
        }
      },
      event: (frame) => {
        stores.tell("event", frame)
        const handle = HANDLERS[frame.event] as (payload: typeof frame.payload) => void
        handle(frame.payload)
      },
      gap(lost) {
        stores.tell("missed", lost)
        catchUp({ everything: true })
      },
    },
  })

  const outbox = createOutbox({
    gateway,
    clock,
    createKey: parts.createKey,
    storage: parts.outboxStorage,
    tabs: parts.tabs,
    isShown: (sessionKey) => chats.current.peek().sessionKey === sessionKey,
    isNew: (sessionKey) => sessions.find(sessionKey) === undefined && chats.isNew(sessionKey),
    isGone,
    on: {
      accepted: ({ sessionKey, runId }) => chats.of(sessionKey)?.accepted(runId),
      ended: (end) => chats.of(end.sessionKey)?.ended(end),
      taken(sent) {
        drafts.taken(sent)
        files.taken(sent)
      },
    },
  })

  // What this browser kept is shown before the gateway has answered, as the drafts are.
  if (lastGateway !== undefined) outbox.belongTo(lastGateway, scopeStorage(session, lastGateway))

  const stores = createPartStores({
    gateway,
    clock,
    connection,
    isVisible: parts.isVisible,
    toPageTime: health.toPageTime,
    setHealth: health.set,
  })
  const view = createView()
  const media = createMedia(gateway)
  const commands = createCommands({ gateway, offers: connection.offers })
  const sessions = createSessions({ gateway })
  const chats = createChats({
    createChat: (sessionKey) =>
      createChat({
        sessionKey,
        gateway,
        clock,
        outbox,
        toGatewayTime: health.toGatewayTime,
        toDate: parts.toDate,
        onBehind: () => catchUp({ everything: false }),
      }),
    createKey: parts.createKey,
    isOnline: () => connection.online.peek(),
  })
  const reading = createReading({ current: chats.current, sessions, connection })

  // An event without a row here does not compile.
  const HANDLERS: { readonly [E in EventName]: (payload: EventPayload<E>) => void } = {
    agent: (event) => chats.of(event.sessionKey)?.agent(event),
    chat({ message, sessionKey }) {
      const chat = chats.of(sessionKey)
      chat?.message(message)
      if (chat !== undefined && message.role === "assistant") reply.value = { sessionKey, message }
      // Also of a conversation that is open in another tab, for which this one may be sending.
      if (message.idempotencyKey !== undefined) outbox.arrived([message.idempotencyKey])
    },
    health: setHealth,
    presence: (payload) => presence.set(payload.presence),
    sessions(event) {
      const { deleted, session } = event
      if (session !== undefined) {
        // What began on this page knows only by its row which conversation it is; others need not have one.
        const { key } = session
        const before = chats.of(key)?.sessionId ?? sessions.find(key)?.sessionId
        if (before !== undefined && before !== session.sessionId) {
          forgetView(key)
          void chats.renewed(key)
        }
      }
      if (deleted !== undefined) void drop(deleted)
      sessions.heard(event)
    },
    // Heard by the store of the dialog that links, as every event is by those who want it.
    login: notShown,
    // The gateway's side of the page turns these two into states of the connection.
    shutdown: notShown,
    tick: notShown,
  }

  function setHealth(snapshot: HealthSnapshot): void {
    health.set(snapshot)
    stores.tell("healthChanged", snapshot)
  }

  function homeOfDrafts(gatewayId: string): DraftsHome {
    return { gatewayId, storage: scopeStorage(local, gatewayId) }
  }

  function belongTo(id: string): void {
    local.write(LAST_GATEWAY_KEY, id)
    forgetting.belongTo(id)
    const scoped = { session: scopeStorage(session, id), local: scopeStorage(local, id) }
    tokens = createTokenStore(scoped)
    if (tokenFromLink !== undefined) tokens.keep(tokenFromLink, { remember: false })
    tokenFromLink = undefined
    drafts.moveTo(homeOfDrafts(id))
    files.moveTo(id)
    outbox.belongTo(id, scoped.session)
    chats.moveTo(scoped.session)
  }

  function idOfGateway(): string | undefined {
    return boot.peek()?.gatewayId ?? local.read(LAST_GATEWAY_KEY)
  }

  function forgetView(sessionKey?: string): void {
    const id = idOfGateway()
    if (id !== undefined) void parts.lastViews.remove(id, sessionKey)
  }

  /** The conversation is no more, and its draft with it. */
  function drop(sessionKey: string): Promise<void> {
    const isOwnWish = sessions.actions.peek().get(sessionKey)?.action === "remove"
    drafts.drop(sessionKey)
    files.drop(sessionKey)
    forgetView(sessionKey)
    if (sessionKey !== MAIN_SESSION) outbox.sessionGone(sessionKey, { isOwnWish })
    return chats.drop({ sessionKey, row: sessions.find(sessionKey) }, { isOwnWish })
  }

  async function isGone(sessionKey: string): Promise<boolean> {
    try {
      const { sessionId } = await gateway.request("chat.history", { sessionKey, limit: 1 })
      return sessionId === undefined
    } catch (error) {
      return isUnknownSession(error)
    }
  }

  async function refreshCurrent(): Promise<void> {
    const chat = chats.current.peek()
    const { sessionId, sessionKey } = chat
    const isGone = await chat.refresh().then(
      // A client may use the key for another one.
      () => sessionId !== undefined && chat.sessionId === undefined,
      (error: unknown) => {
        if (isUnknownSession(error) && sessionKey !== MAIN_SESSION) return true
        throw error
      },
    )
    // It was deleted while the page was away; the main one begins anew in its own place.
    if (isGone && sessionKey !== MAIN_SESSION) await drop(sessionKey)
  }

  /** Grows with each wish, so that only the last one says how it ended. */
  let wishes = 0

  function catchUp({ everything }: { everything: boolean }): void {
    wishes += 1
    const wish = wishes
    const isLatest = () => wish === wishes && connection.online.peek()
    connection.setRefresh({ at: "refreshing", since: clock.now() })
    chats.missed()
    const snapshot = everything
      ? [
          gateway.request("health", {}).then(setHealth),
          gateway.request("system-presence", {}).then(presence.set),
        ]
      : []
    const list = connection.offers("sessions.list") ? [sessions.refresh()] : []
    Promise.all([...snapshot, ...list, refreshCurrent()]).then(
      () => {
        if (isLatest()) connection.setRefresh({ at: "fresh" })
      },
      () => {
        if (isLatest()) connection.setRefresh({ at: "stale" })
      },
    )
  }

  function stop(): void {
    gateway.stop()
    outbox.stop()
    reading.stop()
    forgetting.stop()
  }

  const reloads = {
    count: () => Number(session.read(RELOADS_KEY) ?? 0),
    reload() {
      session.write(RELOADS_KEY, String(reloads.count() + 1))
      parts.reload()
    },
  }

  return {
    instanceId,
    boot,
    reloads,
    connection,
    chats,
    get chat() {
      return chats.current.value
    },
    sessions,
    reading,
    settings: createSettings(local, parts.tabs),
    view,
    presence,
    health,
    stores,
    outbox,
    drafts,
    commands,
    files,
    media,
    latency: createLatency({ gateway, clock, connection }),
    reply,
    start: gateway.connect,
    stop,
    reconnect: gateway.connect,
    wake() {
      gateway.wake()
      stores.tell("wake")
    },
    useToken(token, options) {
      if (tokens === undefined) tokenFromLink = token
      else tokens.keep(token, options)
      gateway.connect()
    },
    refresh: () => catchUp({ everything: true }),
    fetchConversation: async (options) =>
      (await import("./sessions-export.ts")).fetchConversation({ gateway, ...options }),
    async lastView(sessionKey) {
      const id = idOfGateway()
      return id === undefined ? undefined : parts.lastViews.load(id, sessionKey)
    },
    keepLastView(view) {
      const id = idOfGateway()
      if (id !== undefined) void parts.lastViews.put(id, view)
    },
    forget: forgetting.forget,
  }
}

function isUnknownSession(error: unknown): boolean {
  return error instanceof GatewayError && error.code === "INVALID_REQUEST"
}

function readInstanceId(local: Storage, createKey: () => string): string {
  const kept = local.read(INSTANCE_KEY)
  if (kept !== undefined && /^[\w-]{1,64}$/.test(kept)) return kept
  const created = createKey()
  local.write(INSTANCE_KEY, created)
  return created
}

/** The page has nothing to show for this event. */
function notShown(): void {
  return
}
