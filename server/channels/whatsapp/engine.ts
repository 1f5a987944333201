// What of a linked account needs the library: taking messages in and sending them. Made at the first
// attempt to connect.

import type { ChannelParts } from "../channel.ts"
import type { Contacts } from "./contacts.ts"
import type { Device } from "./credentials.ts"
import { createDeciphered, type Deciphered } from "./deciphered.ts"
import type { Groups } from "./groups.ts"
import type { Library } from "./library.ts"
import { createOutgoing, type Outgoing, type OutgoingParts } from "./outgoing.ts"
import type { Account } from "./reading.ts"
import { createReceiving, type Receiving, type ReceivingParts } from "./receiving.ts"
import type { SentStore } from "./sent.ts"
import type { WhatsAppSettings } from "./settings.ts"
import type { Storms } from "./storms.ts"
import { createVanishing } from "./vanishing.ts"

export interface Engine {
  readonly library: Library
  readonly deciphered: Deciphered
  readonly receiving: Receiving
  readonly outgoing: Outgoing
}

export interface EngineParts
  extends Pick<
      OutgoingParts,
      "connection" | "nextConnection" | "why" | "closing" | "cut" | "track"
    >,
    Pick<ReceivingParts, "received" | "serviceNow" | "skipped"> {
  readonly parts: ChannelParts<WhatsAppSettings>
  readonly device: Device
  readonly account: Account
  readonly contacts: Contacts
  readonly groups: Groups
  readonly sent: SentStore
  readonly storms: Storms
}

export function createEngine(library: Library, options: EngineParts): Engine {
  const { parts, device, account, contacts, groups, sent } = options
  const { clock, log, timings, vault, journal } = parts
  const deciphered = createDeciphered({
    library,
    device,
    vault,
    clock,
    log,
    keepMs: timings.keepSentMs,
    failed: options.storms.failed,
  })
  const vanishing = createVanishing({ notebook: parts.notebook, log })
  const receiving = createReceiving({
    vanishing,
    account,
    deciphered,
    clock,
    log,
    timings,
    journal,
    findNumbers: contacts.findNumbers,
    groupTitle: (id) => groups.title(id, options.connection()?.socket),
    isSentByUs: async (id) => (await sent.find(id)) !== undefined,
    serviceNow: options.serviceNow,
    received: options.received,
    skipped: options.skipped,
    signal: options.closing,
  })
  const outgoing = createOutgoing({
    ...options,
    vanishing,
    number: account.number,
    clock,
    timings,
    library,
    isKnown: contacts.isKnown,
  })
  return { library, deciphered, receiving, outgoing }
}
