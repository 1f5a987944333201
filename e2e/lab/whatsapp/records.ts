// What the lab remembers of the traffic, in words that a test reads.

import type { BinaryNode, proto } from "@whiskeysockets/baileys"
import type { MediaKind } from "./media.ts"

export type Received = {
  readonly id: string
  /** Where it was written: the recipient's own jid as the client addressed it, a group, or the chat of a copy. */
  readonly chat: string
  /** Whether it came from the linked client; else the owner wrote it on the phone. */
  readonly byClient: boolean
  readonly atMs: number
  readonly text: string | undefined
  readonly quotedId: string | undefined
  readonly mentions: readonly string[]
  readonly media: ReceivedMedia | undefined
  /** As it was decrypted, for what the fields above do not say. */
  readonly message: proto.IMessage
  /** How often this id arrived; it stands in the list once. */
  copies: number
}

export type ReceivedMedia = {
  readonly kind: MediaKind
  readonly bytes: Buffer
  readonly mimetype: string | undefined
  readonly fileName: string | undefined
}

export type Typing = { readonly chat: string; readonly state: string; readonly atMs: number }

export type Read = { readonly chat: string; readonly ids: readonly string[]; readonly atMs: number }

/** What the client answered to a message for it: "delivery", the type of its receipt, or "nack 500". */
export type Receipt = {
  readonly id: string
  readonly kind: string
  readonly chat: string | undefined
  readonly atMs: number
}

/** A message stanza of the client as it reached the server. */
export type Attempt = {
  readonly id: string
  readonly to: string
  readonly atMs: number
  /** "accepted", "held", "lost" or the code of the refusal. */
  readonly answer: string
}

export type Unanswered = { readonly query: string; readonly node: BinaryNode }
