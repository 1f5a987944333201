// What the gateway wants of a messaging service. A channel is one connection to one service, owned by
// the gateway alone; adding one is a folder and a row in the table of channels.

import type * as v from "valibot"
import type { ChannelHealth } from "#protocol"
import type { Clock } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"

/** A message that came in, in the words that all channels share. */
export interface InboundMessage {
  readonly channel: string
  /** Which account of ours received it: a bot's id, a number. */
  readonly account: string
  /** The chat it was written in, in the channel's own form. */
  readonly chat: string
  /** Unique within account and chat. */
  readonly messageId: string
  /** Messages of one chat are answered in this order; later ones are larger, or equal and journaled later. */
  readonly order: number
  readonly sender: InboundSender
  readonly group?: InboundGroup
  readonly text: string
  readonly quoted?: InboundQuotation
  /** These are the words of somebody else, passed on; `from` is who that is, if the service says so. */
  readonly forwarded?: { readonly from?: string }
  /** What came with it. It is fetched only for somebody who may talk to the agent. */
  readonly media?: readonly InboundMedia[]
  /** It was sent as one with others of its chat that carry the same. */
  readonly album?: string
  /** When it was written, by the service's clock. */
  readonly ts: number
  /** When the service handed it over, by the same clock; missing where that is not known. */
  readonly servedAt?: number
  /**
   * The owner of the account wrote it by hand, on another device, in a chat with somebody else: the bot
   * keeps quiet there for a while, and the text is context.
   */
  readonly byOwner?: boolean
  /** The session it belongs to when `session.scope` is `per-sender`. */
  readonly sessionKey: string
}

/** What a message answers. */
export interface InboundQuotation {
  readonly sender?: string
  readonly text: string
  /** Its files, where the bot may not have seen them: in a group, what others sent. */
  readonly media?: readonly InboundMedia[]
}

/** A file that the service still holds. */
export interface InboundMedia {
  readonly kind: MediaKind
  /** What the channel needs to fetch it: its own JSON, which may hold keys and is shown to nobody. */
  readonly reference: string
  /** As the sender's device calls it; untrusted. */
  readonly mimeType: string
  readonly name?: string
  /** As announced; what really comes may be more. */
  readonly bytes?: number
}

export type MediaKind = "image" | "audio" | "voice" | "video" | "document" | "sticker"

export interface InboundSender {
  /** The lasting id that allow lists name. */
  readonly id: string
  /** Other lasting ids of the same person. */
  readonly aliases?: readonly string[]
  /** It is not known who this is, only an id that hides it: `*` does not allow them. */
  readonly hidden?: boolean
  /** The owner of the account: always allowed. */
  readonly self?: boolean
  /** A name that its owner may change, such as `@anna`. An allow list that names it pins it to the id. */
  readonly handle?: string
  readonly name?: string
}

export interface InboundGroup {
  readonly id: string
  readonly title?: string
  readonly topic?: string
  /** The bot was mentioned, or the message answers one of its own. */
  readonly mentioned: boolean
}

export interface OutboundMessage {
  /** In the channel's own form, as `readTarget` gives it. */
  readonly chat: string
  /** At most `maxTextLength` UTF-16 units of Markdown; empty only beside `media`, whose caption it is. */
  readonly text: string
  readonly media?: OutboundMedia
  /** The same for every try of one message; a service that can, drops the second one. */
  readonly token: string
}

/** A file of the media folder. */
export interface OutboundMedia {
  readonly path: string
  readonly mimeType: string
  readonly name: string
  readonly bytes: number
}

export interface SentMessage {
  readonly messageId: string
}

export interface SendOptions {
  readonly signal: AbortSignal
  /** When `signal` will abort, by `clock.monotonic()`: a wait that would end later is not begun. */
  readonly deadline?: number
  readonly trace?: SendTrace
}

/** Writes down how far a message has come, so that a crash shows what the service may have. */
export interface SendTrace {
  /** Awaited right before the service is called, not before any waiting. If it rejects, nothing is sent. */
  leaving(): Promise<void>
  /** Awaited after a call of which the service surely has nothing, before waiting for the next try. */
  stayed(): Promise<void>
  /** The service confirmed it after the outcome was said to be unknown. Never rejects. */
  confirmedLate?(sent: SentMessage): Promise<void>
}

