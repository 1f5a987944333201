// Puts messages back into the order in which the service sent them: the library decrypts what was missed
// one by one, and what comes live overtakes it, so that the newer word of a chat would be answered first.

import type { Clock, Timer } from "../../host/clock.ts"
import type { Stanza, WAMessage } from "./library.ts"

/** More than this are taken as the library gives them. */
const CAPACITY = 10_000
/** Nothing is held up for more than this many times the patience, however much moves elsewhere. */
const MAX_PATIENCES = 20

export interface ArrivalsParts {
  readonly clock: Clock
  /** A message that the library is silent about for so long holds up no other one. */
  readonly patienceMs: number
  readonly take: (message: WAMessage) => void
}

export interface Arrivals {
  /** The service sent it; the library may give its message, or say nothing at all. */
  came(stanza: Stanza): void
  /** The library gives a message: taken once those before it in its chat are. */
  done(message: WAMessage): void
  /** Nothing more comes on this connection: what waits is taken as it is. */
  release(): void
}

interface Place {
  readonly cameAt: number
  message?: WAMessage
}

export function createArrivals({ clock, patienceMs, take }: ArrivalsParts): Arrivals {
  /** By chat, the messages that came and were not taken yet, by their ids, in order. */
  const chats = new Map<string, Map<string, Place>>()
  /** The oldest first. */
  const chatOf = new Map<string, string>()
  let timer: Timer | undefined

  function takeReady(chat: string, places: Map<string, Place>): void {
    for (const [id, { message }] of places) {
      if (message === undefined) return
      places.delete(id)
      chatOf.delete(id)
      take(message)
    }
    chats.delete(chat)
  }

  function release(): void {
    timer?.cancel()
    const waiting = [...chats.values()].flatMap((places) => [...places.values()])
    chats.clear()
    chatOf.clear()
    for (const { message } of waiting) if (message !== undefined) take(message)
  }

  /** As long as something moves, the library is at work; but not for ever on the same message. */
  function waitOn(): void {
    timer?.cancel()
    const [oldest] = chatOf
    if (oldest === undefined) return
    const [id, chat] = oldest
    const cameAt = chats.get(chat)?.get(id)?.cameAt ?? clock.monotonic()
    const leftMs = cameAt + MAX_PATIENCES * patienceMs - clock.monotonic()
    timer = clock.after(Math.max(0, Math.min(patienceMs, leftMs)), release)
  }

  return {
    came({ attrs }) {
      const { from: chat, id } = attrs
      if (chat === undefined || id === undefined || chatOf.has(id)) return
      if (chatOf.size >= CAPACITY) release()
      chatOf.set(id, chat)
      const places = chats.get(chat) ?? new Map<string, Place>()
      chats.set(chat, places)
      places.set(id, { cameAt: clock.monotonic() })
      waitOn()
    },
    done(message) {
      const id = message.key.id ?? ""
      const chat = chatOf.get(id) ?? ""
      const places = chats.get(chat)
      const place = places?.get(id)
      if (places === undefined || place === undefined) return take(message)
      // The same id came twice: what is in its place gives way, so that neither is lost.
      if (place.message !== undefined) take(place.message)
      place.message = message
      takeReady(chat, places)
      waitOn()
    },
    release,
  }
}
