// How the channels of a gateway come to be: what each one needs of the gateway is given here, once.

import type {
  Channel,
  ChannelCommand,
  ChannelDefinition,
  ChannelNotebook,
  ChannelSettings,
  ChannelVault,
  InboundMessage,
} from "../channels/channel.ts"
import type { Clock } from "../host/clock.ts"
import type { Store } from "../store/store.ts"
import type { ChannelSlot } from "./channels.ts"
import { COMMANDS } from "./commands.ts"

/** What a channel needs of the gateway. */
export interface ChannelHooks {
  readonly journal: (message: InboundMessage) => Promise<"new" | "duplicate">
  readonly changed: () => void
  readonly notebook: ChannelNotebook
  readonly vault: ChannelVault
  readonly commands: readonly ChannelCommand[]
}

export interface ChannelPlan {
  readonly definition: ChannelDefinition
  readonly settings: ChannelSettings
  /** Missing where the configuration leaves the channel off. */
  readonly create?: (hooks: ChannelHooks) => Promise<Channel>
}

export interface OpenSlotsParts {
  readonly plans: readonly ChannelPlan[]
  readonly store: Pick<Store<InboundMessage>, "facts" | "vault">
  readonly clock: Clock
  readonly journal: ChannelHooks["journal"]
  /** The health of this channel changed. */
  readonly changed: (channelId: string) => void
}

/** Creates the channels that are on; none of them connects yet. */
export function openSlots({
  changed,
  clock,
  journal,
  plans,
  store: { facts, vault },
}: OpenSlotsParts): Promise<ChannelSlot[]> {
  return Promise.all(
    plans.map(async ({ create, definition, settings }) => {
      const { id } = definition
      const channel = await create?.({
        journal,
        commands: COMMANDS,
        changed: () => changed(id),
        notebook: {
          get: (key) => facts.get(`channel.${id}`, key),
          set: (key, value) => facts.set(`channel.${id}`, key, value),
        },
        vault: {
          get: (area, keys) => vault.get(id, area, keys),
          write: (changes) => vault.write(id, changes, clock.now()),
          keys: (area, limit) => vault.keys(id, area, limit),
          trim: (area, options) => vault.trim(id, area, options),
          rename: (area, to) => vault.rename(id, area, to),
          clear: (area) => vault.clear(id, area),
        },
      })
      return { definition, settings, channel }
    }),
  )
}
