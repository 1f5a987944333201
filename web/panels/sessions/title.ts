// What a conversation is called, and where it takes place.

import { MAIN_SESSION, type SessionRow } from "#protocol"
import { text } from "../../text/index.ts"
import { badgeOf, nameOf } from "../channels/channel-state.ts"

/** `row` is missing while the list is not loaded, and for a conversation that nobody has begun. */
export function titleOf(sessionKey: string, row: SessionRow | undefined): string {
  if (row?.title !== undefined && row.title !== "") return row.title
  if (sessionKey === MAIN_SESSION) return text.sessions.main
  if (sessionKey.startsWith("web:")) return text.sessions.untitled
  return sessionKey.slice(sessionKey.indexOf(":") + 1)
}

const WEB = "webchat"

export interface Source {
  readonly name: string
  /** A few letters; missing for what takes place here. */
  readonly badge: string | undefined
}

export function sourceOf(row: SessionRow | undefined): Source {
  const channel = row?.channel ?? WEB
  if (channel === WEB) return { name: text.sessions.web, badge: undefined }
  return { name: nameOf(channel), badge: badgeOf(channel) }
}

/** Whether the title holds each of the words, in whatever case and with whatever accents. */
export function matches(title: string, words: string): boolean {
  const plain = toPlain(title)
  return toPlain(words)
    .split(/\s+/)
    .every((word) => plain.includes(word))
}

function toPlain(words: string): string {
  return words
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .trim()
}
