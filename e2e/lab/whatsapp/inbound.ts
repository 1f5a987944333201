// What people send to the client. Every message is sealed by its sender's own endpoint, waits in the link's queue until the
// client's receipt, and can be sealed anew when the client asks for a retry.

import { randomBytes } from "node:crypto"
import {
  areJidsSameUser,
  type BinaryNode,
  encodeWAMessage,
  getBinaryNodeChild,
  getContentType,
  jidNormalizedUser,
  proto,
} from "@whiskeysockets/baileys"
import type { Account, Directory } from "./directory.ts"
import { type Addressing, type Group, toAddress } from "./groups.ts"
import type { Link } from "./link.ts"
import { attribute, element } from "./nodes.ts"

/** "lid-only" hides the sender's number, as the service does with strangers. */
export type NamedBy = "number" | "lid" | "lid-only"

export type Place =
  | { readonly kind: "direct"; readonly by: NamedBy }
  | { readonly kind: "group"; readonly group: Group }
  /** The owner wrote this on the phone; the client gets a copy. */
  | { readonly kind: "copy"; readonly chat: Account; readonly by: Addressing }
  /** From the owner's phone to its own client: history, keys. */
  | { readonly kind: "peer" }
  | { readonly kind: "status" }
  | { readonly kind: "newsletter"; readonly jid: string }

export type LetterOptions = {
  readonly id?: string
  /** How many times the client cannot decrypt it: 1 is mended by the first retry. */
  readonly undecryptable?: number
  /** Overrides what the stanza says, for stanzas that no honest server sends. */
  readonly attributes?: Readonly<Record<string, string>>
  /** When it was written, for old messages. */
  readonly atMs?: number
}

export type Letter = {
  readonly id: string
  readonly sender: Account
  readonly place: Place
  readonly message: proto.IMessage
  readonly attributes: Readonly<Record<string, string>>
  readonly atMs: number
  undecryptable: number
  /** As it went out last. */
  stanza: BinaryNode | undefined
}

export type InboundParts = {
  readonly directory: Directory
  readonly owner: Account
  readonly link: Link
  readonly now: () => number
}

export type Inbound = ReturnType<typeof createInbound>

const STATUS = "status@broadcast"

