// The running channels beside the definitions of all: health of each, targets of a `to`, sending.

import { type ChannelHealth, GatewayError, invalidRequest, quote, shuttingDown } from "#protocol"
import type {
  Channel,
  ChannelDefinition,
  ChannelSettings,
  ChannelTarget,
  OutboundMessage,
  SendOptions,
  SentMessage,
} from "../channels/channel.ts"
import type { Clock } from "../host/clock.ts"

/** One row of the table of channels in this gateway. */
export interface ChannelSlot {
  readonly definition: ChannelDefinition
  readonly settings: ChannelSettings
  /** Missing where the configuration leaves it off. */
  readonly channel: Channel | undefined
}

export interface ResolvedTarget extends ChannelTarget {
  readonly channel: string
}

export interface Channels {
  readonly slots: readonly ChannelSlot[]
  get(id: string): ChannelSlot | undefined
  /** Throws `INVALID_REQUEST` for an id that is no channel of this gateway. */
  requireKnown(id: string): void
  /** The row of a channel; throws as `requireKnown` does. */
  requireSlot(id: string): ChannelSlot
  health(): Record<string, ChannelHealth>
  /** Where a `to` leads. Throws `INVALID_REQUEST` if no channel reads it. */
  resolve(to: string, channelId?: string): ResolvedTarget
  /** The running channel, or why there is none: `NOT_LINKED` or `UNAVAILABLE`. */
  require(id: string): Channel
  /**
   * Resolves when the channel is open; rejects with `UNAVAILABLE`, retryable, if it is not within `waitMs`,
   * or `signal` aborts first because the gateway stops.
   */
  whenOpen(id: string, waitMs: number, signal: AbortSignal): Promise<void>
  isOpen(id: string): boolean
  /** A channel's health changed. */
  changed(): void
  /** Delivers one message; the errors are those of `Channel.send` and `require`. */
  send(id: string, message: OutboundMessage, options: SendOptions): Promise<SentMessage>
}

export function createChannels(slots: readonly ChannelSlot[], clock: Clock): Channels {
  const byId = new Map(slots.map((slot) => [slot.definition.id, slot]))
  const watchers = new Set<() => void>()

  function require(id: string): Channel {
    const slot = byId.get(id)
    if (slot === undefined) throw notConfigured(undefined, id)
    const { channel, definition } = slot
    const health = channel?.health()
    if (definition.needsLink === true && health?.linked !== true) {
      const { howToConfigure, id, name } = definition
      const message =
        channel === undefined
          ? `${name} is switched off in the configuration, under channels.${id}.`
          : `${name} is not linked. ${howToConfigure}`
      throw new GatewayError("NOT_LINKED", message, {
        retryable: false,
        ...(health?.state === "banned" && { reason: "banned" }),
      })
    }
    if (channel === undefined) throw notConfigured(definition, id)
    return channel
  }

  function requireKnown(id: string): void {
    requireSlot(id)
  }

  function requireSlot(id: string): ChannelSlot {
    const slot = byId.get(id)
    if (slot !== undefined) return slot
    throw invalidRequest(`channel: must be one of ${[...byId.keys()].join(", ")}, not ${quote(id)}`)
  }

  return {
    slots,
    get: (id) => byId.get(id),
    requireKnown,
    requireSlot,
    health: () =>
      Object.fromEntries(
        slots.map(({ channel, definition }) => [
          definition.id,
          channel?.health() ?? toOff(definition),
        ]),
      ),
    resolve(to, channelId) {
      if (channelId !== undefined) requireKnown(channelId)
      const asked =
        channelId === undefined ? slots : slots.filter((s) => s.definition.id === channelId)
      for (const { definition } of asked) {
        const target = definition.readTarget(to, channelId !== undefined)
        if (target !== undefined) return { ...target, channel: definition.id }
      }
      throw invalidRequest(`to: not a phone number or chat id: ${quote(to)}${hintFor(to)}`)
    },
    require,
    whenOpen(id, waitMs, signal) {
      const channel = require(id)
      return new Promise((resolve, reject) => {
        const timer = clock.after(waitMs, () => giveUp(notConnected(id, channel.health())))
        const stop = () => giveUp(shuttingDown())
        function end(): void {
          timer.cancel()
          watchers.delete(look)
          signal.removeEventListener("abort", stop)
        }
        function giveUp(error: GatewayError): void {
          end()
          reject(error)
        }
        function look(): void {
          if (channel.health().state !== "open") return
          end()
          resolve()
        }
        watchers.add(look)
        signal.addEventListener("abort", stop)
        look()
        if (signal.aborted) stop()
      })
    },
    isOpen: (id) => byId.get(id)?.channel?.health().state === "open",
    changed() {
      for (const look of [...watchers]) look()
    },
    send: async (id, message, options) => require(id).send(message, options),
  }
}

function notConfigured(definition: ChannelDefinition | undefined, id: string): GatewayError {
  const name = definition?.name ?? quote(id)
  const how = definition === undefined ? "" : ` ${definition.howToConfigure}`
  return new GatewayError("UNAVAILABLE", `${name} is not configured.${how}`, {
    reason: "not_configured",
    retryable: false,
  })
}

function toOff({ needsLink }: ChannelDefinition): ChannelHealth {
  return { configured: false, state: "off", ...(needsLink === true && { linked: false }) }
}

/** What is missing from digits that would be a number. */
function hintFor(to: string): string {
  return /^(\w+:)?[\d\s().-]{7,}$/.test(to) ? "; a phone number begins with + and its country" : ""
}

function notConnected(id: string, { lastError, state }: ChannelHealth): GatewayError {
  const why = lastError === undefined ? state : `${state}: ${lastError.replace(/\.$/, "")}`
  return new GatewayError("UNAVAILABLE", `The channel ${id} is not connected (${why}).`, {
    reason: "not_connected",
    retryable: true,
    retryAfterMs: 5_000,
  })
}
