import { invalidRequest, quote } from "#protocol"
import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"
import { isConfiguredSender, readSender } from "./sender.ts"

/** `senders.remove` (M15): takes back what `senders.allow` gave. */
export function sendersRemove({ channels, store }: MethodParts): Handler<"senders.remove"> {
  return async (params) => {
    const { id, slot } = readSender(channels, params)
    const channel = slot.definition.id
    if (await store.senders.remove(channel, id)) return { channel, id }
    throw invalidRequest(
      isConfiguredSender(slot, id)
        ? `id: the configuration allows ${quote(id)}; take it out of channels.${channel} there`
        : `id: nobody allowed ${quote(id)}`,
    )
  }
}
