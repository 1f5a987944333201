// What is on the screen is read (rule M9): the open conversation, while its end can be seen.

import { computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals"
import type { Chat } from "./chat.ts"
import type { Connection } from "./connection.ts"
import type { Sessions } from "./sessions.ts"

export interface Reading {
  /** Whether the end of the conversation on the screen can be seen by a person right now. */
  readonly isAtEnd: ReadonlySignal<boolean>
  setAtEnd(isAtEnd: boolean): void
  /** Unread messages of a session as a person is told of them: none of what they have before their eyes. */
  unreadOf(sessionKey: string): number
  stop(): void
}

export interface ReadingParts {
  readonly current: ReadonlySignal<Pick<Chat, "sessionKey" | "newest">>
  readonly sessions: Pick<Sessions, "find" | "markRead">
  readonly connection: Pick<Connection, "offers" | "online">
}

export function createReading({ connection, current, sessions }: ReadingParts): Reading {
  const isAtEnd = signal(false)
  /** The message up to which each session was said to be read; asked again only when that failed. */
  const marked = new Map<string, string>()

  const seen = computed(() => (isAtEnd.value ? current.value.sessionKey : undefined))

  const stop = effect(() => {
    const sessionKey = seen.value
    if (sessionKey === undefined || !connection.online.value) return
    if (!connection.offers("sessions.patch")) return
    const newest = current.value.newest.value
    if (newest === undefined || (sessions.find(sessionKey)?.unread ?? 0) === 0) return
    if (marked.get(sessionKey) === newest.id) return
    marked.set(sessionKey, newest.id)
    untracked(() => mark(sessionKey, newest.id))
  })

  function mark(sessionKey: string, messageId: string): void {
    void sessions.markRead(sessionKey, messageId).then((isMarked) => {
      if (!isMarked && marked.get(sessionKey) === messageId) marked.delete(sessionKey)
    })
  }

  return {
    isAtEnd,
    setAtEnd(next) {
      isAtEnd.value = next
    },
    unreadOf: (sessionKey) =>
      seen.value === sessionKey ? 0 : (sessions.find(sessionKey)?.unread ?? 0),
    stop,
  }
}
