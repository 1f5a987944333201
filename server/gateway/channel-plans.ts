// How the channels of a gateway come to be: what each one needs of the gateway is given here, once.

import type {
  Channel,
  ChannelDefinition,
  ChannelNotebook,
  ChannelSettings,
  InboundMessage,
} from "../channels/channel.ts"
import type { FactStore } from "../store/store.ts"
import type { ChannelSlot } from "./channels.ts"

/** What a channel needs of the gateway. */
export interface ChannelHooks {
  readonly journal: (message: InboundMessage) => Promise<"new" | "duplicate">
  readonly changed: () => void
  readonly notebook: ChannelNotebook
}

export interface ChannelPlan {
  readonly definition: ChannelDefinition
  readonly settings: ChannelSettings
  /** Missing where the configuration leaves the channel off. */
  readonly create?: (hooks: ChannelHooks) => Promise<Channel>
}

export interface OpenSlotsParts {
  readonly plans: readonly ChannelPlan[]
  readonly facts: FactStore
  readonly journal: ChannelHooks["journal"]
  /** The health of this channel changed. */
  readonly changed: (channelId: string) => void
}

/** Creates the channels that are on; none of them connects yet. */
export function openSlots({
  changed,
  facts,
  journal,
  plans,
}: OpenSlotsParts): Promise<ChannelSlot[]> {
  return Promise.all(
    plans.map(async ({ create, definition, settings }) => {
      const { id } = definition
      const channel = await create?.({
        journal,
        changed: () => changed(id),
        notebook: {
          get: (key) => facts.get(`channel.${id}`, key),
          set: (key, value) => facts.set(`channel.${id}`, key, value),
        },
      })
      return { definition, settings, channel }
    }),
  )
}
