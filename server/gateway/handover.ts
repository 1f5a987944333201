// When the owner of an account writes in a chat by hand, the bot keeps quiet there for a while.

import type { Clock } from "../host/clock.ts"
import type { ChatAddress, FactStore } from "../store/store.ts"

const AREA = "handover"
const MAX_REMEMBERED = 1_000
const MINUTE_MS = 60_000

export interface Handover {
  /** The owner wrote there at this time. */
  tookOver(chat: ChatAddress, at: number): Promise<void>
  isQuiet(chat: ChatAddress): Promise<boolean>
}

export function createHandover(parts: {
  readonly facts: FactStore
  readonly clock: Clock
  readonly minutes: number
}): Handover {
  const { clock, facts, minutes } = parts
  // What is on disk, so that not every message asks for it.
  const lastWords = new Map<string, number>()

  async function lastWordOf(name: string): Promise<number> {
    const known = lastWords.get(name)
    if (known !== undefined) return known
    const stored = Number((await facts.get(AREA, name)) ?? 0)
    remember(name, stored)
    return stored
  }

  function remember(name: string, at: number): void {
    if (lastWords.size >= MAX_REMEMBERED) lastWords.clear()
    lastWords.set(name, at)
  }

  return {
    async tookOver(chat, at) {
      if (minutes === 0) return
      const name = nameOf(chat)
      // A service's clock may be ahead, and messages may come late and out of order.
      const now = Math.min(at, clock.now())
      if (now <= (await lastWordOf(name))) return
      await facts.set(AREA, name, String(now))
      remember(name, now)
    },
    async isQuiet(chat) {
      if (minutes === 0) return false
      return clock.now() - (await lastWordOf(nameOf(chat))) < minutes * MINUTE_MS
    },
  }
}

function nameOf({ channel, chat }: ChatAddress): string {
  return `${channel}:${chat}`
}
