// Tells a person when a channel is in trouble that only a person can end, through another channel.

import { randomUUID } from "node:crypto"
import type { ChannelState } from "#protocol"
import type { Clock } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { FactStore, NewDelivery, OutboxStore } from "../store/store.ts"
import type { ChannelSlot, Channels } from "./channels.ts"
import type { Handles } from "./handles.ts"
import type { Notices } from "./notices.ts"

const AREA = "alerts"

const TROUBLES: Partial<Record<ChannelState, string>> = {
  logged_out: "The account was logged out.",
  banned: "The service has banned the account.",
  replaced: "Another client took over the connection.",
  failed: "The connection was given up.",
}

export interface AlertTimings {
  /** The same trouble of a channel is told once in this time. */
  readonly alertEveryMs: number
}

export interface Alerts {
  /** The health of this channel changed. */
  look(channelId: string): void
  /** Resolves when everything that was seen is told. */
  stop(): Promise<void>
}

export interface AlertsParts {
  readonly channels: Channels
  readonly handles: Handles
  readonly facts: FactStore
  readonly outbox: Pick<OutboxStore, "add">
  /** It is in the store and wants to be sent. */
  readonly added: (delivery: NewDelivery) => void
  readonly notices: Pick<Notices, "add">
  readonly clock: Clock
  readonly log: Logger
  readonly timings: AlertTimings
  /** Who is told; nobody if it is missing. */
  readonly to: string | undefined
}

export function createAlerts(parts: AlertsParts): Alerts {
  const { channels, clock, facts, log, to } = parts
  const lastSeen = new Map<string, ChannelState>()
  const working = new Set<Promise<void>>()

  async function tell(slot: ChannelSlot, state: ChannelState, text: string): Promise<void> {
    const { id } = slot.definition
    try {
      const name = `${id}:${state}`
      const last = await facts.get(AREA, name)
      // Either way: a clock that was wrong and is set back silences nobody until it gets there again.
      const apartMs = Math.abs(clock.now() - Number(last))
      if (last !== undefined && apartMs < parts.timings.alertEveryMs) return
      await facts.set(AREA, name, String(clock.now()))
      await send(id, text)
    } catch (error) {
      log.warn("could not tell of a channel's trouble", { channel: id, state, error })
      parts.notices.add(text)
    }
  }

  async function send(troubled: string, text: string): Promise<void> {
    if (to === undefined) return
    const target = await parts.handles.lookUp(channels.resolve(to))
    // What the channel in trouble would have to carry is kept for whoever looks.
    if (target.channel === troubled || channels.get(target.channel)?.channel === undefined) {
      parts.notices.add(text)
      return
    }
    const delivery: NewDelivery = {
      id: `alert:${randomUUID()}`,
      channel: target.channel,
      chat: target.chat,
      to,
      items: [{ text }],
      createdAt: clock.now(),
    }
    await parts.outbox.add(delivery)
    parts.added(delivery)
  }

  return {
    look(channelId) {
      const slot = channels.get(channelId)
      const health = slot?.channel?.health()
      if (to === undefined || slot === undefined || health === undefined) return
      const { lastError, state } = health
      if (lastSeen.get(channelId) === state) return
      lastSeen.set(channelId, state)
      const trouble = TROUBLES[state]
      if (trouble === undefined) return
      const text = `${slot.definition.name}: ${trouble}${lastError === undefined ? "" : ` (${lastError})`}`
      const told = tell(slot, state, text).finally(() => working.delete(told))
      working.add(told)
    },
    async stop() {
      await Promise.all(working)
    },
  }
}
