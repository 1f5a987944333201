// What the gateway keeps, as interfaces. They are asynchronous, so that a database on another machine
// can stand behind them; each method is one transaction: it happens whole, durably, or not at all.

import type {
  AllowedSender,
  Attachment,
  ChatMessage,
  DroppedSender,
  ErrorShape,
  InboxCounts,
  Notice,
  OutboxCounts,
  OutboxRow,
  Thinking,
  UnknownDelivery,
} from "#protocol"

/** How a request ended, as its response carries it. */
export type Outcome =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly error: ErrorShape; readonly payload?: unknown }

/** What a request's idempotency key answers when it is shown (rules I1 to I3). */
export type Acceptance<Record> =
  | { readonly kind: "new"; readonly record: Record }
  | Found<Record>
  /** The store holds as many keys as it may. */
  | { readonly kind: "full" }

export type Found<Record> =
  | { readonly kind: "known"; readonly record: Record }
  /** The key was used with other params. */
  | { readonly kind: "conflict" }

export interface KeyedRequest {
  readonly key: string
  /** Digest of the canonical params. */
  readonly digest: string
}

/** A chat of a channel. */
export interface ChatAddress {
  readonly channel: string
  readonly chat: string
}

export interface SessionRecord {
  readonly key: string
  /** Names one conversation under the key; a new one after a reset. */
  readonly sessionId: string
  readonly channel: string
  readonly createdAt: number
  readonly updatedAt: number
  readonly title?: string
  /** What `/think` chose for this conversation. */
  readonly thinking?: Thinking
  /** `/mute`: what comes in by a channel starts no run. */
  readonly muted?: boolean
  /** Where the last inbound message came from. */
  readonly lastChat?: ChatAddress
}

/** A session as the list shows it; without a chosen title it has that of its chat or of what was said first. */
export interface ListedSession extends SessionRecord {
  /** Messages of this conversation that are not the person's own and not read, up to a limit. */
  readonly unread: number
}

/** What may be changed of a session; a `title` of "" and a `thinking` of "default" take away what was chosen. */
export interface SessionChanges {
  readonly title?: string
  readonly thinking?: Thinking | "default"
  readonly muted?: boolean
}

export interface SessionStore {
  get(key: string): Promise<SessionRecord | undefined>
  findById(sessionId: string): Promise<SessionRecord | undefined>
  /** Makes the session if the key has none. */
  open(key: string, options: { channel: string; at: number }): Promise<SessionRecord>
  /** Starts a new conversation under the key. */
  reset(key: string, at: number): Promise<SessionRecord | undefined>
  /** Changes what is given; undefined if there is no such session. */
  patch(key: string, changes: SessionChanges): Promise<SessionRecord | undefined>
  /** Everything up to this message is read; what was read stays so. False if the session has no such message. */
  markRead(key: string, messageId: string): Promise<boolean>
  /**
   * Forgets the session, its messages, and what its runs were asked. Runs that have not ended keep it:
   * then nothing happens, and they are given.
   */
  delete(key: string): Promise<readonly string[]>
  listed(key: string): Promise<ListedSession | undefined>
  /** Newest first, and those that changed at one moment by key; behind `after`, if it is given. */
  list(options: {
    readonly limit: number
    readonly after?: { readonly updatedAt: number; readonly key: string } | undefined
  }): Promise<readonly ListedSession[]>
  recent(limit: number): Promise<readonly SessionRecord[]>
  count(): Promise<number>
}

export interface MessagePage {
  /** Oldest first. */
  readonly messages: readonly ChatMessage[]
  /** Points at the oldest message of this page; undefined when there is none before it. */
  readonly cursor: string | undefined
}

export interface MessageStore {
  /** The newest messages before `before`, at most `limit` and at most `maxBytes` of JSON, but always one. */
  page(options: {
    sessionId: string
    before?: string | undefined
    limit: number
    maxBytes: number
  }): Promise<MessagePage>
}

export type RunState = "queued" | "running" | "ok" | "error" | "timeout" | "aborted" | "interrupted"

/** What a run was asked to do. */
export interface RunRequest {
  readonly prompt: string
  readonly attachments: readonly Attachment[]
  readonly thinking: Thinking
  readonly timeoutMs: number
  /** Where the final text also goes. */
  readonly deliverTo?: ChatAddress & { readonly to: string }
  /** Files of the media folder that belong to the prompt. */
  readonly media?: readonly MediaRecord[]
  /** The message is a command, and this is its text: the gateway itself answers, not the engine. */
  readonly command?: string
  /** The journal's row that a command came in by: what came in behind it is none of its business. */
  readonly inboxId?: number
}

/** A file of the media folder. */
export interface MediaRecord {
  readonly mediaId: string
  /** Absolute; gone when the file has expired. */
  readonly path: string
  readonly mimeType: string
  readonly name: string
  readonly bytes: number
}

export interface MediaStore {
  add(media: MediaRecord, at: number): Promise<void>
  get(mediaId: string): Promise<MediaRecord | undefined>
  /** Forgets what was added before, and gives it, so that the files can be removed. */
  takeExpired(before: number): Promise<readonly MediaRecord[]>
}

