// An update as the service sends it, read into the message that all channels share. Pure.

import * as v from "valibot"
import type { InboundGroup, InboundMessage, InboundSender } from "../channel.ts"
import { cut } from "../sketch.ts"
import { attachmentsOf } from "./attachment.ts"
import { Content, textOf, withAddresses, wordsOf } from "./content.ts"
import { type TelegramChat, toChat, toSessionKey } from "./target.ts"

/** Who we are. */
export interface Bot {
  readonly id: number
  /** Without the @. */
  readonly username: string
}

export type Reading =
  | { readonly kind: "message"; readonly message: InboundMessage }
  | { readonly kind: "skipped"; readonly why: string }

/** Longer than anything that people can write there. */
const MAX_TEXT_LENGTH = 65_536

const Id = v.pipe(v.number(), v.safeInteger())
const PositiveId = v.pipe(Id, v.minValue(1))

const User = v.object({
  id: Id,
  is_bot: v.optional(v.boolean(), false),
  first_name: v.optional(v.string()),
  last_name: v.optional(v.string()),
  username: v.optional(v.string()),
})
type User = v.InferOutput<typeof User>

const Chat = v.object({
  id: Id,
  type: v.string(),
  title: v.optional(v.string()),
  username: v.optional(v.string()),
})

const Reply = v.looseObject({
  ...Content,
  from: v.optional(User),
  sender_chat: v.optional(Chat),
})
type Reply = v.InferOutput<typeof Reply>

/** Which of them is there depends on who wrote it and what they let others know. */
const Origin = v.object({
  sender_user: v.optional(User),
  sender_user_name: v.optional(v.string()),
  sender_chat: v.optional(Chat),
  chat: v.optional(Chat),
})

const Message = v.looseObject({
  ...Content,
  message_id: PositiveId,
  date: v.pipe(Id, v.minValue(0)),
  chat: Chat,
  from: v.optional(User),
  sender_chat: v.optional(Chat),
  is_automatic_forward: v.optional(v.boolean(), false),
  is_topic_message: v.optional(v.boolean(), false),
  message_thread_id: v.optional(PositiveId),
  reply_to_message: v.fallback(v.optional(Reply), undefined),
  quote: v.fallback(v.optional(v.object({ text: v.string() })), undefined),
  forward_origin: v.optional(v.fallback(Origin, {})),
  media_group_id: v.fallback(v.optional(v.pipe(v.string(), v.maxLength(128))), undefined),
})
type Message = v.InferOutput<typeof Message>

const KINDS = [
  "edited_message",
  "message_reaction",
  "message_reaction_count",
  "callback_query",
  "channel_post",
  "edited_channel_post",
  "my_chat_member",
  "chat_member",
  "inline_query",
  "poll",
  "poll_answer",
]

/** The number that orders updates and that the offset counts; undefined if it cannot serve for that. */
export function updateIdOf(update: unknown): number | undefined {
  const result = v.safeParse(v.object({ update_id: v.pipe(Id, v.minValue(0)) }), update)
  return result.success && Number.isSafeInteger(result.output.update_id + 1)
    ? result.output.update_id
    : undefined
}

export function readUpdate(update: unknown, bot: Bot): Reading {
  const order = updateIdOf(update)
  if (order === undefined) return skipped("no usable update id")
  const raw = (update as { message?: unknown }).message
  if (raw === undefined) return skipped(`not a new message: ${kindOf(update)}`)
  const result = v.safeParse(Message, raw)
  if (!result.success) return skipped("malformed")
  return readMessage(result.output, order, bot)
}

