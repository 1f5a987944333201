// One delivery, from its turn to its end: its messages one after the other, tried again while they surely
// have not arrived, and never twice where they may have (rule I4).

import { type ErrorShape, GatewayError, type SendResult, toErrorShape } from "#protocol"
import type { SendTrace, SentMessage } from "../channels/channel.ts"
import { type Clock, pause } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { Media } from "../media/media.ts"
import type { DeliveryItem, DeliveryRecord, OutboxStore, Outcome } from "../store/store.ts"
import type { Channels } from "./channels.ts"

export interface DeliverTimings {
  /** One message to a channel, from the call to its answer. */
  readonly sendDeadlineMs: number
  /** The same for one with a file. */
  readonly mediaSendDeadlineMs: number
  readonly outboxRetryFirstMs: number
  readonly outboxRetryMaxMs: number
  /** An older reply is reported, not sent. */
  readonly outboxMaxAgeMs: number
  /** After a restart an older `send` is failed, not sent. */
  readonly sendMaxAgeMs: number
}

export interface DeliverParts {
  readonly store: OutboxStore
  readonly channels: Channels
  readonly media: Pick<Media, "has">
  readonly clock: Clock
  readonly log: Logger
  readonly timings: DeliverTimings
  readonly stopping: AbortSignal
  /** Aborts when a channel opens: a wait that nobody imposed is over then. */
  readonly opened: () => AbortSignal
  /** Nobody waits who would try this `send` again, so it waits for its channel itself, as replies do. */
  readonly waitsForChannel: (id: string) => boolean
  /** It surely had no effect, and is forgotten next so that its key may be used again. */
  readonly forgetting: (id: string, error: GatewayError) => void
  /** What was unknown has arrived after all, and the rest of the delivery waits again. */
  readonly confirmed: (delivery: DeliveryRecord) => void
}

/** Resolves when the delivery is over, or the gateway stops; rejects when the store fails. */
export type Deliver = (id: string) => Promise<void>

type Verdict =
  | { readonly verdict: "over" }
  | { readonly verdict: "again"; readonly retryAfterMs: number }

export function createDeliver(parts: DeliverParts): Deliver {
  const { channels, clock, log, stopping, store, timings } = parts

  async function deliver(id: string): Promise<void> {
    let delayMs = timings.outboxRetryFirstMs
    while (!stopping.aborted) {
      const delivery = await store.get(id)
      if (delivery?.state !== "pending") return
      const tried = await tryOnce(delivery)
      if (tried.verdict === "over") return
      const { retryAfterMs } = tried
      const wait = retryAfterMs > delayMs ? stopping : AbortSignal.any([stopping, parts.opened()])
      await pause(clock, Math.max(delayMs, retryAfterMs), wait)
      delayMs = Math.min(delayMs * 2, timings.outboxRetryMaxMs)
    }
  }

  async function tryOnce(delivery: DeliveryRecord): Promise<Verdict> {
    const maxAgeMs = delivery.runId === undefined ? timings.sendMaxAgeMs : timings.outboxMaxAgeMs
    const isComplete = delivery.messageIds.length === delivery.items.length
    if (!isComplete && delivery.ageMs > maxAgeMs) {
      const error = new GatewayError("UNAVAILABLE", "It became too old to be sent.", {
        reason: "not_connected",
        retryable: false,
      })
      await fail(delivery, "failed", error)
      return { verdict: "over" }
    }
    const failure = await sendRest(delivery)
    return failure === undefined
      ? { verdict: "over" }
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
        const sent = await sendItem({ ...delivery, messageIds }, item, `${delivery.id}:${index}`)
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
    { channel, chat, id, messageIds }: DeliveryRecord,
    item: DeliveryItem,
    token: string,
  ): Promise<SentMessage> {
    const before = [...messageIds]
    const trace: SendTrace = {
      // What waits for its turn or for another try is `pending`: only a call under way can leave a doubt.
      leaving: () => store.sending(id),
      stayed: () => store.backToPending(id),
      confirmedLate: (sent) => noteArrival(id, [...before, sent.messageId]),
    }
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

  /** The doubt about one message is over. If its delivery ended with that doubt, it goes on from there. */
  async function noteArrival(id: string, messageIds: readonly string[]): Promise<void> {
    try {
      const delivery = await store.arrived(id, messageIds)
      if (delivery === undefined) return
      log.info("a message of unknown outcome has arrived", { id, channel: delivery.channel })
      parts.confirmed(delivery)
    } catch (error) {
      // It stays unknown, as it was told.
      log.error("could not store that a message has arrived", { id, error })
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
        if (stopping.aborted) throw error
        log.error("could not store how a delivery stands", { error })
        await pause(clock, timings.outboxRetryFirstMs, stopping)
      }
    }
  }

  async function handleFailure(delivery: DeliveryRecord, thrown: unknown): Promise<Verdict> {
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
      if (delivery.runId !== undefined || parts.waitsForChannel(delivery.id)) {
        log.debug("a message waits for its channel", facts)
        return { verdict: "again", retryAfterMs: error.retryAfterMs ?? 0 }
      }
      // A `send` is not queued: the caller is told, and may come again with the same key.
      if (delivery.messageIds.length === 0) {
        parts.forgetting(delivery.id, error)
        await untilStored(() => store.forget(delivery.id))
        return { verdict: "over" }
      }
    }
    const state = error.reason === "outcome_unknown" ? "unknown" : "failed"
    log.warn(
      state === "unknown" ? "a message may not have arrived" : "a message was not sent",
      facts,
    )
    await fail(delivery, state, error)
    return { verdict: "over" }
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

  return deliver
}

function hasExpired(): GatewayError {
  return new GatewayError("UNAVAILABLE", "The file has expired.", {
    reason: "media_unavailable",
    retryable: false,
  })
}