export function createInbound({ directory, owner, link, now }: InboundParts) {
  const letters: Letter[] = []
  // Whom the client has a group's sender key of: per device, place and sender.
  const shared = new Set<string>()
  // Sealing is asynchronous, and what one sender wrote has to go out in the order in which it was written.
  let work: Promise<unknown> = Promise.resolve()

  function inOrder<T>(task: () => Promise<T>): Promise<T> {
    const done = work.then(task, task)
    work = done
    return done
  }

  async function sealed(
    letter: Letter,
    message: proto.IMessage,
    count?: number,
  ): Promise<BinaryNode> {
    const { lid } = link.require()
    const { endpoint } = letter.sender
    const { type, ciphertext } = await endpoint.seal(lid, encodeWAMessage(message), () =>
      link.fetchBundle(),
    )
    const bytes = letter.undecryptable > 0 ? spoiled(ciphertext, ciphertext.length - 1) : ciphertext
    return element("enc", { v: 2, type, count }, bytes)
  }

  async function groupContent(letter: Letter, groupId: string, author: string) {
    const { number } = link.require()
    const data = encodeWAMessage(letter.message)
    const { ciphertext, senderKeyDistributionMessage } = await letter.sender.endpoint.sealForGroup(
      groupId,
      letter.sender.lid,
      data,
    )
    const nodes: BinaryNode[] = []
    const share = `${number}/${groupId}/${author}`
    if (!shared.has(share) && letter.undecryptable === 0) {
      shared.add(share)
      nodes.push(await sealed(letter, withSenderKey({}, groupId, senderKeyDistributionMessage)))
    }
    const bytes = letter.undecryptable > 0 ? spoiled(ciphertext, 0) : ciphertext
    return [...nodes, element("enc", { v: 2, type: "skmsg" }, bytes)]
  }

  async function toStanza(letter: Letter): Promise<BinaryNode> {
    const { sender, place, message } = letter
    const names = toNames(letter, owner)
    switch (place.kind) {
      case "direct":
      case "peer":
        return compose(letter, names, [await sealed(letter, message)])
      case "copy": {
        const destinationJid = names["recipient"] ?? ""
        const copy = { deviceSentMessage: { destinationJid, message } }
        return compose(letter, names, [await sealed(letter, copy)])
      }
      case "group":
      case "status": {
        const author = names["participant"] ?? sender.lid
        return compose(letter, names, await groupContent(letter, names["from"] ?? "", author))
      }
      case "newsletter":
        return compose(letter, names, [
          element("plaintext", {}, proto.Message.encode(message).finish()),
        ])
    }
  }

  async function put(letter: Letter): Promise<Letter> {
    letter.stanza = await toStanza(letter)
    letter.undecryptable = Math.max(0, letter.undecryptable - 1)
    link.deliver(letter.stanza)
    return letter
  }

  function find(id: string, senderJid: string | undefined): Letter | undefined {
    return letters.findLast(
      ({ id: known, sender }) =>
        known === id && (senderJid === undefined || isOf(sender, senderJid)),
    )
  }

  return {
    letters: letters as readonly Letter[],

    send(
      sender: Account,
      place: Place,
      message: proto.IMessage,
      { id = toId(), undecryptable = 0, attributes = {}, atMs = now() }: LetterOptions = {},
    ): Promise<Letter> {
      const letter = {
        id,
        sender,
        place,
        message,
        attributes,
        atMs,
        undecryptable,
        stanza: undefined,
      }
      letters.push(letter)
      return inOrder(() => put(letter))
    },

    /** The same message under the same id, sealed anew: what a sender does that is not sure of the first. */
    resend: (letter: Letter): Promise<Letter> => inOrder(() => put(letter)),

    /** Nobody has the sender keys of this account any more. */
    forgetSenderKeys({ pn, lid }: Account): void {
      for (const share of shared) {
        if (share.endsWith(`/${lid}`) || share.endsWith(`/${pn}`)) shared.delete(share)
      }
    },

    /** The very same bytes a second time. */
    repeat(letter: Letter): void {
      if (letter.stanza !== undefined) link.repeat(letter.stanza)
    },

    /** The client could not decrypt and asked; false when there is no such message. */
    async retry(receipt: BinaryNode): Promise<boolean> {
      const { participant, to, recipient } = receipt.attrs
      const senderJid = recipient === undefined ? (participant ?? to) : owner.lid
      const letter = find(attribute(receipt, "id"), senderJid)
      if (letter === undefined) return false
      const count = Number(getBinaryNodeChild(receipt, "retry")?.attrs["count"] ?? "1")
      await inOrder(() => sealAgain(letter, receipt, count))
      return true
    },
  }

  async function sealAgain(letter: Letter, receipt: BinaryNode, count: number): Promise<void> {
    const { endpoint, lid } = letter.sender
    const address = link.require().lid
    await endpoint.forget(address)
    await endpoint.adoptKeysOf(address, receipt)
    const names = toNames(letter, owner)
    const place = names["from"] ?? ""
    const inPlace =
      letter.place.kind === "group" || letter.place.kind === "status"
        ? await withFreshSenderKey(letter, place, lid)
        : letter.place.kind === "copy"
          ? {
              deviceSentMessage: {
                destinationJid: names["recipient"] ?? "",
                message: letter.message,
              },
            }
          : letter.message
    letter.stanza = compose(letter, names, [await sealed(letter, inPlace, count)])
    letter.undecryptable = Math.max(0, letter.undecryptable - 1)
    link.deliver(letter.stanza)
  }

  async function withFreshSenderKey(letter: Letter, groupId: string, lid: string) {
    const { endpoint } = letter.sender
    const nothing = encodeWAMessage({})
    const { senderKeyDistributionMessage } = await endpoint.sealForGroup(groupId, lid, nothing)
    return withSenderKey(letter.message, groupId, senderKeyDistributionMessage)
  }

  function isOf(sender: Account, jid: string): boolean {
    return directory.find(jidNormalizedUser(jid)) === sender || areJidsSameUser(jid, sender.lid)
  }
}

function toNames({ sender, place }: Letter, owner: Account): Record<string, string | undefined> {
  const { pn, lid } = sender
  switch (place.kind) {
    case "direct":
      return place.by === "number" && pn !== undefined
        ? { from: pn, sender_lid: lid, addressing_mode: "pn" }
        : { from: lid, sender_pn: place.by === "lid" ? pn : undefined, addressing_mode: "lid" }
    case "copy":
      return place.by === "pn" && place.chat.pn !== undefined
        ? { from: pn, recipient: place.chat.pn, peer_recipient_lid: place.chat.lid }
        : { from: lid, recipient: place.chat.lid, peer_recipient_pn: place.chat.pn }
    case "peer":
      return { from: owner.pn, category: "peer" }
    case "group": {
      const { id, addressing } = place.group
      const { jid, alternative } = toAddress(sender, addressing)
      return { from: id, participant: jid, ...alternative, addressing_mode: addressing }
    }
    case "status":
      return { from: STATUS, participant: pn ?? lid }
    case "newsletter":
      return { from: place.jid, server_id: "100" }
  }
}

function compose(
  { id, sender, message, attributes, atMs }: Letter,
  names: Readonly<Record<string, string | undefined>>,
  content: BinaryNode[],
): BinaryNode {
  const t = Math.floor(atMs / 1000)
  const type = typeOf(message)
  return element("message", { id, t, type, notify: sender.name, ...names, ...attributes }, content)
}

function typeOf(message: proto.IMessage): string {
  const type = getContentType(message) ?? "conversation"
  if (type === "reactionMessage") return "reaction"
  return ["imageMessage", "videoMessage", "audioMessage", "documentMessage"].includes(type)
    ? "media"
    : "text"
}

function withSenderKey(message: proto.IMessage, groupId: string, key: Uint8Array): proto.IMessage {
  return {
    ...message,
    senderKeyDistributionMessage: { groupId, axolotlSenderKeyDistributionMessage: key },
  }
}

function spoiled(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, index) => (index === at ? byte ^ 0xff : byte))
}

function toId(): string {
  return `3A${randomBytes(9).toString("hex").toUpperCase()}`
}
