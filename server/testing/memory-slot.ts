// A row of a gateway's channels without a gateway: the channel in memory, or whatever a test puts there.

import type { Channel } from "../channels/channel.ts"
import { createMemoryDefinition } from "../channels/memory/index.ts"
import type { ChannelSlot } from "../gateway/channels.ts"

export function createMemorySlot({
  id = "memory",
  channel,
}: {
  readonly id?: string
  readonly channel?: Channel
} = {}): ChannelSlot {
  return {
    definition: createMemoryDefinition({ id }),
    settings: { allowFrom: [], groups: {} },
    channel,
  }
}
