// Chats that refuse the bot: it was blocked or put out. They are left alone until somebody lets it in
// again, or for a while, because that is not always told.

import type { GatewayError } from "#protocol"
import type { Clock } from "../../host/clock.ts"

const CLOSED_FOR_MS = 3_600_000
const CAPACITY = 1_000

export interface ClosedChats {
  /** Why nothing can be sent there; undefined if it may be tried. */
  reasonOf(chat: string): GatewayError | undefined
  close(chat: string, reason: GatewayError): void
  open(chat: string): void
}

export function createClosedChats(clock: Clock): ClosedChats {
  const closed = new Map<string, { readonly reason: GatewayError; readonly until: number }>()
  return {
    reasonOf(chat) {
      const entry = closed.get(chat)
      if (entry === undefined || clock.monotonic() < entry.until) return entry?.reason
      closed.delete(chat)
      return undefined
    },
    close(chat, reason) {
      closed.set(chat, { reason, until: clock.monotonic() + CLOSED_FOR_MS })
      const [oldest] = closed.keys()
      if (closed.size > CAPACITY && oldest !== undefined) closed.delete(oldest)
    },
    open(chat) {
      closed.delete(chat)
    },
  }
}
