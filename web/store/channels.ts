// What stands behind the channels: who may write and who was turned away, and what is not sent. It is
// looked up while somebody looks at it; what was done shows when it is looked up again.

import { type ReadonlySignal, signal } from "@preact/signals"
import type { AllowedSender, DroppedSender, ErrorShape, MethodResult, OutboxRow } from "#protocol"
import type { Connection } from "./connection.ts"
import type { PartStore, PartStoreParts } from "./part-stores.ts"
import { toShape } from "./thrown.ts"

export interface Sender {
  readonly channel: string
  readonly id: string
}

/** Each undefined until it was heard of, and where the gateway does not tell. */
export interface ChannelDetails {
  readonly allowed: readonly AllowedSender[] | undefined
  readonly configured: readonly Sender[] | undefined
  readonly dropped: readonly DroppedSender[] | undefined
  readonly deliveries: readonly OutboxRow[] | undefined
}

export type ActionState = { readonly at: "busy" } | { readonly at: "failed"; error: ErrorShape }

type ChannelsParts = Pick<PartStoreParts, "gateway" | "clock" | "setHealth"> & {
  readonly connection: Pick<Connection, "offers">
}

export interface Channels extends PartStore {
  readonly details: ReadonlySignal<ChannelDetails>
  readonly refresh: ReadonlySignal<"idle" | "loading" | "failed">
  /** By `actionKey`; what went well leaves nothing behind. */
  readonly actions: ReadonlySignal<ReadonlyMap<string, ActionState>>
  /** Keeps the details up to date until the result is called. */
  watch(): () => void
  /** Looks again now. */
  look(): void
  healthChanged(): void
  allow(sender: Sender): Promise<void>
  remove(sender: Sender): Promise<void>
  retry(id: string, options: { readonly force: boolean }): Promise<void>
  drop(id: string): Promise<void>
  logout(channel: string): Promise<void>
}

/** People who are turned away change no health. */
const LOOK_EVERY_MS = 10_000
/** The same while something is being sent. */
const LOOK_SOON_MS = 1_000

const NOTHING: ChannelDetails = {
  allowed: undefined,
  configured: undefined,
  dropped: undefined,
  deliveries: undefined,
}

export const actionKey = {
  sender: ({ channel, id }: Sender) => `sender ${channel} ${id}`,
  delivery: (id: string) => `delivery ${id}`,
  logout: (channel: string) => `logout ${channel}`,
}

export function createChannels(parts: ChannelsParts): Channels {
  const { clock, connection, gateway, setHealth } = parts
  const details = signal(NOTHING)
  const refresh = signal<"idle" | "loading" | "failed">("idle")
  const actions = signal<ReadonlyMap<string, ActionState>>(new Map())
  let watchers = 0
  let cancelTimer: (() => void) | undefined
  let looking: Promise<void> | undefined
  let again = false
  /** Grows when everything is forgotten, so that a late answer brings nothing back. */
  let epoch = 0

  function setAction(key: string, state: ActionState | undefined): void {
    const next = new Map(actions.peek())
    if (state === undefined) next.delete(key)
    else next.set(key, state)
    actions.value = next
  }

  /** Resolves when what is shown is as new as this call. */
  function look(): Promise<void> {
    if (looking !== undefined) again = true
    looking ??= lookUntilNew().finally(() => {
      looking = undefined
      schedule()
    })
    return looking
  }

  async function lookUntilNew(): Promise<void> {
    refresh.value = "loading"
    do {
      again = false
      const asked = epoch
      try {
        const next = await fetchDetails()
        if (asked === epoch) details.value = next
        refresh.value = "idle"
      } catch {
        // The panel says so and offers to try again; what is shown stays.
        refresh.value = "failed"
      }
    } while (again)
  }

  async function fetchDetails(): Promise<ChannelDetails> {
    const [health, status, senders, outbox] = await Promise.all([
      ask("health"),
      ask("status"),
      ask("senders.list"),
      ask("outbox.list"),
    ])
    // The age of a last message changes no health that is told by itself.
    if (health !== undefined) setHealth(health)
    return {
      allowed: senders?.allowed,
      configured: senders?.configured,
      dropped: status?.dropped,
      deliveries: outbox?.deliveries,
    }
  }

  async function ask<M extends "health" | "status" | "senders.list" | "outbox.list">(
    method: M,
  ): Promise<MethodResult<M> | undefined> {
    return connection.offers(method) ? gateway.request<M>(method, {}) : undefined
  }

  function schedule(): void {
    cancelTimer?.()
    if (watchers === 0) return
    const { deliveries = [] } = details.peek()
    const isMoving = deliveries.some(({ state }) => state === "pending" || state === "sending")
    cancelTimer = clock.after(isMoving ? LOOK_SOON_MS : LOOK_EVERY_MS, () => void look())
  }

  function lookIfWatched(): void {
    if (watchers > 0) void look()
  }

  async function act(key: string, work: () => Promise<unknown>): Promise<void> {
    if (actions.peek().get(key)?.at === "busy") return
    setAction(key, { at: "busy" })
    try {
      await work()
      await look()
      setAction(key, undefined)
    } catch (thrown) {
      setAction(key, { at: "failed", error: toShape(thrown) })
      void look()
    }
  }

  return {
    details,
    refresh,
    actions,
    watch() {
      watchers += 1
      void look()
      return () => {
        watchers -= 1
        if (watchers > 0) return
        cancelTimer?.()
        actions.value = new Map()
      }
    },
    look: lookIfWatched,
    healthChanged: lookIfWatched,
    forget() {
      epoch += 1
      details.value = NOTHING
    },
    allow: ({ channel, id }) =>
      act(actionKey.sender({ channel, id }), () =>
        gateway.request("senders.allow", { channel, id }),
      ),
    remove: ({ channel, id }) =>
      act(actionKey.sender({ channel, id }), () =>
        gateway.request("senders.remove", { channel, id }),
      ),
    retry: (id, { force }) =>
      act(actionKey.delivery(id), () =>
        gateway.request("outbox.retry", { id, ...(force && { force }) }),
      ),
    drop: (id) => act(actionKey.delivery(id), () => gateway.request("outbox.drop", { id })),
    logout: (channel) =>
      act(actionKey.logout(channel), () => gateway.request("logout", { channel })),
  }
}