/** A running connection to one service. */
export interface Channel {
  readonly id: string
  health(): ChannelHealth
  /** Resolves once connecting has begun; the rest happens behind it and shows in `health()`. Never rejects for the network. */
  start(): Promise<void>
  /**
   * Ends the connection and makes a new one, as after any failure: something of it failed where nobody
   * waited, and what state that left behind is not known. Does nothing while there is no connection.
   */
  restart(error: Error): void
  /** Resolves when nothing of it runs any more and no message will be journaled. */
  stop(): Promise<void>
  /**
   * Delivers one message. Rejects with a GatewayError whose `retryable` is true only if the service
   * surely has nothing, and whose `details.reason` is `outcome_unknown` if it may have it.
   */
  send(message: OutboundMessage, options: SendOptions): Promise<SentMessage>
  /** Shows that an answer is being written until `signal` aborts. Failures are its own business. */
  showTyping(chat: string, options: SendOptions): void
  /** Tells the senders that their messages were read. Failures are its own business. */
  markRead?(messages: readonly InboundMessage[]): void
  /**
   * Shows the answer while it grows, until `signal` aborts; the finished one is sent as a message.
   * Undefined where the service cannot. Failures are its own business.
   */
  openDraft?(chat: string, options: SendOptions): Draft | undefined
  /**
   * Reads a file that came with a message. Rejects with a GatewayError if the service does not have it
   * any more; ends with an error if it is not the file that was announced.
   */
  fetchMedia?(media: InboundMedia, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  /** Present where an account must be linked (`needsLink`). */
  readonly linking?: Linking
}

export interface Draft {
  /** The whole text so far. May be called as often as it grows: the channel leaves out what comes too fast. */
  update(text: string): void
}

/** How an account is linked with the gateway, and how that ends. */
export interface Linking {
  /**
   * Links an account; resolves with who it is. Rejects with a GatewayError: `already_linked`,
   * `login_expired` (no code was used in time), `login_refused` or `aborted`. After `signal` aborts it
   * settles soon, unless the account is being linked at that moment.
   */
  link(request: LinkRequest, options: LinkOptions): Promise<{ readonly self: string }>
  /**
   * Takes the gateway off the account and forgets the credentials. `serviceTold` is false where the service
   * could not be reached, so that it still lists the gateway among the account's devices.
   */
  unlink(): Promise<{ readonly serviceTold: boolean }>
}

export type LinkRequest =
  | { readonly method: "qr" }
  /** `phone` is the number of the account in E.164. */
  | { readonly method: "code"; readonly phone: string }

export interface LinkOptions {
  readonly signal: AbortSignal
  readonly progress: (progress: LinkProgress) => void
}

export type LinkProgress =
  /** A credential: it may be shown to whoever asked, and stands in no log. */
  | {
      readonly state: "code"
      readonly qr?: string
      readonly code?: string
      readonly expiresAt: number
    }
  /** A code was used, and the account is being linked. */
  | { readonly state: "linking" }

/** Where a `to` leads, in the channel's own form. */
export interface ChannelTarget {
  readonly chat: string
  /** The session of that chat. */
  readonly sessionKey: string
}

/** A small durable notebook of one channel: its offset, its pins. */
export interface ChannelNotebook {
  get(key: string): Promise<string | undefined>
  set(key: string, value: string): Promise<void>
}

/**
 * What a channel must not lose: credentials, keys, what it decrypted, what it sent. Durable, and each
 * value has a checksum: reading a damaged one rejects with a GatewayError of reason `state_damaged`.
 */
export interface ChannelVault {
  /** The values of these keys; a key without one is left out. */
  get(area: string, keys: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>
  /** All or nothing, on disk when it resolves. Without a value the key is removed. */
  write(changes: readonly VaultChange[]): Promise<void>
  /** The keys of an area, the latest written first. */
  keys(area: string, limit: number): Promise<readonly string[]>
  /** Removes what was written before `before`, and all but the `keep` latest. */
  trim(area: string, options: { readonly before: number; readonly keep: number }): Promise<void>
  /** Renames an area, such as into a dated backup; what stood under the new name is gone. */
  rename(area: string, to: string): Promise<void>
  clear(area: string): Promise<void>
}

export interface VaultChange {
  readonly area: string
  readonly key: string
  readonly value: Uint8Array | undefined
}

export interface ChannelParts<Settings> {
  readonly settings: Settings
  readonly clock: Clock
  readonly log: Logger
  /** All waits of this channel, in milliseconds; tests divide them. */
  readonly timings: ChannelTimings
  readonly notebook: ChannelNotebook
  readonly vault: ChannelVault
  /** What may be said instead of a question, for services that offer a list of it. */
  readonly commands?: readonly ChannelCommand[]
  /** The gateway's own environment, for a proxy. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /**
   * Resolves once the message is on disk; only then may the service be told that it was received.
   * Rejects with a GatewayError whose reason is `storage` while the disk fails: the message must then
   * be offered again for as long as it takes. Any other rejection is this one message's own fault.
   */
  readonly journal: (message: InboundMessage) => Promise<"new" | "duplicate">
  /** The health changed in a way that a person would care about. */
  readonly changed: () => void
}

export interface ChannelCommand {
  /** Without the slash. */
  readonly name: string
  /** One line. */
  readonly description: string
}

export interface ChannelTimings {
  readonly retryFirstMs: number
  readonly retryMaxMs: number
  /** A connection that held this long starts the next back-off from the beginning. */
  readonly stableAfterMs: number
  readonly longPollMs: number
  readonly requestTimeoutMs: number
  readonly stallMs: number
  readonly conflictFirstMs: number
  readonly conflictMaxMs: number
  /** What a stop grants to messages that are on their way. */
  readonly lastSendsMs: number
  readonly typingRefreshMs: number
  readonly typingMaxMs: number
  /** Between two messages to one chat. */
  readonly chatIntervalMs: number
  /** From a message to the service's word that it has it. */
  readonly ackMs: number
  /** How long that word is listened for after the outcome was said to be unknown. */
  readonly lateAckMs: number
  readonly connectTimeoutMs: number
  readonly keepAliveMs: number
  readonly queryTimeoutMs: number
  /** A connection that answers pings but has brought nothing for so long is made anew. */
  readonly deafAfterMs: number
  /** One code of a login is shown for so long. */
  readonly linkCodeMs: number
  readonly draftIntervalMs: number
  readonly mediaTimeoutMs: number
  /** How long what was decrypted or sent can still be asked for. */
  readonly keepSentMs: number
}

/** What all channels have under `channels.<id>` in the configuration. */
export interface ChannelSettings {
  /** Ids, handles or `*`; empty means nobody. */
  readonly allowFrom: readonly string[]
  readonly groups: Readonly<Record<string, GroupRule>>
}

export interface GroupRule {
  readonly anyone: boolean
  readonly mention: boolean
  readonly patterns: readonly string[]
}

/** A row of the table of channels. Importing it must not load the service's library. */
export interface ChannelDefinition<Settings extends ChannelSettings = ChannelSettings> {
  readonly id: string
  /** As people write it. */
  readonly name: string
  /** Longest text of one message, in UTF-16 units. */
  readonly maxTextLength: number
  /** What may stand under `channels.<id>`; every key has a default. */
  readonly Settings: v.GenericSchema<unknown, Settings>
  /** Longest caption of a file; a longer one follows as a message of its own. */
  readonly maxCaptionLength: number
  /** An account must be linked before anything can be sent: without one the answer is `NOT_LINKED`. */
  readonly needsLink?: boolean
  /** The service drops a message that has the token of an earlier one, so that it may be sent again (rule I4). */
  readonly dropsRepetitions?: boolean
  /** How the result of `send` calls the chat. */
  readonly chatField: "toJid" | "chatId"
  /** The form in which an allow list of this channel names a person or a group; undefined for what is neither. */
  readAllowed(id: string): string | undefined
  /** What `readAllowed` reads, for people: `a number such as +15550100000`. */
  readonly allowedForms?: string
  isConfigured(settings: Settings): boolean
  /** The command or setting that turns this channel on, as one sentence. */
  readonly howToConfigure: string
  /**
   * Reads a `to`. `named` says that the request chose this channel, so that bare forms count too.
   * Undefined means that this is no address of the channel.
   */
  readTarget(to: string, named: boolean): ChannelTarget | undefined
  /** Missing where this version only knows the channel's addresses. Called only if it is configured. */
  create?(parts: ChannelParts<Settings>): Promise<Channel>
}
