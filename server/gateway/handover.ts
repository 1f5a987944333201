// When the owner of an account writes in a chat by hand, the bot keeps quiet there for a while.

import type { Clock } from "../host/clock.ts"
import type { ChatAddress, FactStore } from "../store/store.ts"

const AREA = "handover"
const MAX_REMEMBERED = 1_000
const MINUTE_MS = 60_000

export interface Handover {
  /** The owner wrote there so long ago. */
  tookOver(chat: ChatAddress, agoMs: number): Promise<void>
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
    async tookOver(chat, agoMs) {
      if (minutes === 0) return
      const name = nameOf(chat)
      const now = clock.now()
      const last = await lastWordOf(name)
      // Messages may come late and out of order; a word of the future is from before the clock was set back.
      if (last <= now && now - agoMs <= last) return
      await facts.set(AREA, name, String(now - agoMs))
      remember(name, now - agoMs)
    },
    async isQuiet(chat) {
      if (minutes === 0) return false
      // Either way: a clock that was wrong and is set back keeps nobody quiet until it gets there again.
      return Math.abs(clock.now() - (await lastWordOf(nameOf(chat)))) < minutes * MINUTE_MS
    },
  }
}

function nameOf({ channel, chat }: ChatAddress): string {
  return `${channel}:${chat}`
}
