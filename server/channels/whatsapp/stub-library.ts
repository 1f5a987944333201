// WhatsApp for tests, behind the same words as Baileys: a service that outlives the connections and the
// channels, whose every step the test can stop. A ciphertext can be decrypted once only, as in truth.

import { AsyncLocalStorage } from "node:async_hooks"
import type { ManualClock } from "../../testing/manual-clock.ts"
import { encodeByteJson } from "./byte-json.ts"
import type { End } from "./disconnect.ts"
import type {
  Credentials,
  GroupMetadata,
  Library,
  MessageBody,
  SignalRepository,
  Socket,
  SocketOptions,
  Stanza,
  TransactionalKeys,
  WAMessage,
  WAMessageKey,
} from "./library.ts"

export const OWNER = "15550100"
export const ADA = "15550111@s.whatsapp.net"
export const ADA_LID = "111000111@lid"
export const GROUP = "120363000000000001@g.us"

/** A message on its way to us: what the service sends until we confirm it. */
export interface Letter {
  readonly stanza: Stanza
  confirmed: boolean
}

type Answer = { readonly error?: number } | "never"
export type StubService = ReturnType<typeof createStubService>

export function createCredentials(more: object = {}): Credentials {
  const pair = { public: Buffer.alloc(32, 1), private: Buffer.from("private key of this test") }
  return {
    noiseKey: pair,
    signedIdentityKey: pair,
    signedPreKey: { keyPair: pair, signature: Buffer.alloc(64, 2), keyId: 1 },
    registrationId: 7,
    advSecretKey: "secret of this test",
    ...more,
  } as unknown as Credentials
}

export function createLinkedCredentials(): Credentials {
  return createCredentials({
    me: { id: `${OWNER}:1@s.whatsapp.net`, lid: "100000100@lid" },
    account: { details: Buffer.from("device") },
  })
}

/** What a linked channel's vault holds. */
export function toStoredCredentials(credentials: Credentials, savedAt: number): Uint8Array {
  return encodeByteJson({ savedAt, credentials })
}

export function createStubService(clock: ManualClock) {
  const letters: Letter[] = []
  const sockets: StubSocket[] = []
  const sent: { chat: string; text: string; id: string; copies: number }[] = []
  const answers: Answer[] = []
  const throws: unknown[] = []
  const greetings: (End | "silence" | "deaf")[] = []
  const typing = new Set<string>()
  const read: WAMessageKey[] = []
  const groups = new Map<string, Partial<GroupMetadata>>()
  const strangers = new Set<string>()
  /** Where the phone has uploaded a file again, by the id of its message; it is silent about others. */
  const reuploads = new Map<string, string | undefined>()
  let held: (() => void)[] | undefined
  let said = 0
  const state = {
    /** The last step that a delivery gets to: decrypted, or confirmed to the service. */
    stopAfter: undefined as "decrypted" | "confirmed" | undefined,
    /** Connections end only when they are destroyed, as with a line that was cut. */
    cut: false,
    loggedOut: 0,
    /** Messages that were not decrypted, of which we told the service. */
    refused: 0,
    versions: [] as unknown[],
    asked: 0,
    pings: 0,
    /** Of each message that was composed. */
    vanishesAfterS: [] as number[],
  }

  const current = () => sockets.findLast(({ live }) => live)

  function connect(options: SocketOptions): Socket {
    state.versions.push(options.version)
    const socket = createSocket(options, service, clock)
    sockets.push(socket)
    return socket
  }

  function say(text: string, attrs: Record<string, string> = {}, contextInfo?: object): Letter {
    said += 1
    const body: MessageBody =
      contextInfo === undefined
        ? { conversation: text }
        : { extendedTextMessage: { text, contextInfo } }
    const stanza: Stanza = {
      tag: "message",
      attrs: {
        from: ADA,
        id: `IN${said}`,
        t: String(Math.floor(clock.now() / 1_000)),
        notify: "Ada",
        sender_lid: ADA_LID,
        ...attrs,
      },
      content: [
        { tag: "enc", attrs: { type: "msg", v: "2" }, content: Buffer.from(JSON.stringify(body)) },
      ],
    }
    const letter = { stanza, confirmed: false }
    letters.push(letter)
    current()?.deliver(letter)
    return letter
  }

  const service = {
    state,
    letters,
    sockets,
    sent,
    typing,
    read,
    groups,
    strangers,
    reuploads,
    say,
    library: (): Library => createStubLibrary(connect),
    /** The socket that is there now. */
    get socket(): StubSocket {
      const socket = current()
      if (socket === undefined) throw new Error("Nothing is connected.")
      return socket
    },
    get connected() {
      return current() !== undefined
    },
    redeliver(letter: Letter) {
      // The bytes come anew, in a buffer of their own.
      current()?.deliver({ ...letter, stanza: copy(letter.stanza) })
    },
    /** How the next connections are met, one after the other; then with open doors. */
    greet: (...next: (End | "silence" | "deaf")[]) => void greetings.push(...next),
    nextGreeting: () => greetings.shift(),
    /** How the next messages are answered. */
    answer: (...next: Answer[]) => void answers.push(...next),
    nextAnswer: () => answers.shift() ?? {},
    /** What the next sends throw before anything leaves. */
    throwNext: (error: unknown) => void throws.push(error),
    nextThrow: () => throws.shift(),
    hold() {
      held = []
      return () => {
        const waiting = held ?? []
        held = undefined
        for (const go of waiting) go()
      }
    },
    later(action: () => void) {
      if (held === undefined) action()
      else held.push(action)
    },
  }
  return service
}

