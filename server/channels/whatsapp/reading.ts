// A message as Baileys hands it over, read into the message that all channels share. Pure: what must be
// looked up is looked up before.

import * as v from "valibot"
import type { InboundGroup, InboundMessage, InboundSender } from "../channel.ts"
import { cut } from "../sketch.ts"
import { type Body, readBody, readQuoted } from "./body.ts"
import { Count, Flag, Text } from "./fields.ts"
import { type PersonJid, readJid, readPersonJid, toJid, toPersonId } from "./jid.ts"
import { nameMessage } from "./media.ts"
import type { Said } from "./parts.ts"
import { readTarget } from "./target.ts"

/** Who we are: the number in E.164, and the id that hides it. */
export interface Account {
  readonly number: string
  readonly lid?: string
}

export interface ReadingContext {
  readonly account: Account
  /** The number behind a hidden id as a JID or in E.164, as far as it is known. See `lidsIn`. */
  readonly numberOf: (lid: string) => string | undefined
  readonly groupTitle?: string | undefined
  /** The message has the id of one that the gateway sent. */
  readonly sentByUs: boolean
  readonly now: number
  /** The same moment by the service's clock. */
  readonly servedAt?: number | undefined
}

export type Reading =
  | {
      readonly kind: "message"
      readonly message: InboundMessage
      /** 0 for one that stays. */
      readonly vanishesAfterS: number
    }
  | { readonly kind: "skipped"; readonly why: string }
  /** It could not be decrypted yet: the same id comes again, with the text. It must not count as seen. */
  | { readonly kind: "stub" }

const CIPHERTEXT = 2
const MAX_NAME_LENGTH = 128
const LATEST_SECOND = 8_000_000_000
const MESSAGE_ID = /^[!-~]{1,128}$/

const Key = v.object({
  id: v.pipe(v.string(), v.regex(MESSAGE_ID)),
  remoteJid: v.string(),
  /** The other id of who wrote: the hidden one beside a number, the number beside a hidden one. */
  remoteJidAlt: Text,
  participant: Text,
  participantAlt: Text,
  fromMe: Flag,
})

const Message = v.object({
  key: Key,
  participant: Text,
  message: v.optional(v.unknown()),
  messageTimestamp: Count,
  messageStubType: v.nullish(v.number(), 0),
  pushName: Text,
  category: Text,
})
type Message = v.InferOutput<typeof Message>

/** `jid` and `lid` are those of the credentials, with or without a device. */
export function readAccount(
  jid: string | null | undefined,
  lid: string | null | undefined,
): Account | undefined {
  const person = readPersonJid(jid)
  const hidden = readPersonJid(lid)
  if (person?.kind !== "person") return undefined
  return { number: person.number, ...(hidden?.kind === "hidden" && { lid: hidden.lid }) }
}

/** The hidden ids of a message, whose numbers `numberOf` should know. */
export function lidsIn(raw: unknown): string[] {
  const result = v.safeParse(Message, raw)
  if (!result.success) return []
  const { key, participant, message } = result.output
  const body = readBody(message)
  const quoted = body.kind === "said" ? body.said.context?.participant : undefined
  const people = [key.remoteJid, key.participant, participant, quoted].map(readPersonJid)
  return [...new Set(people.flatMap((person) => (person?.kind === "hidden" ? [person.lid] : [])))]
}

export function readMessage(raw: unknown, context: ReadingContext): Reading {
  const result = v.safeParse(Message, raw)
  if (!result.success) return skipped("malformed")
  const message = result.output
  const place = readPlace(message, context)
  if (typeof place === "string") return skipped(place)
  if (message.messageStubType === CIPHERTEXT) return { kind: "stub" }
  if (message.messageStubType !== 0) return skipped("a notice")
  if (message.category === "peer") return skipped("between our own devices")
  // Whoever has our messages has their ids: only one that we wrote can be an echo.
  if (message.key.fromMe && context.sentByUs) return skipped("our own")
  const body = readBody(message.message)
  if (body.kind === "skipped") return body
  return {
    kind: "message",
    message: toInbound(message, place, body, context),
    vanishesAfterS: body.said.context?.expiration ?? 0,
  }
}

/** Where a message was written and by whom. */
interface Place {
  readonly chat: string
  readonly sessionKey: string
  readonly sender: InboundSender
  readonly groupId?: string
  /** The owner of the account wrote it by hand to somebody else. */
  readonly byOwner: boolean
}

/** A text says why the message is none for us. */
function readPlace(message: Message, context: ReadingContext): Place | string {
  const chat = readJid(message.key.remoteJid)
  if (chat === undefined) return "not a chat of people"
  if (chat.kind === "status") return "a status"
  if (chat.kind === "newsletter") return "a newsletter"
  if (chat.kind === "broadcast") return "a broadcast list"
  return chat.kind === "group"
    ? placeInGroup(chat.id, message, context)
    : placeWithPerson(chat, message, context)
}

function placeInGroup(groupId: string, message: Message, context: ReadingContext): Place | string {
  const { key } = message
  const target = readTarget(groupId)
  const participant = readPersonJid(key.participant) ?? readPersonJid(message.participant)
  if (target === undefined || (participant === undefined && !key.fromMe)) {
    return "without a sender"
  }
  if (key.fromMe || participant === undefined) {
    return { ...target, groupId, sender: ownerOf(message, context), byOwner: true }
  }
  const person = resolve(participant, key.participantAlt, context)
  if (isOurs(person, context.account)) return "in our name, but not ours"
  const sender = senderOf(person, [participant, readPersonJid(key.participantAlt)], message)
  return { ...target, groupId, sender, byOwner: false }
}

