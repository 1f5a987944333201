// A person at the other end: what they do becomes an update for the bot, as the service would make it.

import { type Chats, type Conversation, toQuoted } from "./chats.ts"
import { detectEntities } from "./entities.ts"
import type { Files } from "./files.ts"
import { type MediaKind, type MediaOptions, toMedia } from "./media.ts"
import type { Chat, Content, EditUpdate, Entity, Message, MessageUpdate, User } from "./messages.ts"
import type { Subscription } from "./subscription.ts"
import type { Updates } from "./updates.ts"

export type PersonOptions = {
  readonly id: number
  readonly firstName: string
  readonly username?: string
}

export type PlaceOptions = {
  /** A group, or its id. The private chat with the bot when not given. */
  readonly chat?: { readonly id: number } | number
}

export type SayOptions = PlaceOptions & {
  readonly replyTo?: { readonly message_id: number } | number
  /** Added to what the service marks by itself: commands, mentions and links. */
  readonly entities?: readonly Entity[]
}

export type SendOptions = SayOptions & MediaOptions & { readonly caption?: string }

export type PersonParts = {
  readonly bot: User
  readonly chats: Chats
  readonly files: Files
  readonly updates: Updates
  readonly subscription: Subscription
  readonly now: () => number
}

export type Person = ReturnType<typeof createPerson>

export function createPerson(parts: PersonParts, { id, firstName, username }: PersonOptions) {
  const { bot, chats, files, updates, subscription, now } = parts
  const name = { first_name: firstName, ...(username !== undefined && { username }) }
  const user: User = { id, is_bot: false, ...name }
  const home: Chat = { id, type: "private", ...name }
  const own = chats.open(home)
  let albums = 0

  function publish<T extends object>(type: string, content: T): T & { readonly update_id: number } {
    // What the bot did not ask for still happens; it only does not hear of it.
    return subscription.includes(type)
      ? updates.push(content)
      : { update_id: updates.skip(), ...content }
  }

  function placeOf({ chat }: PlaceOptions): Conversation {
    if (chat === undefined) return own
    const chatId = typeof chat === "number" ? chat : chat.id
    const conversation = chats.find(chatId)
    if (conversation === undefined) throw new Error(`There is no chat ${chatId} in the lab.`)
    return conversation
  }

  function put(content: Content, options: SayOptions): MessageUpdate {
    const place = placeOf(options)
    const reply = options.replyTo === undefined ? {} : quote(place, options.replyTo)
    const message = chats.add(place, user, { ...content, ...reply })
    return publish("message", { message })
  }

  function send(kind: MediaKind, bytes: Uint8Array, options: SendOptions): MessageUpdate {
    const media = toMedia(files, kind, bytes, options)
    const marks = markUp(options.caption ?? "", options)
    const caption = options.caption === undefined ? {} : { caption: options.caption }
    return put(
      { ...media, ...caption, ...(marks.length > 0 && { caption_entities: marks }) },
      options,
    )
  }

  function setMembership(from: string, to: string): void {
    const date = Math.floor(now() / 1000)
    publish("my_chat_member", {
      my_chat_member: {
        chat: home,
        from: user,
        date,
        old_chat_member: { user: bot, status: from },
        new_chat_member: { user: bot, status: to },
      },
    })
  }

  return {
    id,
    user,

    say(text: string, options: SayOptions = {}): MessageUpdate {
      const entities = markUp(text, options)
      return put({ text, ...(entities.length > 0 && { entities }) }, options)
    },

    edit(
      target: { readonly message_id: number } | number,
      text: string,
      options: PlaceOptions = {},
    ): EditUpdate {
      const place = placeOf(options)
      const { entities: _, ...message } = existing(place, target)
      const entities = markUp(text, {})
      const edited = chats.edit(place, message, { text, ...(entities.length > 0 && { entities }) })
      return publish("edited_message", { edited_message: edited })
    },

    /** Sends pictures as one album: a message for each, the first with the caption. */
    album(pictures: readonly Uint8Array[], options: SendOptions = {}): MessageUpdate[] {
      albums += 1
      const { caption, ...others } = options
      const media_group_id = `lab-album-${id}-${albums}`
      return pictures.map((bytes, index) => {
        const words = index === 0 && caption !== undefined ? { caption } : {}
        return put({ ...toMedia(files, "photo", bytes, others), ...words, media_group_id }, others)
      })
    },

    /** Reacts to a message with an emoji. */
    react(
      target: { readonly message_id: number } | number,
      emoji: string,
      options: PlaceOptions = {},
    ) {
      const place = placeOf(options)
      const { message_id } = existing(place, target)
      const new_reaction = [{ type: "emoji", emoji }]
      const date = Math.floor(now() / 1000)
      return publish("message_reaction", {
        message_reaction: {
          chat: place.chat,
          message_id,
          user,
          date,
          old_reaction: [],
          new_reaction,
        },
      })
    },

    photo: (bytes: Uint8Array, options: SendOptions = {}) => send("photo", bytes, options),
    animation: (bytes: Uint8Array, options: SendOptions = {}) => send("animation", bytes, options),
    video_note: (bytes: Uint8Array, options: SendOptions = {}) =>
      send("video_note", bytes, options),
    sticker: (bytes: Uint8Array, options: SendOptions = {}) => send("sticker", bytes, options),
    document: (bytes: Uint8Array, options: SendOptions = {}) => send("document", bytes, options),
    audio: (bytes: Uint8Array, options: SendOptions = {}) => send("audio", bytes, options),
    video: (bytes: Uint8Array, options: SendOptions = {}) => send("video", bytes, options),
    voice: (bytes: Uint8Array, options: SendOptions = {}) => send("voice", bytes, options),

    /** From now on the bot gets 403 in the private chat. */
    block(): void {
      own.closedBecause = "Forbidden: bot was blocked by the user"
      setMembership("member", "kicked")
    },

    unblock(): void {
      own.closedBecause = null
      setMembership("kicked", "member")
    },
  }
}

function markUp(text: string, { entities = [] }: SayOptions): Entity[] {
  return [...entities, ...detectEntities(text)].sort((a, b) => a.offset - b.offset)
}

function existing(place: Conversation, target: { readonly message_id: number } | number): Message {
  const id = typeof target === "number" ? target : target.message_id
  const message = place.messages.get(id)
  if (message === undefined) throw new Error(`There is no message ${id} in chat ${place.chat.id}.`)
  return message
}

function quote(place: Conversation, target: { readonly message_id: number } | number) {
  return { reply_to_message: toQuoted(existing(place, target)) }
}