function copy(stanza: Stanza): Stanza {
  const content = Array.isArray(stanza.content)
    ? stanza.content.map((part) => ({ ...part, content: Buffer.from(part.content as Uint8Array) }))
    : stanza.content
  return { ...stanza, ...(content !== undefined && { content }) }
}

function createStubLibrary(connect: Library["connect"]): Library {
  const readKey = ({ attrs }: Stanza): WAMessageKey => ({
    remoteJid: attrs["recipient"] ?? attrs["from"] ?? null,
    fromMe: attrs["recipient"] !== undefined || attrs["own"] !== undefined,
    id: attrs["id"] ?? null,
    ...(attrs["participant"] !== undefined && { participant: attrs["participant"] }),
  })
  return {
    createCredentials: () => createCredentials(),
    connect,
    readKey,
    async rebuild(stanza) {
      const parts = Array.isArray(stanza.content) ? stanza.content : []
      const bodies = parts.map(({ content }) => JSON.parse(String(content)) as MessageBody)
      return toMessage(stanza, readKey(stanza), Object.assign({}, ...bodies))
    },
    encodeBody: (body) => Buffer.from(JSON.stringify(body)),
    decodeBody: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as MessageBody,
  }
}

function toMessage({ attrs }: Stanza, key: WAMessageKey, message: MessageBody): WAMessage {
  return {
    key: { ...key, remoteJidAlt: attrs["sender_lid"] ?? "" },
    message,
    messageTimestamp: Number(attrs["t"]),
    pushName: attrs["notify"] ?? null,
    ...(attrs["category"] !== undefined && { category: attrs["category"] }),
  }
}

export interface StubSocket extends Socket {
  readonly options: SocketOptions
  readonly handlers: SocketOptions["handlers"]
  readonly repository: SignalRepository
  readonly keys: TransactionalKeys
  readonly live: boolean
  deliver(letter: Letter): void
  close(end: End): void
  /** All that was given to it has been dealt with. */
  idle(): Promise<void>
}

