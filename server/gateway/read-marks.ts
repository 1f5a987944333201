// Who wrote is told once that it was read: when somebody who may talk to the agent is waited for or answered.

import type { InboundMessage } from "../channels/channel.ts"
import type { Channels } from "./channels.ts"

const MAX_REMEMBERED = 10_000

export interface ReadMarks {
  /** Marks those that are not marked yet. */
  add(messages: readonly InboundMessage[]): void
}

export function createReadMarks(channels: Pick<Channels, "get">): ReadMarks {
  const marked = new Set<string>()

  return {
    add(messages) {
      const byChannel = new Map<string, InboundMessage[]>()
      for (const message of messages) {
        const { account, channel, chat, messageId } = message
        const name = JSON.stringify([channel, account, chat, messageId])
        if (marked.has(name)) continue
        if (marked.size >= MAX_REMEMBERED) marked.clear()
        marked.add(name)
        const read = byChannel.get(channel) ?? []
        read.push(message)
        byChannel.set(channel, read)
      }
      for (const [channel, read] of byChannel) channels.get(channel)?.channel?.markRead?.(read)
    },
  }
}