export interface RunRecord {
  readonly runId: string
  readonly sessionKey: string
  readonly sessionId: string
  /** A request's run that was cut is never run again by itself; an inbound message's run may be, once. */
  readonly origin: "request" | "inbound"
  readonly state: RunState
  /** The id that the answer has, or will have, as a message. */
  readonly messageId: string
  readonly request: RunRequest
  readonly attempt: number
  /** A tool call had begun, so the run may have had effects. */
  readonly toolStarted: boolean
  readonly createdAt: number
  readonly startedAt?: number
  readonly outcome?: Outcome
}

export interface NewRun {
  readonly run: Omit<RunRecord, "state" | "attempt" | "toolStarted">
  /** What was said, oldest first, as the conversation shows it; several that came in are one turn. */
  readonly messages: readonly ChatMessage[]
  /** What the chat that it came in by is called, if the session is this chat's alone. */
  readonly chatName?: string
}

export interface EndedRun {
  readonly runId: string
  readonly state: RunState
  readonly at: number
  readonly outcome: Outcome
  readonly message?: ChatMessage
  /** Replies to send; they are in the outbox when the run has ended, or the run has not ended. */
  readonly deliveries: readonly NewDelivery[]
}

export interface RunStore {
  /** On disk when it resolves: "accepted means on disk" (rule A1). */
  acceptRequest(keyed: KeyedRequest, run: NewRun): Promise<Acceptance<RunRecord>>
  /** The run of journaled messages, which become its business in the same transaction. */
  acceptInbound(inboxIds: readonly number[], run: NewRun, lastChat: ChatAddress): Promise<void>
  started(runId: string, at: number): Promise<void>
  toolStarted(runId: string): Promise<void>
  end(ended: EndedRun): Promise<void>
  get(runId: string): Promise<RunRecord | undefined>
  /** What the key names, if it was used: the run, or that it names something else. */
  find(keyed: KeyedRequest): Promise<Found<RunRecord> | undefined>
  /** Accepted and not ended: what a stop or a crash left behind, oldest first. */
  unfinished(): Promise<readonly RunRecord[]>
  /** Puts a run that a crash cut back into the queue. */
  requeue(runId: string): Promise<void>
}

export interface InboxRecord<Message> {
  readonly id: number
  readonly receivedAt: number
  /** For how long it waited when it was read, whatever has become of the wall clock since `receivedAt`. */
  readonly waitedMs: number
  readonly message: Message
}

/** The least that the journal must know of a message. */
export interface JournaledMessage {
  readonly channel: string
  readonly account: string
  readonly chat: string
  readonly messageId: string
}

export interface InboxStore<Message extends JournaledMessage> {
  /** Resolves once the message is on disk. Unique by channel, account, chat and message id. */
  journal(message: Message, at: number): Promise<"new" | "duplicate">
  /**
   * Accepted and not yet given to a run, oldest first; what stands in the chats of `except` is left
   * out. At most `limit`.
   */
  pending(options: {
    readonly except: readonly ChatAddress[]
    readonly limit: number
  }): Promise<readonly InboxRecord<Message>[]>
  /** The record of this message, if it waits for a run. */
  find(message: JournaledMessage): Promise<InboxRecord<Message> | undefined>
  /** Ends messages that no run will answer; their content is forgotten. */
  settle(ids: readonly number[], state: "done" | "dropped" | "expired"): Promise<void>
  /** Keeps messages that start no run as context of their chat, which holds the latest `keep` of them. */
  hold(ids: readonly number[], keep: number): Promise<void>
  /** The held messages of a chat, oldest first; `acceptInbound` may take them along with pending ones. */
  held(chat: ChatAddress): Promise<readonly InboxRecord<Message>[]>
  counts(): Promise<InboxCounts>
}

/** `dropped`: an operator took it out; until then it counts as failed or unknown. */
export type DeliveryState = "pending" | "sending" | "sent" | "failed" | "unknown" | "dropped"

/** One message of a channel. */
export interface DeliveryItem {
  /** Fits into one message, or into a caption beside `media`; may then be empty. */
  readonly text: string
  readonly media?: MediaRecord
}

export interface NewDelivery {
  readonly id: string
  readonly channel: string
  readonly chat: string
  readonly to: string
  /** In the order they are sent. */
  readonly items: readonly DeliveryItem[]
  readonly createdAt: number
  /** Set for a reply of a run; missing for a `send`. */
  readonly runId?: string
}

export interface DeliveryRecord extends NewDelivery {
  readonly state: DeliveryState
  /** Ids of the messages that the service has confirmed: the first of `items`, in order. */
  readonly messageIds: readonly string[]
  readonly attempts: number
  /** How old it was when it was read, whatever has become of the wall clock since `createdAt`. */
  readonly ageMs: number
  readonly error?: ErrorShape
  readonly outcome?: Outcome
}

