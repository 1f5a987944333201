// Delivers what is in the outbox: in order per chat, tried again while it surely has not arrived, and
// never twice where it may have (rule I4).

import { type ErrorShape, GatewayError, type SendResult, toErrorShape } from "#protocol"
import { type Clock, pause } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { DeliveryRecord, NewDelivery, OutboxStore, Outcome } from "../store/store.ts"
import type { Channels } from "./channels.ts"

export interface OutboxTimings {
  /** One message to a channel, from the call to its answer. */
  readonly sendDeadlineMs: number
  /** How long a `send` waits for a channel that is down. */
  readonly sendWaitMs: number
  readonly outboxRetryFirstMs: number
  readonly outboxRetryMaxMs: number
  /** An older reply is reported, not sent. */
  readonly outboxMaxAgeMs: number
  /** After a restart an older `send` is failed, not sent. */
  readonly sendMaxAgeMs: number
}

export interface OutboxParts {
  readonly store: OutboxStore
  readonly channels: Channels
  readonly clock: Clock
  readonly log: Logger
  readonly timings: OutboxTimings
  /** The counts in the health snapshot may have changed. */
  readonly changed: () => void
}

export interface Outbox {
  /** Something was put into the store's outbox. */
  added(delivery: NewDelivery): void
  /**
   * The delivery when it is over: sent, failed or unknown; `late` when `signal` aborts first. Rejects
   * for one that surely had no effect and was forgotten, so that its key may be used again.
   */
  settled(id: string, signal: AbortSignal): Promise<DeliveryRecord | "late">
  /** Takes up what an earlier process left. Call once, before anything is added. */
  recover(): Promise<void>
  /** Ends after the message under way; what waits stays on disk. */
  stop(): Promise<void>
}

const MAX_FAILURES = 1_000

type Verdict = "sent" | "over" | "again"

