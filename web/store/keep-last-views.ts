// Keeps what is on the screen while it is up to date: a moment after it changed, and when the page is left.

import { effect } from "@preact/signals"
import type { ChatMessage } from "#protocol"
import type { Clock } from "../gateway.ts"
import type { Chat } from "./chat.ts"
import type { Page } from "./page.ts"

export interface KeepParts {
  readonly page: Pick<Page, "chat" | "chats" | "connection" | "keepLastView">
  readonly clock: Clock
  /** Calls back when the page is hidden or left. */
  readonly onHide: (action: () => void) => void
}

const WAIT_MS = 3_000
const MAX_MESSAGES = 50
/** In UTF-16 units of JSON. */
const MAX_LENGTH = 256_000

/** Goes on until the page is closed. */
export function keepLastViews({ page, clock, onHide }: KeepParts): void {
  const { chats, connection } = page
  const waiting = new Map<Chat, () => void>()

  function keep(chat: Chat): void {
    waiting.get(chat)?.()
    waiting.delete(chat)
    // One that was deleted or begun anew meanwhile is kept no more.
    if (!chat.loaded.peek() || chats.of(chat.sessionKey) !== chat) return
    const messages = chat.rows
      .peek()
      .flatMap((row) => (row.kind === "message" ? toKept(row.message) : []))
    page.keepLastView({ sessionKey: chat.sessionKey, at: clock.now(), messages: latest(messages) })
  }

  effect(() => {
    const { chat } = page
    void chat.rows.value
    if (!chat.loaded.value || !connection.online.value || waiting.has(chat)) return
    waiting.set(
      chat,
      clock.after(WAIT_MS, () => keep(chat)),
    )
  })
  onHide(() => {
    const changed = [...waiting.keys()]
    // What has not changed is still so now.
    const current = connection.online.peek() ? [chats.current.peek()] : []
    for (const chat of new Set([...changed, ...current])) keep(chat)
  })
}

/** Without what only the gateway could show more of. */
function toKept(message: ChatMessage): ChatMessage {
  const { error: _, ...rest } = message
  const parts = rest.parts.filter(({ type }) => type === "text" || type === "attachment")
  return { ...rest, parts }
}

function latest(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  let length = 0
  const fitting: ChatMessage[] = []
  for (const message of messages.slice(-MAX_MESSAGES).toReversed()) {
    length += JSON.stringify(message).length
    if (length > MAX_LENGTH) break
    fitting.push(message)
  }
  return fitting.toReversed()
}
