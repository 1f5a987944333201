// A person at the other end: what they send to the client, and what the client sent to them.

import type { proto } from "@whiskeysockets/baileys"
import type { Account } from "./directory.ts"
import { createEndpoint } from "./endpoint.ts"
import type { Events, WaitOptions } from "./events.ts"
import type { Group } from "./groups.ts"
import type { Inbound, Letter, LetterOptions, NamedBy, Place } from "./inbound.ts"
import type { Link } from "./link.ts"
import type { Media, MediaKind, MediaOptions } from "./media.ts"
import { element } from "./nodes.ts"
import type { Outbound } from "./outbound.ts"
import type { Received } from "./records.ts"

export type SendOptions = LetterOptions & {
  /** How the stanza names the sender of a direct message; by number when there is one. */
  readonly by?: NamedBy
  /** Into this group instead of the chat with the owner. */
  readonly group?: Group
  readonly quote?: Quote
  /** Jids, as the place names people. */
  readonly mentions?: readonly string[]
}

export type Quote = {
  readonly id: string
  /** The author's jid as the place names people. */
  readonly author: string
  readonly text?: string
}

export type PersonParts = {
  readonly account: Account
  readonly inbound: Inbound
  readonly outbound: Outbound
  readonly media: Media
  readonly events: Events
  readonly link: Link
  readonly now: () => number
}

export type Person = ReturnType<typeof createPerson>

export function createPerson(parts: PersonParts) {
  const { account, inbound, outbound, media, events, link, now } = parts
  const { pn, lid, name } = account

  function send(message: proto.IMessage, options: SendOptions = {}): Promise<Letter> {
    return inbound.send(account, toPlace(options), message, options)
  }

  function toPlace({ by = "number", group }: SendOptions): Place {
    return group === undefined ? { kind: "direct", by } : { kind: "group", group }
  }

  return {
    account,
    name,
    /** "15550100@s.whatsapp.net"; undefined for somebody without a number. */
    pn,
    lid,

    /** Any message at all. */
    send,

    sendText(text: string, options: SendOptions = {}): Promise<Letter> {
      const contextInfo = toContext(options)
      return send(
        contextInfo === undefined
          ? { conversation: text }
          : { extendedTextMessage: { text, contextInfo } },
        options,
      )
    },

    async sendMedia(
      kind: MediaKind,
      bytes: Uint8Array,
      options: SendOptions & MediaOptions = {},
    ): Promise<Letter> {
      const contextInfo = toContext(options)
      const whole = contextInfo === undefined ? options : { ...options, contextInfo }
      return send(await media.toMessage(kind, bytes, whole), options)
    },

    /** In a burst nobody waits for anybody. */
    burst(count: number, options: SendOptions = {}): Promise<Letter[]> {
      return Promise.all(
        Array.from({ length: count }, (_, index) =>
          send({ conversation: `burst ${index + 1}` }, options),
        ),
      )
    },

    react(to: Letter, emoji: string, options: SendOptions = {}): Promise<Letter> {
      return send({ reactionMessage: { key: keyOf(to), text: emoji } }, options)
    },

    edit(letter: Letter, text: string, options: SendOptions = {}): Promise<Letter> {
      const editedMessage = { conversation: text }
      const protocolMessage = { key: keyOf(letter), type: 14, editedMessage, timestampMs: now() }
      return send({ protocolMessage }, options)
    },

    revoke(letter: Letter, options: SendOptions = {}): Promise<Letter> {
      return send({ protocolMessage: { key: keyOf(letter), type: 0 } }, options)
    },

    postStatus(text: string): Promise<Letter> {
      return inbound.send(account, { kind: "status" }, { extendedTextMessage: { text } })
    },

    resend: inbound.resend,
    repeat: inbound.repeat,

    /** Reads a message of the client: blue ticks. */
    read({ id, chat }: Pick<Received, "id" | "chat">): void {
      const group = chat.endsWith("@g.us")
      const who = group ? { from: chat, participant: lid } : { from: chat }
      link.deliver(element("receipt", { ...who, id, type: "read", t: toSeconds(now()) }))
    },

    setTyping(state: "composing" | "paused"): void {
      link.send(element("chatstate", { from: pn ?? lid }, [element(state)]))
    },

    /** Installs WhatsApp anew: a new identity, and no session is left. The client is told so. */
    reinstall(): void {
      account.endpoint.close()
      account.endpoint = createEndpoint()
      inbound.forgetSenderKeys(account)
      const names = {
        from: pn ?? lid,
        type: "encrypt",
        id: `identity-${now()}`,
        t: toSeconds(now()),
      }
      link.deliver(element("notification", names, [element("identity")]))
    },

    /** The next messages for this person cannot be decrypted by their phone, which asks for retries. */
    cannotDecrypt(times = 1): void {
      outbound.blind(account, times)
    },

    /** Each id once, in the order of first arrival. */
    get received(): readonly Received[] {
      return outbound.receivedBy(account)
    },

    /** The first received message that fits; waits for it if need be. */
    waitFor(fits: (message: Received) => boolean, options?: WaitOptions): Promise<Received> {
      return events.waitFor(() => outbound.receivedBy(account).find(fits), options)
    },

    waitForText(text: string, options?: WaitOptions): Promise<Received> {
      return events.waitFor(
        () => outbound.receivedBy(account).find((message) => message.text === text),
        options,
      )
    },
  }
}

export function toContext({ quote, mentions }: SendOptions): proto.IContextInfo | undefined {
  if (quote === undefined && mentions === undefined) return undefined
  return {
    ...(mentions !== undefined && { mentionedJid: [...mentions] }),
    ...(quote !== undefined && {
      stanzaId: quote.id,
      participant: quote.author,
      quotedMessage: { conversation: quote.text ?? "" },
    }),
  }
}

function toSeconds(ms: number): number {
  return Math.floor(ms / 1000)
}

/** The key of one's own message, as one names it oneself. */
function keyOf({ id, stanza }: Letter): proto.IMessageKey {
  const { from, participant } = stanza?.attrs ?? {}
  return {
    id,
    fromMe: true,
    ...(from !== undefined && { remoteJid: from }),
    ...(participant !== undefined && { participant }),
  }
}
