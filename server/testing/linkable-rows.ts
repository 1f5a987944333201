// Rows of a table of channels for tests of linking: one that waits to be linked, one that needs no link,
// and one that is switched off.

import { createMemoryDefinition } from "../channels/memory/index.ts"
import {
  createMemoryChannel,
  type MemoryChannel,
  type MemoryLogin,
} from "../channels/memory/memory-channel.ts"
import type { ChannelSlot } from "../gateway/channels.ts"
import type { Clock } from "../host/clock.ts"

export type { MemoryLogin }

export interface LinkableRows {
  readonly channel: MemoryChannel
  /** `memory`, `plain` and `off`. */
  readonly slots: readonly ChannelSlot[]
}

export function createLinkableRows(clock: Clock): LinkableRows {
  const settings = { allowFrom: [], groups: {} }
  const needsLink = true
  const channel = createMemoryChannel(
    { clock, journal: async () => "new", changed: () => undefined },
    { needsLink },
  )
  return {
    channel,
    slots: [
      { definition: createMemoryDefinition({ needsLink }), settings, channel },
      { definition: createMemoryDefinition({ id: "plain" }), settings, channel: undefined },
      {
        definition: createMemoryDefinition({ id: "off", needsLink }),
        settings,
        channel: undefined,
      },
    ],
  }
}
