// How a Telegram chat is written: `<id>`, `<id>:<topic>` or `@name` as a chat, and the session keys and
// addresses that stand for it. Ids below zero are groups.

import type { ChannelTarget } from "../channel.ts"

const PREFIX = "telegram:"
const GROUP_PREFIX = "group:"
const CHAT = /^(?<id>-?[1-9][0-9]{0,15})(?::(?<topic>[1-9][0-9]{0,15}))?$/
export const HANDLE = /^@[a-z][a-z0-9_]{3,31}$/i

/** A chat as the Bot API takes it. */
export interface TelegramChat {
  readonly id: number | string
  readonly topic?: number
}

/** `telegram:<chat>` is always an address, a bare id or @name only if the request named this channel. */
export function readTarget(to: string, named: boolean): ChannelTarget | undefined {
  if (!to.startsWith(PREFIX)) return named ? targetOf(to) : undefined
  const rest = to.slice(PREFIX.length)
  return targetOf(rest.startsWith(GROUP_PREFIX) ? rest.slice(GROUP_PREFIX.length) : rest)
}

export function readChat(chat: string): TelegramChat | undefined {
  if (HANDLE.test(chat)) return { id: chat.toLowerCase() }
  const { id = "", topic } = CHAT.exec(chat)?.groups ?? {}
  if (id === "" || !Number.isSafeInteger(Number(id))) return undefined
  if (topic === undefined) return { id: Number(id) }
  return Number.isSafeInteger(Number(topic)) ? { id: Number(id), topic: Number(topic) } : undefined
}

export function toChat({ id, topic }: TelegramChat): string {
  return topic === undefined ? String(id) : `${id}:${topic}`
}

export function toSessionKey(chat: TelegramChat): string {
  const isGroup = typeof chat.id === "number" && chat.id < 0
  return `${PREFIX}${isGroup ? GROUP_PREFIX : ""}${toChat(chat)}`
}

function targetOf(text: string): ChannelTarget | undefined {
  const chat = readChat(text)
  if (chat === undefined) return undefined
  return { chat: toChat(chat), sessionKey: toSessionKey(chat) }
}