export function createOutbox(parts: OutboxParts): Outbox {
  const { channels, clock, log, store, timings } = parts
  const stopping = new AbortController()
  // The promise of a chat's worker is remembered, so that a chat has one and its order holds.
  const workers = new Map<string, { queue: string[]; done: Promise<void> }>()
  const waiters = new Map<string, Set<() => void>>()
  /** Why the latest forgotten deliveries had no effect, for whoever still waits for them. */
  const failures = new Map<string, GatewayError>()

  function added(delivery: NewDelivery): void {
    const chat = `${delivery.channel} ${delivery.chat}`
    const worker = workers.get(chat)
    if (worker !== undefined) {
      worker.queue.push(delivery.id)
      return
    }
    const queue = [delivery.id]
    const done = workThrough(queue).finally(() => workers.delete(chat))
    workers.set(chat, { queue, done })
  }

  /** Never rejects. */
  async function workThrough(queue: string[]): Promise<void> {
    for (let id = queue[0]; id !== undefined; id = queue[0]) {
      if (stopping.signal.aborted) return
      try {
        await deliver(id)
      } catch (error) {
        // The store failed: what it holds is still to be done.
        log.error("a delivery broke and is tried again", { id, error })
        await pause(clock, timings.outboxRetryMaxMs, stopping.signal)
        continue
      }
      queue.shift()
      tellWaiters(id)
      parts.changed()
    }
  }

  async function deliver(id: string): Promise<void> {
    let delayMs = timings.outboxRetryFirstMs
    while (!stopping.signal.aborted) {
      const delivery = await store.get(id)
      if (delivery?.state !== "pending") return
      const { verdict, retryAfterMs } = await tryOnce(delivery)
      if (verdict !== "again") return
      await pause(clock, Math.max(delayMs, retryAfterMs), stopping.signal)
      delayMs = Math.min(delayMs * 2, timings.outboxRetryMaxMs)
    }
  }

  async function tryOnce(
    delivery: DeliveryRecord,
  ): Promise<{ verdict: Verdict; retryAfterMs: number }> {
    const maxAgeMs = delivery.runId === undefined ? timings.sendMaxAgeMs : timings.outboxMaxAgeMs
    if (clock.now() - delivery.createdAt > maxAgeMs) {
      const error = new GatewayError("UNAVAILABLE", "It became too old to be sent.", {
        reason: "not_connected",
        retryable: false,
      })
      await fail(delivery, "failed", error)
      return { verdict: "over", retryAfterMs: 0 }
    }
    try {
      await sendRest(delivery)
      return { verdict: "sent", retryAfterMs: 0 }
    } catch (error) {
      return handleFailure(delivery, error)
    }
  }

  /** Sends the texts that the service has not confirmed yet, one after the other. */
  async function sendRest(delivery: DeliveryRecord): Promise<void> {
    const messageIds = [...delivery.messageIds]
    for (const [index, text] of delivery.texts.entries()) {
      if (index < messageIds.length) continue
      await store.sending(delivery.id)
      const sent = await channels.send(
        delivery.channel,
        { chat: delivery.chat, text, token: `${delivery.id}:${index}` },
        deadline(timings.sendDeadlineMs),
      )
      messageIds.push(sent.messageId)
      await store.progressed(delivery.id, messageIds)
    }
    await store.settle(delivery.id, {
      state: "sent",
      outcome: { ok: true, payload: toResult(delivery, messageIds) },
    })
  }

  function deadline(ms: number): AbortSignal {
    const controller = new AbortController()
    clock.after(ms, () => controller.abort())
    return controller.signal
  }

  async function handleFailure(
    delivery: DeliveryRecord,
    thrown: unknown,
  ): Promise<{ verdict: Verdict; retryAfterMs: number }> {
    const error =
      thrown instanceof GatewayError
        ? thrown
        : new GatewayError("UNAVAILABLE", "The channel failed unexpectedly.", {
            cause: thrown,
            reason: "outcome_unknown",
            retryable: false,
          })
    const facts = { id: delivery.id, channel: delivery.channel, error: error.message }
    if (error.retryable === true) {
      await store.backToPending(delivery.id)
      const isReply = delivery.runId !== undefined
      if (isReply) {
        log.debug("a reply waits for its channel", facts)
        return { verdict: "again", retryAfterMs: error.retryAfterMs ?? 0 }
      }
      // A `send` is not queued: the caller is told, and may come again with the same key.
      if (delivery.messageIds.length === 0) {
        remember(delivery.id, error)
        await store.forget(delivery.id)
        return { verdict: "over", retryAfterMs: 0 }
      }
    }
    const state = error.reason === "outcome_unknown" ? "unknown" : "failed"
    log.warn(
      state === "unknown" ? "a message may not have arrived" : "a message was not sent",
      facts,
    )
    await fail(delivery, state, error)
    return { verdict: "over", retryAfterMs: 0 }
  }

  function remember(id: string, error: GatewayError): void {
    failures.set(id, error)
    const [oldest] = failures.keys()
    if (failures.size > MAX_FAILURES && oldest !== undefined) failures.delete(oldest)
  }

  async function fail(
    delivery: DeliveryRecord,
    state: "failed" | "unknown",
    error: GatewayError,
  ): Promise<void> {
    const shape: ErrorShape = { ...toErrorShape(error), retryable: false }
    const outcome: Outcome = { ok: false, error: shape }
    await store.settle(delivery.id, { state, outcome, error: shape })
  }

  function tellWaiters(id: string): void {
    const told = waiters.get(id)
    waiters.delete(id)
    for (const tell of told ?? []) tell()
  }

  async function settled(id: string, signal: AbortSignal): Promise<DeliveryRecord | "late"> {
    for (;;) {
      const delivery = await store.get(id)
      if (delivery === undefined) throw failures.get(id) ?? notSent()
      if (delivery.state !== "pending" && delivery.state !== "sending") return delivery
      if (signal.aborted || stopping.signal.aborted) return "late"
      await nextNews(id, signal)
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
    async recover() {
      // No channel here can drop a repetition, so what may have arrived is not sent again.
      await store.recover(() => false)
      for (const delivery of await store.pending()) added(delivery)
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

function toResult(delivery: DeliveryRecord, messageIds: readonly string[]): SendResult {
  return {
    messageId: messageIds.at(-1) ?? "",
    channel: delivery.channel,
    to: delivery.to,
    chatId: delivery.chat,
    status: "sent",
  }
}
