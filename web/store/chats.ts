// The conversations that were opened in this page; one of them is on the screen. A conversation that
// is not on the screen goes on hearing its events, and is brought up to date when it is opened again.

import { type ReadonlySignal, signal } from "@preact/signals"
import { MAIN_SESSION, type SessionRow } from "#protocol"
import type { Chat } from "./chat.ts"
import type { Storage } from "./storage.ts"

export interface Chats {
  readonly current: ReadonlySignal<Chat>
  /** The conversation, if it was opened. */
  of(sessionKey: string): Chat | undefined
  all(): readonly Chat[]
  /** It began on this page, or the gateway has told that nobody has begun it. */
  isNew(sessionKey: string): boolean
  /** Shows this conversation. Resolves when it is up to date, or could not be brought so. */
  open(sessionKey: string): Promise<void>
  /** Begins a conversation that nobody has had. */
  begin(): Promise<void>
  /** The conversation that was on the screen when somebody else deleted it, until another one is opened. */
  readonly gone: ReadonlySignal<Gone | undefined>
  /** That it is gone was seen. */
  dismissGone(): void
  /**
   * The conversation is no more; if it was on the screen, the main one takes its place. Resolves when that
   * is up to date, or could not be brought so.
   */
  drop(gone: Gone, options: { readonly isOwnWish: boolean }): Promise<void>
  /** Another conversation has begun under the key. */
  renewed(sessionKey: string): Promise<void>
  /** What was missed concerns every conversation; the one on the screen is brought up to date by the caller. */
  missed(): void
  /** Which conversation is open is kept here from now on. */
  moveTo(storage: Storage): void
  forget(): void
}

export interface Gone {
  readonly sessionKey: string
  /** What was known of it. */
  readonly row: SessionRow | undefined
}

export interface ChatsParts {
  readonly createChat: (sessionKey: string) => Chat
  readonly createKey: () => string
  readonly isOnline: () => boolean
}

const KEY = "session"
/** Conversations kept beside the one on the screen; one that is not kept is fetched again. */
const MAX_KEPT = 8

export function createChats({ createChat, createKey, isOnline }: ChatsParts): Chats {
  /** In the order in which they were last opened. */
  const kept = new Map<string, Chat>()
  const stale = new Set<string>()
  const begun = new Set<string>()
  const gone = signal<Gone | undefined>(undefined)
  let storage: Storage | undefined

  function obtain(sessionKey: string): Chat {
    const chat = kept.get(sessionKey) ?? createChat(sessionKey)
    kept.delete(sessionKey)
    kept.set(sessionKey, chat)
    for (const oldest of [...kept.keys()].slice(0, -MAX_KEPT)) kept.delete(oldest)
    return chat
  }

  async function open(sessionKey: string): Promise<void> {
    const chat = obtain(sessionKey)
    current.value = chat
    gone.value = undefined
    storage?.write(KEY, sessionKey)
    if (!chat.loaded.peek() || stale.has(sessionKey)) await catchUp(chat)
  }

  async function catchUp(chat: Chat): Promise<void> {
    if (!isOnline()) return
    stale.delete(chat.sessionKey)
    // It stays as it was, and the next connection brings it up to date.
    await chat.refresh().catch(() => stale.add(chat.sessionKey))
  }

  const current = signal(obtain(MAIN_SESSION))

  return {
    current,
    of: (sessionKey) => kept.get(sessionKey),
    all: () => [...kept.values()],
    open,
    isNew(sessionKey) {
      const chat = kept.get(sessionKey)
      return begun.has(sessionKey) || (chat?.loaded.peek() === true && !chat.sessionId)
    },
    begin() {
      const sessionKey = `web:${createKey().slice(0, 12)}`
      begun.add(sessionKey)
      return open(sessionKey)
    },
    gone,
    dismissGone() {
      gone.value = undefined
    },
    async drop(which, { isOwnWish }) {
      const { sessionKey } = which
      kept.get(sessionKey)?.forget()
      if (current.peek().sessionKey !== sessionKey) {
        kept.delete(sessionKey)
        return
      }
      // Where the main one itself was deleted, it begins anew in its place.
      if (sessionKey !== MAIN_SESSION) kept.delete(sessionKey)
      const opened = open(MAIN_SESSION)
      if (!isOwnWish) gone.value = which
      await opened
    },
    async renewed(sessionKey) {
      // Without this, a conversation that began on this page would not know that it is another one.
      kept.get(sessionKey)?.forget()
      if (current.peek().sessionKey === sessionKey) await catchUp(current.peek())
    },
    missed() {
      for (const chat of kept.values()) {
        chat.missed()
        if (chat !== current.peek()) stale.add(chat.sessionKey)
      }
    },
    moveTo(next) {
      storage = next
      const known = next.read(KEY)
      if (known !== undefined) current.value = obtain(known)
    },
    forget() {
      for (const chat of kept.values()) chat.forget()
    },
  }
}