export interface OutboxStore {
  acceptSend(keyed: KeyedRequest, delivery: NewDelivery): Promise<Acceptance<DeliveryRecord>>
  /** What the key names, if it was used: the delivery, or that it names something else. */
  find(keyed: KeyedRequest): Promise<Found<DeliveryRecord> | undefined>
  add(delivery: NewDelivery): Promise<void>
  /** Not sent yet, oldest first. */
  pending(): Promise<readonly DeliveryRecord[]>
  get(id: string): Promise<DeliveryRecord | undefined>
  /** Written before the service is called, so that a crash in between shows afterwards. */
  sending(id: string): Promise<void>
  /** The service surely has nothing new: wait for another try. */
  backToPending(id: string): Promise<void>
  /** One more of its texts was confirmed. */
  progressed(id: string, messageIds: readonly string[]): Promise<void>
  /**
   * One of its messages, the last of `messageIds`, has arrived after all: if it is `unknown`, it waits
   * again for what is left of it, and is given.
   */
  arrived(id: string, messageIds: readonly string[]): Promise<DeliveryRecord | undefined>
  settle(
    id: string,
    end: { state: "sent" | "failed" | "unknown"; outcome: Outcome; error?: ErrorShape },
  ): Promise<void>
  /** A send that surely had no effect: its key may be used again. */
  forget(id: string): Promise<void>
  /**
   * What a crash left between the call and its answer: pending again where `repeatable`, with an error
   * that says that it may have arrived, until the service confirms it; else unknown.
   */
  recover(repeatable: (channel: string) => boolean): Promise<void>
  counts(): Promise<OutboxCounts>
  unknown(limit: number): Promise<readonly UnknownDelivery[]>
  /** What is not sent and not dropped, oldest first. */
  list(limit: number): Promise<readonly OutboxRow[]>
  /** A failed or unknown delivery waits again from `at`, as if it were new; false if it is in no such state. */
  retry(id: string, at: number): Promise<boolean>
  /** Takes out what waits, failed or is unknown; its key keeps its outcome. False while it is being sent, or is over. */
  drop(id: string, outcome: Outcome): Promise<boolean>
}

/** Counts of strangers who wrote and were not answered; at most 100 are remembered. */
export interface DroppedStore {
  add(sender: { channel: string; id: string; name?: string; at: number }): Promise<void>
  list(limit: number): Promise<readonly DroppedSender[]>
}

/** Whom an operator allowed beside the configuration; whoever is allowed is no dropped sender any more. */
export interface SenderStore {
  allow(sender: AllowedSender): Promise<void>
  /** False if they were not allowed here. */
  remove(channel: string, id: string): Promise<boolean>
  list(): Promise<readonly AllowedSender[]>
}

/** What an operator should know and nobody else tells; the latest 50. */
export interface NoticeStore {
  add(notice: Notice): Promise<void>
  /** The latest first. */
  list(limit: number): Promise<readonly Notice[]>
}

/** What channels must not lose, apart for each; each value has a checksum. See `ChannelVault`. */
export interface VaultStore {
  get(
    channel: string,
    area: string,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, Uint8Array>>
  write(
    channel: string,
    changes: readonly {
      readonly area: string
      readonly key: string
      readonly value: Uint8Array | undefined
    }[],
    at: number,
  ): Promise<void>
  keys(channel: string, area: string, limit: number): Promise<readonly string[]>
  trim(
    channel: string,
    area: string,
    options: { readonly before: number; readonly keep: number },
  ): Promise<void>
  rename(channel: string, area: string, to: string): Promise<void>
  clear(channel: string, area: string): Promise<void>
}

/** Notes from `system-event` for the next turn of the main session; at most 100 wait. */
export interface NoteStore {
  add(text: string, at: number): Promise<void>
  list(): Promise<readonly string[]>
  take(): Promise<readonly string[]>
}

/** Small durable facts, by name. */
export interface FactStore {
  get(area: string, key: string): Promise<string | undefined>
  set(area: string, key: string, value: string): Promise<void>
}

export interface StorageHealth {
  readonly ok: boolean
  readonly path: string
  readonly lastError?: string
}

export interface Store<Message extends JournaledMessage> {
  readonly sessions: SessionStore
  readonly messages: MessageStore
  readonly runs: RunStore
  readonly inbox: InboxStore<Message>
  readonly outbox: OutboxStore
  readonly dropped: DroppedStore
  readonly senders: SenderStore
  readonly notices: NoticeStore
  readonly vault: VaultStore
  readonly media: MediaStore
  readonly notes: NoteStore
  readonly facts: FactStore
  health(): StorageHealth
  /**
   * Forgets idempotency keys that are older than this. They age while the gateway runs, and by a day at
   * most while it does not, whatever the wall clock says.
   */
  expireKeys(olderThanMs: number): Promise<void>
  /**
   * Forgets messages from before `before` (0: none), and what has been over for 30 days: journal rows,
   * deliveries and runs that no idempotency key names.
   */
  expire(before: number): Promise<void>
  /**
   * Copies the whole state into a folder beside it, at most once a day, and keeps the three latest
   * copies. Never rejects: a copy that fails is a notice.
   */
  backUp(at: number): Promise<void>
  /** Releases the state folder's lock; no method may be called afterwards. */
  close(): Promise<void>
}
