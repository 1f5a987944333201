// The owner of the account, with the phone in hand: links clients, writes by hand, and ends the link.

import type { proto } from "@whiskeysockets/baileys"
import type { CodePairing } from "./code-pairing.ts"
import type { Account } from "./directory.ts"
import type { Events, WaitOptions } from "./events.ts"
import type { Group } from "./groups.ts"
import type { Inbound, Letter, LetterOptions } from "./inbound.ts"
import type { Link } from "./link.ts"
import type { Outbound } from "./outbound.ts"
import { type Pairing, removedNode } from "./pairing.ts"
import type { Person } from "./person.ts"
import type { Received } from "./records.ts"

export type OwnerParts = {
  readonly account: Account
  readonly pairing: Pairing
  readonly codes: CodePairing
  readonly inbound: Inbound
  readonly outbound: Outbound
  readonly events: Events
  readonly link: Link
}

export type ByHandOptions = LetterOptions & {
  /** How the copy names the chat. */
  readonly by?: "pn" | "lid"
}

export function createOwner(parts: OwnerParts) {
  const { account, pairing, codes, inbound, outbound, events, link } = parts
  const { pn = "", lid, name } = account

  async function sendByHand(
    to: Person,
    message: proto.IMessage,
    { by = "pn", ...options }: ByHandOptions = {},
  ): Promise<Letter> {
    const text = message.conversation ?? message.extendedTextMessage?.text ?? undefined
    const letter = await inbound.send(
      account,
      { kind: "copy", chat: to.account, by },
      message,
      options,
    )
    const content = { quotedId: undefined, mentions: [], media: undefined }
    const chat = to.pn ?? to.lid
    await outbound.recordByHand(to.account, { id: letter.id, chat, text, message, ...content })
    return letter
  }

  return {
    account,
    name,
    pn,
    lid,

    /** Scans the text of a QR code; the client is linked once it has answered. */
    async scan(qr: string, options?: WaitOptions): Promise<void> {
      const { applicant, advSecret } = pairing.findByQr(qr)
      pairing.grant(applicant, advSecret)
      await events.waitFor(() => link.device?.noiseKey === applicant.noiseKey, options)
    },

    /** Types in the code that the client shows; rejects when it is another one. */
    async enterCode(code: string, options?: WaitOptions): Promise<void> {
      const applicant = await codes.enter(code, options)
      await events.waitFor(() => link.device?.noiseKey === applicant.noiseKey, options)
    },

    /** For fresh credentials: gives them back as a pairing would have left them. */
    linkAhead: pairing.linkAhead,

    /** Removes the client from the list of linked devices. */
    unlink(): void {
      link.connection?.refuse(removedNode())
      link.drop()
    },

    /** Writes to a person on the phone; the client gets a copy. */
    sendByHand,
    sendText: (to: Person, text: string, options?: ByHandOptions): Promise<Letter> =>
      sendByHand(to, { conversation: text }, options),

    sendToGroup: (group: Group, text: string, options?: LetterOptions): Promise<Letter> =>
      inbound.send(account, { kind: "group", group }, { conversation: text }, options),

    /** The chat "message yourself". */
    noteToSelf(text: string, { by = "pn", ...options }: ByHandOptions = {}): Promise<Letter> {
      const place = { kind: "copy", chat: account, by } as const
      return inbound.send(account, place, { conversation: text }, options)
    },

    /** The copies of what the client sent, and what it wrote into the chat with oneself. */
    get received(): readonly Received[] {
      return outbound.receivedBy(account)
    },

    waitFor(fits: (message: Received) => boolean, options?: WaitOptions): Promise<Received> {
      return events.waitFor(() => outbound.receivedBy(account).find(fits), options)
    },

    /** The next messages for the phone cannot be decrypted there. */
    cannotDecrypt(times = 1): void {
      outbound.blind(account, times)
    },
  }
}
