import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"
import { isConfiguredSender, readSender } from "./sender.ts"

/** `senders.allow` (M15): lets a person or a group write, from the next message on. */
export function sendersAllow({ channels, clock, store }: MethodParts): Handler<"senders.allow"> {
  return async (params) => {
    const { id, slot } = readSender(channels, params)
    const sender = { channel: slot.definition.id, id }
    if (isConfiguredSender(slot, id)) return { ...sender, already: "configured" }
    const [allowed, dropped] = await Promise.all([store.senders.list(), store.dropped.list(100)])
    const isThem = (other: typeof sender) => other.channel === sender.channel && other.id === id
    if (allowed.some(isThem)) return { ...sender, already: "allowed" }
    const name = dropped.find(isThem)?.name
    await store.senders.allow({
      ...sender,
      ...(name !== undefined && { name }),
      addedAt: clock.now(),
    })
    return sender
  }
}
