// A Telegram Bot API server for tests, on loopback. Its state outlives every client and also a
// `stop()` and `start()` of its own; a new lab is a new service.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { answerFile, answerMethod, type BotApiParts } from "./bot-api.ts"
import { createChats } from "./chats.ts"
import { answerControl } from "./control.ts"
import { type Action, type Call, createEvents, type Draft, type WaitOptions } from "./events.ts"
import { createFaults, type Fault, FaultInterrupt } from "./faults.ts"
import { createFiles } from "./files.ts"
import { createGroup, type Group, type GroupOptions } from "./group.ts"
import type { Message, User } from "./messages.ts"
import { createPace } from "./pace.ts"
import { createPerson, type Person, type PersonOptions } from "./person.ts"
import { createSubscription } from "./subscription.ts"
import { createUpdates } from "./updates.ts"
import { createWebhook } from "./webhook.ts"

export type TelegramLabOptions = {
  readonly token?: string
  readonly botUsername?: string
  readonly now?: () => number
  readonly firstUpdateId?: number
}

export type TelegramLab = ReturnType<typeof createTelegramLab>

const DRAFT_LASTS_MS = 30_000
const TOKEN = "7000000001:lab-token-lab-token-lab-token-lab-t"

export function createTelegramLab({
  token = TOKEN,
  botUsername = "clawdis_lab_bot",
  now = Date.now,
  firstUpdateId,
}: TelegramLabOptions = {}) {
  const bot: User = {
    id: Number(token.split(":")[0]),
    is_bot: true,
    first_name: "Lab Bot",
    username: botUsername,
  }
  const events = createEvents()
  const faults = createFaults()
  const files = createFiles({ now })
  const pace = createPace({ now })
  const webhook = createWebhook()
  const subscription = createSubscription()
  const chats = createChats({ events, now })
  const updates = createUpdates({
    onChange: () => events.emit({ type: "updates" }),
    ...(firstUpdateId !== undefined && { firstId: firstUpdateId }),
  })
  const people = new Map<number, Person>()
  const calls: Call[] = []
  const drafts: Draft[] = []
  const commands = new Map<string, readonly unknown[]>()
  /** The draft that each chat shows: until the bot's next message, or for half a minute. */
  const shownDrafts = new Map<number, { readonly draft: Draft; readonly until: number }>()
  const actions: Action[] = []
  // How far `nextSent` and `nextCall` have read, per chat and per method.
  const sentSeen = new Map<number, number>()
  const callsSeen = new Map<string, number>()

  events.watch((event) => {
    if (event.type === "sent") shownDrafts.delete(event.message.chat.id)
    if (event.type === "draft") {
      drafts.push(event.draft)
      shownDrafts.set(event.draft.chatId, { draft: event.draft, until: now() + DRAFT_LASTS_MS })
    }
    if (event.type === "action") actions.push(event.action)
  })

  const parts: BotApiParts = {
    token,
    bot,
    chats,
    events,
    faults,
    files,
    pace,
    updates,
    webhook,
    subscription,
    commands,
    record(call) {
      const recorded: Call = { order: calls.length + 1, atMs: now(), fault: null, ...call }
      calls.push(recorded)
      events.emit({ type: "call", call: recorded })
      return recorded
    },
  }

  const personParts = { bot, chats, files, updates, subscription, now }
  const groupParts = { bot, chats, updates, now }

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(400)
      response.end(String(error))
    })
  })
  // A client may reuse an idle connection at any time, so the lab never closes one by itself.
  server.keepAliveTimeout = 0
  let port = 0

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://lab")
    if (url.pathname.startsWith("/lab/")) await answerControl(lab, request, response, url)
    else if (url.pathname.startsWith("/file/")) answerFile(parts, response, url)
    else await answerMethod(parts, request, response, url)
  }

  const lab = {
    token,
    bot,
    calls: calls as readonly Call[],
    watch: events.watch,
    waitFor: events.waitFor,

    /** No trailing slash. Only after `start()`; it stays the same while the lab is stopped. */
    get apiRoot(): string {
      if (port === 0) throw new Error("The lab has no address before start().")
      return `http://127.0.0.1:${port}`
    },

    /** Whether a getUpdates call waits right now. */
    get polling(): boolean {
      return updates.polling
    },

    /** Without a port: the one it had before, else any free one. */
    async start({ port: wanted = port }: { readonly port?: number } = {}): Promise<void> {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      server.once("error", reject)
      server.listen(wanted, "127.0.0.1", resolve)
      await promise
      server.off("error", reject)
      port = (server.address() as AddressInfo).port
    },

    /** Cuts every connection, waiting polls and hanging calls included. */
    async stop(): Promise<void> {
      if (!server.listening) return
      const { promise, resolve } = Promise.withResolvers<void>()
      server.close(() => resolve())
      server.closeAllConnections()
      await promise
    },

    person(options: PersonOptions): Person {
      const known = people.get(options.id)
      if (known !== undefined) return known
      const person = createPerson(personParts, options)
      people.set(options.id, person)
      return person
    },

    group: (options: GroupOptions): Group => createGroup(groupParts, options),

    /**
     * Queues an update as it is: odd, duplicate, out of order, unknown. Without `update_id` it gets the
     * next one. Text is sent as it stands, for numbers that JavaScript cannot hold.
     */
    pushUpdate(raw: object | string): void {
      if (typeof raw === "string") updates.pushText(raw)
      else if ("update_id" in raw) updates.pushText(JSON.stringify(raw))
      else updates.pushText(JSON.stringify({ update_id: updates.skip(), ...raw }))
    },

    /** Queues a fault. One that refuses getUpdates meets the poll that is waiting, if one is. */
    fault(fault: Fault): void {
      faults.add(fault)
      const met = updates.polling ? faults.take("getUpdates", "call") : undefined
      if (met !== undefined) updates.interrupt(new FaultInterrupt(met))
    },

    resetFaults: () => faults.reset(),

    /** From now on messages to one chat must be so far apart, else the bot gets 429. */
    setPace: (intervalMs: number) => pace.set(intervalMs),

    /** The addresses of files lasted for an hour, which is over. */
    expireFiles: () => files.expireAddresses(),

    /** The service does not have this file any more. */
    removeFile: (fileId: string) => files.remove(fileId),

    /** Leaves a webhook behind, as an earlier bot program may have done. */
    setWebhook: (url: string) => webhook.set(url),

    /** Messages the bot delivered, in order, as they read now. */
    sent: (chatId: number): Message[] => chats.sent(chatId),
    drafts: (chatId: number): Draft[] => drafts.filter((draft) => draft.chatId === chatId),
    /** What the chat shows as being written, if anything. */
    shownDraft(chatId: number): Draft | undefined {
      const shown = shownDrafts.get(chatId)
      return shown !== undefined && shown.until > now() ? shown.draft : undefined
    },
    actions: (chatId: number): Action[] => actions.filter((action) => action.chatId === chatId),

    /** The first message to this chat that no `nextSent` has returned yet; waits for it if need be. */
    nextSent(chatId: number, options?: WaitOptions): Promise<Message> {
      return events.waitFor(() => {
        const seen = sentSeen.get(chatId) ?? 0
        const message = chats.sent(chatId)[seen]
        if (message !== undefined) sentSeen.set(chatId, seen + 1)
        return message
      }, options)
    },

    /** The first call of this method that no `nextCall` has returned yet; waits for it if need be. */
    nextCall(method: string, options?: WaitOptions): Promise<Call> {
      return events.waitFor(() => {
        const seen = callsSeen.get(method) ?? 0
        const call = calls.find(
          (candidate) => candidate.order > seen && candidate.method === method,
        )
        if (call !== undefined) callsSeen.set(method, call.order)
        return call
      }, options)
    },

    state() {
      return {
        bot,
        polling: updates.polling,
        pendingUpdateIds: updates.pendingIds,
        webhookUrl: webhook.url,
        commands: [...commands.values()].flat(),
        allowedUpdates: subscription.types,
        faults: faults.list(),
        calls: calls.length,
        chats: chats.list().map(({ chat, messages, sentIds, closedBecause }) => ({
          ...chat,
          messages: messages.size,
          sent: sentIds.length,
          closedBecause,
        })),
      }
    },
  }
  return lab
}
