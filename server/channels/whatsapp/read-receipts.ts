// Tells senders that their messages were read. A receipt must name a message as the service did, which is
// not always how the gateway calls its chat and its sender.

import type { Logger } from "../../host/logger.ts"
import type { InboundMessage } from "../channel.ts"
import type { BoundedCache } from "./bounded-cache.ts"
import type { Socket, WAMessageKey } from "./library.ts"

export interface ReadReceipts {
  remember(message: InboundMessage, key: WAMessageKey): void
  /** Never rejects. */
  send(socket: Socket, messages: readonly InboundMessage[]): Promise<void>
}

export function createReadReceipts(originals: BoundedCache, log: Logger): ReadReceipts {
  return {
    remember(message, key) {
      originals.set(nameOf(message), key)
    },
    async send(socket, messages) {
      const read = messages.filter(({ byOwner, sender }) => !byOwner && !sender.self)
      if (read.length === 0) return
      const keys = read.map(
        (message) => originals.get<WAMessageKey>(nameOf(message)) ?? toKey(message),
      )
      await socket.markRead(keys).catch((error: unknown) => {
        log.debug("could not mark messages as read", { error: String(error) })
      })
    },
  }
}

function nameOf({ chat, messageId }: InboundMessage): string {
  return JSON.stringify([chat, messageId])
}

/** The likeliest name of a message from before the start. */
function toKey({ chat, group, messageId, sender }: InboundMessage): WAMessageKey {
  const key = { remoteJid: chat, id: messageId, fromMe: false }
  if (group === undefined) return key
  const [lid] = sender.aliases ?? []
  const own = sender.hidden ? sender.id : `${sender.id.slice(1)}@s.whatsapp.net`
  return { ...key, participant: lid ?? own }
}
