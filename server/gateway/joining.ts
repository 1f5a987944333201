// Which of the messages that wait make one turn together, and in which order they are told.

import type { InboundMessage } from "../channels/channel.ts"
import type { InboxRecord } from "../store/store.ts"
import type { Verdict } from "./verdict.ts"

/** Messages that arrived while a run worked are joined into one turn, within these. */
const MAX_JOINED = 50
const MAX_JOINED_LENGTH = 64 * 1024

export type Journaled = InboxRecord<InboundMessage>

/** What one turn is about, oldest first. */
export type Joined = readonly [Journaled, ...Journaled[]]

/** A message that starts something. */
export interface Actionable {
  readonly record: Journaled
  readonly verdict: Extract<Verdict, { sessionKey: string }>
}

/** The messages of each chat by their number, in the places that the chat has. */
export function inOrder(all: readonly Actionable[]): readonly Actionable[] {
  const chatOf = ({ record: { message } }: Actionable) =>
    JSON.stringify([message.channel, message.account, message.chat])
  const chats = Map.groupBy(all, chatOf)
  for (const chat of chats.values()) {
    chat.sort((a, b) => a.record.message.order - b.record.message.order)
  }
  return all.flatMap((place) => chats.get(chatOf(place))?.shift() ?? [])
}

/** The first messages of one chat that make one turn together. */
export function joinable(first: Journaled, rest: readonly Actionable[]): Joined {
  const others: Journaled[] = []
  let length = first.message.text.length
  const isFirstAlone = rest[0]?.verdict.kind !== "turn"
  for (const { record, verdict } of isFirstAlone ? [] : rest.slice(1)) {
    const { channel, chat, text } = record.message
    length += text.length
    if (verdict.kind !== "turn" || others.length + 1 >= MAX_JOINED) break
    if (channel !== first.message.channel || chat !== first.message.chat) break
    if (length > MAX_JOINED_LENGTH) break
    others.push(record)
  }
  return [first, ...others]
}
