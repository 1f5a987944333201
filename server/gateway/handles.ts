// The other names of people: those that they choose, such as `@anna`, and further ids that a service has for
// them. Whoever has written can be written to by each of them (rule M5), and has one conversation (rule M6).

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
    async remember({ byOwner, channel, chat, group, sender }) {
      if (group !== undefined || byOwner === true) return
      const { aliases = [], handle } = sender
      for (const other of handle === undefined ? aliases : [...aliases, handle]) {
        const name = nameOf(channel, other)
        if (stored.get(name) === chat) continue
        await facts.set(AREA, name, chat)
        if (stored.size >= MAX_REMEMBERED) stored.clear()
        stored.set(name, chat)
      }
    },
    async lookUp(target) {
      const chat = await facts.get(AREA, nameOf(target.channel, target.chat))
      return chat === undefined ? target : channels.resolve(chat, target.channel)
    },
  }
}

function nameOf(channel: string, handle: string): string {
  return `${channel}:${handle.toLowerCase()}`
}
