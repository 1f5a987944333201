// Delivers what is in the outbox: in order per chat, tried again while it surely has not arrived, and
// never twice where it may have (rule I4).

import { type ErrorShape, GatewayError, type SendResult, toErrorShape } from "#protocol"
import type { SentMessage } from "../channels/channel.ts"
import { type Clock, pause } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { Media } from "../media/media.ts"
import type {
  DeliveryItem,
  DeliveryRecord,
  NewDelivery,
  OutboxStore,
  Outcome,
} from "../store/store.ts"
import type { Channels } from "./channels.ts"

export interface OutboxTimings {
  /** One message to a channel, from the call to its answer. */
  readonly sendDeadlineMs: number
  /** The same for one with a file. */
  readonly mediaSendDeadlineMs: number
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
  readonly media: Pick<Media, "has">
  readonly clock: Clock
  readonly log: Logger
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

type Verdict = "sent" | "over" | "again"

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

  function added(delivery: NewDelivery, { waitsForChannel = false }: AddedOptions = {}): void {
    if (waitsForChannel) patient.add(delivery.id)
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
      patient.delete(id)
      tellWaiters(id)
      parts.changed()
    }
    // In one step with the look at the empty queue, so that nothing is added to a worker that has ended.
    workers.delete(chat)
  }

  async function deliver(id: string): Promise<void> {
    let delayMs = timings.outboxRetryFirstMs
    while (!stopping.signal.aborted) {
      const delivery = await store.get(id)
      if (delivery?.state !== "pending") return
      const { verdict, retryAfterMs } = await tryOnce(delivery)
      if (verdict !== "again") return
      const wait =
        retryAfterMs > delayMs ? stopping.signal : AbortSignal.any([stopping.signal, opened.signal])
      await pause(clock, Math.max(delayMs, retryAfterMs), wait)
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
    const failure = await sendRest(delivery)
    return failure === undefined
      ? { verdict: "sent", retryAfterMs: 0 }
      : handleFailure({ ...delivery, messageIds: failure.messageIds }, failure.error)
  }

  /** Sends the messages that the service has not confirmed yet, one after the other; gives what the channel failed with. */
  async function sendRest(
    delivery: DeliveryRecord,
  ): Promise<{ error: unknown; messageIds: readonly string[] } | undefined> {
    const messageIds = [...delivery.messageIds]
    for (const [index, item] of delivery.items.entries()) {
      if (index < messageIds.length) continue
      try {
        const sent = await sendItem(delivery, item, `${delivery.id}:${index}`)
        messageIds.push(sent.messageId)
      } catch (error) {
        return { error, messageIds }
      }
      await untilStored(() => store.progressed(delivery.id, messageIds))
    }
    const chatField = channels.get(delivery.channel)?.definition.chatField ?? "chatId"
    const payload: SendResult = {
      messageId: messageIds.at(-1) ?? "",
      channel: delivery.channel,
      to: delivery.to,
      [chatField]: delivery.chat,
      status: "sent",
    }
    await untilStored(() =>
      store.settle(delivery.id, { state: "sent", outcome: { ok: true, payload } }),
    )
    return undefined
  }

  async function sendItem(
    { channel, chat, id }: DeliveryRecord,
    item: DeliveryItem,
    token: string,
  ): Promise<SentMessage> {
    // What waits for its turn or for another try is `pending`: only a call under way can leave a doubt.
    const trace = { leaving: () => store.sending(id), stayed: () => store.backToPending(id) }
    const deadline = new AbortController()
    const ms = item.media === undefined ? timings.sendDeadlineMs : timings.mediaSendDeadlineMs
    const endsAt = clock.monotonic() + ms
    const timer = clock.after(ms, () => deadline.abort())
    try {
      if (item.media !== undefined && !(await parts.media.has(item.media))) throw hasExpired()
      return await channels.send(
        channel,
        { chat, token, ...item },
        { signal: deadline.signal, deadline: endsAt, trace },
      )
    } finally {
      timer.cancel()
    }
  }

  /**
   * What the service has is known: if the disk fails now, only the writing is tried again. Throws when
   * the gateway stops first; the next start then takes the outcome for unknown.
   */
  async function untilStored(write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await write()
      } catch (error) {
        if (stopping.signal.aborted) throw error
        log.error("could not store how a delivery stands", { error })
        await pause(clock, timings.outboxRetryFirstMs, stopping.signal)
      }
    }
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
      await untilStored(() => store.backToPending(delivery.id))
      if (delivery.runId !== undefined || patient.has(delivery.id)) {
        log.debug("a message waits for its channel", facts)
        return { verdict: "again", retryAfterMs: error.retryAfterMs ?? 0 }
      }
      // A `send` is not queued: the caller is told, and may come again with the same key.
      if (delivery.messageIds.length === 0) {
        remember(delivery.id, error)
        await untilStored(() => store.forget(delivery.id))
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
    // What an earlier process may have delivered is not made undelivered by what fails now.
    const doubt = state === "failed" ? delivery.error : undefined
    const shape: ErrorShape = {
      ...(doubt === undefined
        ? toErrorShape(error)
        : { ...doubt, message: `${doubt.message} It was not sent again: ${error.message}` }),
      retryable: false,
    }
    const end = doubt === undefined ? state : "unknown"
    const outcome: Outcome = { ok: false, error: shape }
    await untilStored(() => store.settle(delivery.id, { state: end, outcome, error: shape }))
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

function hasExpired(): GatewayError {
  return new GatewayError("UNAVAILABLE", "The file has expired.", {
    reason: "media_unavailable",
    retryable: false,
  })
}

function notSent(): GatewayError {
  return new GatewayError("UNAVAILABLE", "The message was not sent.", {
    reason: "not_connected",
    retryable: true,
  })
}
