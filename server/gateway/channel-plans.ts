// How the channels of a gateway come to be: what each one needs of the gateway is given here, once.

import type {
  Channel,
  ChannelCommand,
  ChannelDefinition,
  ChannelNotebook,
  ChannelSettings,
  ChannelVault,
  InboundMessage,
  Linking,
} from "../channels/channel.ts"
import type { Clock } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import { describeStray, disownStrays, tellStrays } from "../host/strays.ts"
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
  readonly log: Logger
  readonly journal: ChannelHooks["journal"]
  /** The health of this channel changed. */
  readonly changed: (channelId: string) => void
}

/**
 * Creates the channels that are on; none of them connects yet. What of a channel fails where nobody waits
 * makes that channel connect anew, and nothing else notices.
 */
export function openSlots(parts: OpenSlotsParts): Promise<ChannelSlot[]> {
  return Promise.all(
    parts.plans.map(async ({ create, definition, settings }) => ({
      definition,
      settings,
      channel: create && (await openChannel(parts, definition.id, create)),
    })),
  )
}

async function openChannel(
  parts: OpenSlotsParts,
  id: string,
  create: NonNullable<ChannelPlan["create"]>,
): Promise<Channel> {
  const { log } = parts
  let channel: Channel | undefined
  let strays = 0
  const inside = <Result>(work: () => Result) => tellStrays(noteStray, work)

  function noteStray(error: unknown): void {
    strays += 1
    const why = describeStray(error)
    log.error("a channel failed where nobody waited, and connects anew", {
      channel: id,
      error: why,
    })
    disownStrays(() => {
      channel?.restart(new Error(why, { cause: error }))
      parts.changed(id)
    })
  }

  const created = await inside(() => create(toHooks(parts, id)))
  channel = created
  return {
    ...created,
    health: () => ({ ...created.health(), ...(strays > 0 && { strays }) }),
    start: () => inside(() => created.start()),
    send: (message, options) => inside(() => created.send(message, options)),
    ...(created.linking !== undefined && { linking: toLinking(created.linking, inside) }),
    showTyping: (chat, options) => inside(() => created.showTyping(chat, options)),
    ...(created.markRead !== undefined && {
      markRead: (messages) => inside(() => created.markRead?.(messages)),
    }),
    ...(created.openDraft !== undefined && {
      openDraft: (chat, options) => inside(() => created.openDraft?.(chat, options)),
    }),
  }
}

/** A linked account lives on in what began with the linking. */
function toLinking(linking: Linking, inside: <Result>(work: () => Result) => Result): Linking {
  return {
    link: (request, options) => inside(() => linking.link(request, options)),
    unlink: () => inside(() => linking.unlink()),
  }
}

/** What a channel needs of the gateway; what the gateway then does is not the channel's own work. */
function toHooks({ changed, clock, journal, store }: OpenSlotsParts, id: string): ChannelHooks {
  const { facts, vault } = store
  return {
    journal: (message) => disownStrays(() => journal(message)),
    commands: COMMANDS,
    changed: () => disownStrays(() => changed(id)),
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
  }
}
