// The queues of what is in the outbox, one for each chat, so that its order holds; and who waits to hear
// what becomes of it. How one delivery goes is in deliver.ts.

import { GatewayError } from "#protocol"
import { pause } from "../host/clock.ts"
import type { DeliveryRecord, NewDelivery } from "../store/store.ts"
import { createDeliver, type DeliverParts, type DeliverTimings } from "./deliver.ts"

export interface OutboxTimings extends DeliverTimings {
  /** How long a `send` waits for a channel that is down. */
  readonly sendWaitMs: number
}

export interface OutboxParts
  extends Pick<DeliverParts, "store" | "channels" | "media" | "clock" | "log"> {
  readonly timings: OutboxTimings
  /** The counts in the health snapshot may have changed. */
  readonly changed: () => void
}

export interface AddedOptions {
  /** Nobody waits who would try again: it waits for its channel itself, as replies do. */
  readonly waitsForChannel?: boolean
}

export interface Outbox {
  /** Something was put into the store's outbox. */
  added(delivery: NewDelivery, options?: AddedOptions): void
  /**
   * The delivery when it is over: sent, failed or unknown; `late` when `signal` aborts first. Rejects
   * for one that surely had no effect and was forgotten, so that its key may be used again.
   */
  settled(id: string, signal: AbortSignal): Promise<DeliveryRecord | "late">
  /** A channel is open again: what waits to be tried again is tried now. */
  channelOpened(): void
  /** Takes up what an earlier process left. Call once, before anything is added. */
  recover(): Promise<void>
  /** Ends after the message under way; what waits stays on disk. */
  stop(): Promise<void>
}

const MAX_FAILURES = 1_000

export function createOutbox(parts: OutboxParts): Outbox {
  const { channels, clock, log, store, timings } = parts
  const stopping = new AbortController()
  // The promise of a chat's worker is remembered, so that a chat has one and its order holds.
  const workers = new Map<string, { queue: string[]; done: Promise<void> }>()
  const waiters = new Map<string, Set<() => void>>()
  /** Aborts, and is replaced, when a channel opens. */
  let opened = new AbortController()
  /** Why the latest forgotten deliveries had no effect, for whoever still waits for them. */
  const failures = new Map<string, GatewayError>()
  /** A `send` of which nobody waits to be told to try again, so it waits itself. */
  const patient = new Set<string>()
  const deliver = createDeliver({
    ...parts,
    stopping: stopping.signal,
    opened: () => opened.signal,
    waitsForChannel: (id) => patient.has(id),
    forgetting: remember,
    confirmed: (delivery) => added(delivery, { waitsForChannel: true }),
  })

  function added(delivery: NewDelivery, { waitsForChannel = false }: AddedOptions = {}): void {
    if (waitsForChannel) patient.add(delivery.id)
    if (stopping.signal.aborted) return
    const chat = `${delivery.channel} ${delivery.chat}`
    const worker = workers.get(chat)
    if (worker !== undefined) {
      worker.queue.push(delivery.id)
      return
    }
    const queue = [delivery.id]
    workers.set(chat, { queue, done: workThrough(chat, queue) })
  }

  /** Never rejects. */
  async function workThrough(chat: string, queue: string[]): Promise<void> {
    // Whatever comes first, `added` has remembered this worker before it can end.
    await Promise.resolve()
    let retryMs = timings.outboxRetryFirstMs
    for (let id = queue[0]; id !== undefined; id = queue[0]) {
      if (stopping.signal.aborted) return
      try {
        await deliver(id)
      } catch (error) {
        // The store failed: what it holds is still to be done.
        log.error("a delivery broke and is tried again", { id, error })
        await pause(clock, retryMs, stopping.signal)
        retryMs = Math.min(retryMs * 2, timings.outboxRetryMaxMs)
        continue
      }
      retryMs = timings.outboxRetryFirstMs
      queue.shift()
      patient.delete(id)
      tellWaiters(id)
      parts.changed()
    }
    // In one step with the look at the empty queue, so that nothing is added to a worker that has ended.
    workers.delete(chat)
  }

  function remember(id: string, error: GatewayError): void {
    failures.set(id, error)
    const [oldest] = failures.keys()
    if (failures.size > MAX_FAILURES && oldest !== undefined) failures.delete(oldest)
  }

  function tellWaiters(id: string): void {
    const told = waiters.get(id)
    waiters.delete(id)
    for (const tell of told ?? []) tell()
  }

  async function settled(id: string, signal: AbortSignal): Promise<DeliveryRecord | "late"> {
    for (;;) {
      const delivery = await read(id, signal)
      if (delivery === "late") return "late"
      if (delivery === undefined) throw failures.get(id) ?? notSent()
      if (delivery.state !== "pending" && delivery.state !== "sending") return delivery
      if (signal.aborted || stopping.signal.aborted) return "late"
      await nextNews(id, signal)
    }
  }

  /** It is on disk, so a disk that cannot be read now says nothing about it. */
  async function read(
    id: string,
    signal: AbortSignal,
  ): Promise<DeliveryRecord | undefined | "late"> {
    const over = AbortSignal.any([signal, stopping.signal])
    for (;;) {
      try {
        return await store.get(id)
      } catch (error) {
        if (!(error instanceof GatewayError && error.reason === "storage")) throw error
        if (over.aborted) return "late"
        log.debug("a delivery cannot be read now", { id, error })
        await pause(clock, timings.outboxRetryFirstMs, over)
      }
    }
  }

  function nextNews(id: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const told = waiters.get(id) ?? new Set()
      waiters.set(id, told)
      const tell = () => {
        signal.removeEventListener("abort", tell)
        told.delete(tell)
        resolve()
      }
      told.add(tell)
      signal.addEventListener("abort", tell)
    })
  }

  return {
    added,
    settled,
    channelOpened() {
      opened.abort()
      opened = new AbortController()
    },
    async recover() {
      await store.recover((id) => channels.get(id)?.definition.dropsRepetitions === true)
      for (const delivery of await store.pending()) {
        added(delivery, { waitsForChannel: true })
      }
    },
    async stop() {
      stopping.abort()
      for (const id of [...waiters.keys()]) tellWaiters(id)
      await Promise.all([...workers.values()].map((worker) => worker.done))
    },
  }
}

function notSent(): GatewayError {
  return new GatewayError("UNAVAILABLE", "The message was not sent.", {
    reason: "not_connected",
    retryable: true,
  })
}
