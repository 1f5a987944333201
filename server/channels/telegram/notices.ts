// What an update says besides its message: a chat in which the bot may write again, and a group that
// has another id now. Pure.

import * as v from "valibot"

export interface Notices {
  /** Somebody wrote there, or let the bot in. */
  readonly opened?: number
  readonly moved?: { readonly from: number; readonly to: number }
}

const Id = v.pipe(v.number(), v.safeInteger())
const Chat = v.object({ id: Id })

const Noticed = v.object({
  message: v.optional(
    v.object({
      chat: Chat,
      migrate_to_chat_id: v.optional(Id),
      migrate_from_chat_id: v.optional(Id),
    }),
  ),
  my_chat_member: v.optional(
    v.object({ chat: Chat, new_chat_member: v.object({ status: v.string() }) }),
  ),
})

export function readNotices(update: unknown): Notices {
  const result = v.safeParse(Noticed, update)
  if (!result.success) return {}
  const { message, my_chat_member: membership } = result.output
  if (message !== undefined) {
    const { id } = message.chat
    const { migrate_to_chat_id: to, migrate_from_chat_id: from } = message
    if (to !== undefined) return { moved: { from: id, to } }
    return { opened: id, ...(from !== undefined && { moved: { from, to: id } }) }
  }
  if (membership === undefined || /kicked|left/.test(membership.new_chat_member.status)) return {}
  return { opened: membership.chat.id }
}