function placeWithPerson(
  chat: PersonJid,
  message: Message,
  context: ReadingContext,
): Place | string {
  const { key } = message
  const peer = resolve(chat, key.remoteJidAlt, context)
  const target = readTarget(toJid(peer))
  if (target === undefined) return "not a chat of people"
  const toOurselves = isOurs(peer, context.account)
  if (key.fromMe) {
    return { ...target, sender: ownerOf(message, context), byOwner: !toOurselves }
  }
  if (toOurselves) return "in our name, but not ours"
  const sender = senderOf(peer, [chat, readPersonJid(key.remoteJidAlt)], message)
  return { ...target, sender, byOwner: false }
}

/**
 * The person under their number if it is known. What we write ourselves to somebody has *our* other id
 * beside theirs, so an id of ours never stands for anybody else.
 */
function resolve(
  person: PersonJid,
  alternative: string | undefined,
  { account, numberOf }: ReadingContext,
): PersonJid {
  if (person.kind === "person") return person
  if (person.lid === account.lid) return { kind: "person", number: account.number }
  const beside = readPersonJid(alternative)
  if (beside?.kind === "person" && beside.number !== account.number) return beside
  const known = numberOf(person.lid)
  const mapped = readPersonJid(known) ?? readPersonJid(readTarget(known ?? "")?.chat)
  if (mapped?.kind !== "person") return person
  return mapped.number === account.number && account.lid !== undefined ? person : mapped
}

function isOurs(person: PersonJid | undefined, { number, lid }: Account): boolean {
  if (person === undefined) return false
  return person.kind === "person" ? person.number === number : person.lid === lid
}

function ownerOf(message: Message, { account: { number, lid } }: ReadingContext): InboundSender {
  return {
    id: number,
    ...(lid !== undefined && { aliases: [lid] }),
    self: true,
    ...nameOf(message),
  }
}

function senderOf(
  person: PersonJid,
  ids: readonly (PersonJid | undefined)[],
  message: Message,
): InboundSender {
  if (person.kind === "hidden") return { id: person.lid, hidden: true, ...nameOf(message) }
  const aliases = ids.flatMap((id) => (id?.kind === "hidden" ? [id.lid] : []))
  return { id: person.number, ...(aliases.length > 0 && { aliases }), ...nameOf(message) }
}

function nameOf({ pushName }: Message): { name?: string } {
  const name = cut(pushName?.trim() ?? "", MAX_NAME_LENGTH)
  return name === "" ? {} : { name }
}

function toInbound(
  message: Message,
  place: Place,
  { album, said }: Extract<Body, { kind: "said" }>,
  context: ReadingContext,
): InboundMessage {
  const { chat, sessionKey, sender, byOwner } = place
  const seconds = secondsOf(message, context)
  const group = groupOf(place, said, context)
  const quoted = quotedOf(said, group !== undefined, context)
  return {
    channel: "whatsapp",
    account: context.account.number,
    chat,
    messageId: message.key.id,
    // The service counts seconds; those of one second stay as the journal has them, over restarts too.
    order: seconds,
    sender,
    ...(group !== undefined && { group }),
    text: group?.mentioned === true ? withoutOurName(said.text, context.account) : said.text,
    ...(quoted !== undefined && { quoted }),
    // The service does not say whose words they are.
    ...(said.context?.isForwarded === true && { forwarded: {} }),
    ...(said.media !== undefined && { media: [nameMessage(said.media, nameFor(message))] }),
    ...(album !== undefined && { album }),
    ts: seconds * 1_000,
    ...(context.servedAt !== undefined && { servedAt: context.servedAt }),
    ...(byOwner && { byOwner }),
    sessionKey,
  }
}

function nameFor({ key: { fromMe, id, participant, remoteJid } }: Message) {
  return { id, remoteJid, fromMe, ...(participant && { participant }) }
}

/** A mention stands in the text as an @ and the id: before a command it only says whom it is for. */
function withoutOurName(text: string, account: Account): string {
  const [name, rest = ""] = text.trimStart().split(/\s+(.*)/s)
  const jids = ["s.whatsapp.net", "lid"].map((server) => `${name?.replace(/^@/, "")}@${server}`)
  const ours = name?.startsWith("@") && jids.some((jid) => isOurs(readPersonJid(jid), account))
  return ours && rest !== "" ? rest : text
}

function secondsOf({ messageTimestamp }: Message, { now, servedAt = now }: ReadingContext): number {
  const seconds = messageTimestamp ?? 0
  const usable = Number.isSafeInteger(seconds) && seconds > 0 && seconds < LATEST_SECOND
  return usable ? seconds : Math.floor(servedAt / 1_000)
}

function groupOf(
  { groupId }: Place,
  { context: saidIn }: Said,
  { account, groupTitle }: ReadingContext,
): InboundGroup | undefined {
  if (groupId === undefined) return undefined
  const answered = saidIn?.quotedMessage ? [saidIn.participant] : []
  const called = [...(saidIn?.mentionedJid ?? []), ...answered]
  return {
    id: groupId,
    ...(groupTitle && { title: cut(groupTitle, MAX_NAME_LENGTH) }),
    mentioned: called.some((jid) => isOurs(readPersonJid(jid), account)),
  }
}

function quotedOf(
  { context: saidIn }: Said,
  inGroup: boolean,
  context: ReadingContext,
): InboundMessage["quoted"] {
  const quoted = readQuoted(saidIn)
  if (quoted === undefined) return undefined
  const sender = readPersonJid(saidIn?.participant)
  const isSeen = !inGroup || isOurs(sender, context.account)
  return {
    ...(sender !== undefined && { sender: toPersonId(resolve(sender, undefined, context)) }),
    text: quoted.text,
    ...(quoted.media !== undefined && !isSeen && { media: [quoted.media] }),
  }
}

function skipped(why: string): Reading {
  return { kind: "skipped", why }
}
