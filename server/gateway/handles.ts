// Names that people choose, such as `@anna`: whoever has written under one can be written to by it (rule M5).

import type { InboundMessage } from "../channels/channel.ts"
import type { FactStore } from "../store/store.ts"
import type { Channels, ResolvedTarget } from "./channels.ts"

const AREA = "handles"
const MAX_REMEMBERED = 1_000

export interface Handles {
  /** Notes in which chat somebody writes. */
  remember(message: InboundMessage): Promise<void>
  /** The chat of the person that the target names, if they have written; else the target as it is. */
  lookUp(target: ResolvedTarget): Promise<ResolvedTarget>
}

export function createHandles(facts: FactStore, channels: Channels): Handles {
  // What is on disk already, so that not every message writes.
  const stored = new Map<string, string>()

  return {
    async remember({ channel, chat, group, sender }) {
      if (group !== undefined || sender.handle === undefined) return
      const name = nameOf(channel, sender.handle)
      if (stored.get(name) === chat) return
      await facts.set(AREA, name, chat)
      if (stored.size >= MAX_REMEMBERED) stored.clear()
      stored.set(name, chat)
    },
    async lookUp(target) {
      if (!target.chat.startsWith("@")) return target
      const chat = await facts.get(AREA, nameOf(target.channel, target.chat))
      return chat === undefined ? target : channels.resolve(chat, target.channel)
    },
  }
}

function nameOf(channel: string, handle: string): string {
  return `${channel}:${handle.toLowerCase()}`
}