function readMessage(message: Message, order: number, bot: Bot): Reading {
  const { chat } = message
  if (!["private", "group", "supergroup"].includes(chat.type))
    return skipped("not a chat of people")
  if (message.is_automatic_forward) return skipped("forwarded from a channel")
  const sender = senderOf(message)
  if (sender === undefined) return skipped("without a sender")
  if (message.from?.id === bot.id) return skipped("our own")
  const media = attachmentsOf(message)
  // A file that can be fetched speaks for itself, unless it stands for something; what cannot is named.
  const isSilent = media.length > 0 && media[0]?.kind !== "sticker"
  const text = isSilent ? withAddresses(message) : textOf(message)
  if (text === undefined) return skipped("without content")
  if (text.length > MAX_TEXT_LENGTH) return skipped("too long")
  const place = placeOf(message)
  const group = groupOf(message, bot)
  const quoted = quotedOf(message, bot)
  const forwarded = forwardedOf(message)
  return {
    kind: "message",
    message: {
      channel: "telegram",
      account: String(bot.id),
      chat: toChat(place),
      messageId: String(message.message_id),
      order,
      sender,
      ...(group !== undefined && { group }),
      text,
      ...(quoted !== undefined && { quoted }),
      ...(forwarded !== undefined && { forwarded }),
      ...(media.length > 0 && { media }),
      ...(message.media_group_id && { album: message.media_group_id }),
      ts: message.date * 1_000,
      sessionKey: toSessionKey(place),
    },
  }
}

/** A topic is a chat of its own: an answer belongs into the topic of its question. */
function placeOf({ chat, is_topic_message, message_thread_id: topic }: Message): TelegramChat {
  return is_topic_message && topic !== undefined ? { id: chat.id, topic } : { id: chat.id }
}

function senderOf({ from, sender_chat }: Message): InboundSender | undefined {
  // Who writes as a group or channel has a placeholder in `from` that they share with everybody who does.
  if (sender_chat !== undefined) {
    return identityOf(sender_chat.id, sender_chat.username, sender_chat.title)
  }
  return from && identityOf(from.id, from.username, nameOf(from))
}

function identityOf(id: number, username?: string, name?: string): InboundSender {
  return {
    id: String(id),
    ...(username && { handle: `@${username.toLowerCase()}` }),
    ...(name && { name }),
  }
}

function nameOf({ first_name, last_name }: User): string {
  return [first_name, last_name].filter(Boolean).join(" ")
}

function groupOf(message: Message, bot: Bot): InboundGroup | undefined {
  const { chat } = message
  if (chat.type === "private") return undefined
  const { topic } = placeOf(message)
  return {
    id: String(chat.id),
    ...(chat.title !== undefined && { title: chat.title }),
    ...(topic !== undefined && { topic: String(topic) }),
    mentioned: isMentioned(message, bot),
  }
}

function isMentioned(message: Message, bot: Bot): boolean {
  if (repliedTo(message)?.from?.id === bot.id) return true
  const { entities, text } = wordsOf(message)
  const handle = `@${bot.username.toLowerCase()}`
  return entities.some((entity) => {
    if (entity.type === "text_mention") return entity.user?.id === bot.id
    const words = text.slice(entity.offset, entity.offset + entity.length).toLowerCase()
    if (entity.type === "mention") return words === handle
    return entity.type === "bot_command" && words.endsWith(handle)
  })
}

/** What is really answered. Every message of a topic also points at the notice that opened the topic. */
function repliedTo({ reply_to_message }: Message): Reply | undefined {
  return reply_to_message?.["forum_topic_created"] === undefined ? reply_to_message : undefined
}

function quotedOf(message: Message, bot: Bot): InboundMessage["quoted"] {
  const reply = repliedTo(message)
  const text = message.quote?.text ?? (reply && textOf(reply))
  if (reply === undefined || !text) return undefined
  const sender = reply.sender_chat?.title ?? (reply.from && nameOf(reply.from))
  const isSeen = message.chat.type === "private" || reply.from?.id === bot.id
  const media = isSeen ? [] : attachmentsOf(reply)
  return {
    ...(sender && { sender }),
    text: cut(text, MAX_TEXT_LENGTH),
    ...(media.length > 0 && { media }),
  }
}

function forwardedOf({ forward_origin: origin }: Message): InboundMessage["forwarded"] {
  if (origin === undefined) return undefined
  const { chat, sender_chat, sender_user, sender_user_name } = origin
  const from =
    (sender_user && nameOf(sender_user)) || sender_user_name || (sender_chat ?? chat)?.title
  return from ? { from } : {}
}

function skipped(why: string): Reading {
  return { kind: "skipped", why }
}

/** The service's word for what happened, if it is one that we know. */
function kindOf(update: unknown): string {
  return KINDS.find((kind) => Object.hasOwn(update as object, kind)) ?? "of an unknown kind"
}
