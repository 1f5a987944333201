// Whom a request about senders names, in the form of the channel's allow list.

import { invalidRequest, quote } from "#protocol"
import type { ChannelSlot, Channels } from "../channels.ts"

const EVERYBODY = "*"

/** Throws `INVALID_REQUEST` for a channel that is none, and for what names nobody there. */
export function readSender(
  channels: Channels,
  { channel, id }: { readonly channel: string; readonly id: string },
): { readonly slot: ChannelSlot; readonly id: string } {
  const slot = channels.requireSlot(channel)
  if (id.trim() === EVERYBODY) {
    throw invalidRequest(
      "id: * would let everybody in; only the configuration does that, with allowFrom",
    )
  }
  const read = slot.definition.readAllowed(id.trim())
  if (read === undefined) {
    const { allowedForms, name } = slot.definition
    throw invalidRequest(
      `id: ${quote(id)} is nobody on ${name}; it must be ${allowedForms ?? "an id of a person or a group"}`,
    )
  }
  return { slot, id: read }
}

/** The configuration names them. `*` does not count: it allows no group, and nobody whose id is hidden. */
export function isConfiguredSender({ definition, settings }: ChannelSlot, id: string): boolean {
  if (Object.hasOwn(settings.groups, id)) return true
  return settings.allowFrom.some(
    (entry) => entry !== EVERYBODY && definition.readAllowed(entry) === id,
  )
}
