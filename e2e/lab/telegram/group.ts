// A group with the bot in it, as long as its people want that.

import type { Chats, Conversation } from "./chats.ts"
import type { User } from "./messages.ts"
import type { Updates } from "./updates.ts"

export type Group = {
  readonly id: number
  readonly title: string
  /** Puts the bot out: it gets 403 in this chat. */
  kick(): void
  /** Lets it in again. */
  admit(): void
  /** Makes a supergroup of it, which has another id. */
  upgrade(newId: number): Group
}

export type GroupOptions = {
  readonly id: number
  readonly title: string
  /** A group of the old kind, which may become a supergroup. */
  readonly basic?: boolean
}

export type GroupParts = {
  readonly bot: User
  readonly chats: Chats
  readonly updates: Updates
  readonly now: () => number
}

const OWNER: User = { id: 999, is_bot: false, first_name: "Owner" }

export function createGroup(parts: GroupParts, { id, title, basic = false }: GroupOptions): Group {
  const { bot, chats, updates, now } = parts
  const place = chats.open({ id, type: basic ? "group" : "supergroup", title })

  function setMembership(from: string, to: string): void {
    updates.push({
      my_chat_member: {
        chat: place.chat,
        from: OWNER,
        date: Math.floor(now() / 1000),
        old_chat_member: { user: bot, status: from },
        new_chat_member: { user: bot, status: to },
      },
    })
  }

  /** What the service itself writes into a chat. */
  function announce(where: Conversation, notice: object): void {
    updates.push({ message: chats.add(where, OWNER, notice) })
  }

  return {
    id,
    title,
    kick() {
      place.closedBecause = "Forbidden: bot was kicked from the supergroup chat"
      setMembership("member", "kicked")
    },
    admit() {
      place.closedBecause = null
      setMembership("kicked", "member")
    },
    upgrade(newId) {
      const upgraded = createGroup(parts, { id: newId, title })
      announce(place, { migrate_to_chat_id: newId })
      announce(chats.open({ id: newId, type: "supergroup", title }), { migrate_from_chat_id: id })
      place.movedTo = newId
      return upgraded
    },
  }
}
