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
  /** Messages of one chat are answered in this order; later ones are larger. */
  readonly order: number
  readonly sender: InboundSender
  readonly group?: InboundGroup
  readonly text: string
  readonly quoted?: { readonly sender?: string; readonly text: string }
  /** When it was written, by the service's clock. */
  readonly ts: number
  /** The session it belongs to when `session.scope` is `per-sender`. */
  readonly sessionKey: string
}

export interface InboundSender {
  /** The lasting id that allow lists name. */
  readonly id: string
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
  /** At most `maxTextLength` UTF-16 units. */
  readonly text: string
  /** The same for every try of one message; a service that can, drops the second one. */
  readonly token: string
}

export interface SentMessage {
  readonly messageId: string
}

export interface SendOptions {
  readonly signal: AbortSignal
  readonly trace?: SendTrace
}

/** Writes down how far a message has come, so that a crash shows what the service may have. */
export interface SendTrace {
  /** Awaited right before the service is called, not before any waiting. If it rejects, nothing is sent. */
  leaving(): Promise<void>
  /** Awaited after a call of which the service surely has nothing, before waiting for the next try. */
  stayed(): Promise<void>
}

/** A running connection to one service. */
export interface Channel {
  readonly id: string
  health(): ChannelHealth
  /** Resolves once connecting has begun; the rest happens behind it and shows in `health()`. Never rejects for the network. */
  start(): Promise<void>
  /** Resolves when nothing of it runs any more and no message will be journaled. */
  stop(): Promise<void>
  /**
   * Delivers one message. Rejects with a GatewayError whose `retryable` is true only if the service
   * surely has nothing, and whose `details.reason` is `outcome_unknown` if it may have it.
   */
  send(message: OutboundMessage, options: SendOptions): Promise<SentMessage>
  /** Shows that an answer is being written until `signal` aborts. Failures are its own business. */
  showTyping(chat: string, options: SendOptions): void
}

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

export interface ChannelParts<Settings> {
  readonly settings: Settings
  readonly clock: Clock
  readonly log: Logger
  /** All waits of this channel, in milliseconds; tests divide them. */
  readonly timings: ChannelTimings
  readonly notebook: ChannelNotebook
  /**
   * Resolves once the message is on disk; only then may the service be told that it was received.
   * Rejects with a GatewayError whose reason is `storage` while the disk fails: the message must then
   * be offered again for as long as it takes. Any other rejection is this one message's own fault.
   */
  readonly journal: (message: InboundMessage) => Promise<"new" | "duplicate">
  /** The health changed in a way that a person would care about. */
  readonly changed: () => void
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
  /** An account must be linked before anything can be sent: without one the answer is `NOT_LINKED`. */
  readonly needsLink?: boolean
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
