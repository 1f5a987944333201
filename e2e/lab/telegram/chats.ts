// Chats and their messages. Message ids count per chat; both sides of a conversation share the count.

import type { Events } from "./events.ts"
import type { Chat, Content, Message, User } from "./messages.ts"

export type Conversation = {
  readonly chat: Chat
  readonly messages: Map<number, Message>
  /** Ids of the messages by the bot, in the order in which they were delivered. */
  readonly sentIds: number[]
  /** Why the bot may not write here, in the service's words; null when it may. */
  closedBecause: string | null
  /** The id of the supergroup that the group has become. */
  movedTo: number | null
  lastMessageId: number
}

export type Chats = ReturnType<typeof createChats>

export function createChats({ events, now }: { events: Events; now: () => number }) {
  const conversations = new Map<number, Conversation>()
  const seconds = () => Math.floor(now() / 1000)

  function add(
    conversation: Conversation,
    from: User,
    content: Content & { readonly reply_to_message?: Message },
  ): Message {
    conversation.lastMessageId += 1
    const message: Message = {
      message_id: conversation.lastMessageId,
      date: seconds(),
      chat: conversation.chat,
      from,
      ...content,
    }
    conversation.messages.set(message.message_id, message)
    if (from.is_bot) conversation.sentIds.push(message.message_id)
    if (from.is_bot) events.emit({ type: "sent", message })
    return message
  }

  return {
    add,

    open(chat: Chat): Conversation {
      const known = conversations.get(chat.id)
      if (known !== undefined) return known
      const conversation: Conversation = {
        chat,
        messages: new Map(),
        sentIds: [],
        closedBecause: null,
        movedTo: null,
        lastMessageId: 0,
      }
      conversations.set(chat.id, conversation)
      return conversation
    },

    find(id: number | string): Conversation | undefined {
      if (typeof id === "string" && id.startsWith("@")) {
        const username = id.slice(1).toLowerCase()
        return [...conversations.values()].find(
          ({ chat }) => chat.type !== "private" && chat.username?.toLowerCase() === username,
        )
      }
      return conversations.get(Number(id))
    },

    list(): Conversation[] {
      return [...conversations.values()]
    },

    sent(chatId: number): Message[] {
      const conversation = conversations.get(chatId)
      if (conversation === undefined) return []
      return conversation.sentIds.flatMap((id) => conversation.messages.get(id) ?? [])
    },

    edit(conversation: Conversation, message: Message, content: Content): Message {
      const edited: Message = { ...message, ...content, edit_date: seconds() }
      conversation.messages.set(message.message_id, edited)
      if (message.from.is_bot) events.emit({ type: "edited", message: edited })
      return edited
    },

    remove(conversation: Conversation, message: Message): void {
      conversation.messages.delete(message.message_id)
      events.emit({ type: "deleted", message })
    },
  }
}

/** The message as it stands inside another one: a quote holds no further quote. */
export function toQuoted({ reply_to_message: _, ...message }: Message): Message {
  return message
}