function createSocket(
  options: SocketOptions,
  service: StubService,
  clock: ManualClock,
): StubSocket {
  const { handlers } = options
  const keys = createKeys(options)
  const repository = options.guard(createRepository(keys), keys)
  const library = createStubLibrary(() => {
    throw new Error("not here")
  })
  const acks = new Map<string, (answer: Stanza | undefined) => void>()
  let deliveries: Promise<void> = Promise.resolve()
  let live = true
  let ending = false

  function close(end: End): void {
    if (!live) return
    live = false
    for (const settle of acks.values()) settle(undefined)
    handlers.closed(end)
  }

  async function take({ stanza }: Letter, letter: Letter): Promise<void> {
    if (!live) return
    handlers.heard("message")
    handlers.stanza(stanza)
    const key = library.readKey(stanza, { id: "" })
    const bodies: MessageBody[] = []
    try {
      for (const { content } of Array.isArray(stanza.content) ? stanza.content : []) {
        const text = await repository.decryptMessage({
          jid: stanza.attrs["from"] ?? "",
          type: "msg",
          ciphertext: content as Uint8Array,
        })
        bodies.push(JSON.parse(String(Buffer.from(text))) as MessageBody)
      }
    } catch {
      if (!live) return
      service.state.refused += 1
      return handlers.messages([{ ...toMessage(stanza, key, {}), messageStubType: 2 }])
    }
    if (service.state.stopAfter === "decrypted" || !live) return
    for (const other of service.letters) {
      if (other.stanza.attrs["id"] === stanza.attrs["id"]) other.confirmed = true
    }
    letter.confirmed = true
    if (service.state.stopAfter === "confirmed") return
    handlers.messages([toMessage(stanza, key, Object.assign({}, ...bodies))])
  }

  function deliver(letter: Letter): void {
    deliveries = deliveries.then(() => take(letter, letter))
  }

  queueMicrotask(() => {
    const greeting = service.nextGreeting()
    if (greeting === "silence" || !live) return
    if (greeting !== undefined && greeting !== "deaf") return close(greeting)
    handlers.heard(undefined)
    if (options.credentials.me === undefined) return
    handlers.opened()
    if (greeting === "deaf") return
    handlers.caughtUp()
    for (const letter of service.letters.filter(({ confirmed }) => !confirmed)) {
      service.redeliver(letter)
    }
  })

  return {
    options,
    handlers,
    repository,
    keys,
    deliver,
    close,
    get live() {
      return live
    },
    idle: () => deliveries,
    waitForAck: (id: string, waitMs: number) =>
      new Promise<Stanza | undefined>((resolve) => {
        const timer = clock.after(waitMs, () => settle(undefined))
        function settle(answer: Stanza | undefined): void {
          timer.cancel()
          acks.delete(id)
          resolve(answer)
        }
        acks.set(id, settle)
      }),
    async compose(_chat: string, content: unknown, { vanishesAfterS }) {
      service.state.vanishesAfterS.push(vanishesAfterS)
      return { conversation: String((content as { text?: string }).text ?? "file") }
    },
    async relay(chat: string, body: MessageBody, id: string) {
      const error = service.nextThrow()
      if (error !== undefined) throw error
      if (!live || ending) throw closedError()
      const answer = service.nextAnswer()
      if (answer === "never" || answer.error === undefined) {
        const known = service.sent.find((message) => message.id === id)
        if (known !== undefined) known.copies += 1
        else service.sent.push({ chat, text: body.conversation ?? "", id, copies: 1 })
      }
      if (answer === "never") return
      const attrs = answer.error === undefined ? {} : { error: String(answer.error) }
      service.later(() => acks.get(id)?.({ tag: "ack", attrs: { id, ...attrs } }))
    },
    async ping() {
      service.state.pings += 1
    },
    async showTyping(chat: string, on: boolean) {
      if (on) service.typing.add(chat)
      else service.typing.delete(chat)
    },
    async markRead(read: readonly WAMessageKey[]) {
      service.read.push(...read)
    },
    async readGroup(id: string) {
      service.state.asked += 1
      const group = service.groups.get(id)
      if (group === undefined) throw Object.assign(new Error("forbidden"), { data: 403 })
      return group as GroupMetadata
    },
    mediaHosts: async () => ["media.whatsapp.net"],
    requestMedia: async ({ id }: WAMessageKey, _key: Uint8Array, signal: AbortSignal) => {
      const known = service.reuploads.has(id ?? "")
      if (!known) await new Promise((resolve) => signal.addEventListener("abort", resolve))
      return service.reuploads.get(id ?? "")
    },
    isRegistered: async (number: string) => !service.strangers.has(number),
    requestPairingCode: async () => "ABCD1234",
    async logOut() {
      service.state.loggedOut += 1
    },
    end() {
      if (ending || service.state.cut) return
      ending = true
      queueMicrotask(() => close({ by: "library", cause: "it was ended" }))
    },
    destroy: () => close({ by: "library", cause: "it was destroyed" }),
  }
}

export function closedError(): Error {
  return Object.assign(new Error("Connection Closed"), { output: { statusCode: 428 } })
}

/** The library's way: within a transaction nothing is written before its end. */
function createKeys({ keys }: SocketOptions): TransactionalKeys {
  const transactions = new AsyncLocalStorage<Record<string, Record<string, unknown>>>()
  return {
    get: (kind, ids) => keys.get(kind, ids),
    async set(changes) {
      const open = transactions.getStore()
      if (open === undefined) return keys.set(changes)
      for (const [kind, rows] of Object.entries(changes)) open[kind] = { ...open[kind], ...rows }
    },
    async transaction(work) {
      if (transactions.getStore() !== undefined) return work()
      const changes = {}
      const result = await transactions.run(changes, work)
      await keys.set(changes)
      return result
    },
  }
}

function createRepository(keys: TransactionalKeys): SignalRepository {
  const decrypt = (ciphertext: Uint8Array) =>
    keys.transaction(async () => {
      const used = Buffer.from(ciphertext).toString("base64")
      const known = await keys.get("session", [used])
      if (known[used] !== undefined) throw new Error("Key used already or never filled")
      if (String(Buffer.from(ciphertext)) === '{"conversation":"bad mac"}')
        throw new Error("Bad MAC")
      await keys.set({ session: { [used]: true } })
      return ciphertext
    }, "any")
  const none = async () => undefined
  return {
    decryptMessage: ({ ciphertext }: { ciphertext: Uint8Array }) => decrypt(ciphertext),
    decryptGroupMessage: ({ msg }: { msg: Uint8Array }) => decrypt(msg),
    encryptMessage: none,
    encryptGroupMessage: none,
    injectE2ESession: none,
    getSenderKeyDistributionMessage: none,
    hasSenderKey: none,
    getSessionInfo: none,
    validateSession: none,
    deleteSession: none,
    migrateSession: none,
  } as unknown as SignalRepository
}
