// Sends messages: in order per chat, not faster than the service likes, and never twice. A message is
// tried again only while the service surely has nothing of it.

import * as v from "valibot"
import { GatewayError } from "#protocol"
import { type Clock, pause } from "../../host/clock.ts"
import type {
  ChannelTimings,
  OutboundMessage,
  SendOptions,
  SendTrace,
  SentMessage,
} from "../channel.ts"
import { createLanes } from "../lanes.ts"
import type { BotApi } from "./bot-api.ts"
import { type Failure, TelegramError } from "./failure.ts"
import { readChat, type TelegramChat } from "./target.ts"

const CAPACITY = 1_000

const Sent = v.object({ message_id: v.pipe(v.number(), v.safeInteger()) })

export interface OutgoingParts {
  readonly clock: Clock
  readonly timings: ChannelTimings
  /** Aborts when the channel stops: what waits will not be sent. */
  readonly closing: AbortSignal
  /** Aborts somewhat later: what is on its way has had its time. */
  readonly cut: AbortSignal
}

export interface Outgoing {
  send(api: BotApi, message: OutboundMessage, options: SendOptions): Promise<SentMessage>
}

export function createOutgoing({ clock, timings, closing, cut }: OutgoingParts): Outgoing {
  const lanes = createLanes()
  /** When each chat may have its next message. */
  const readyAt = new Map<string, number>()

  /** Sends once, as soon as the service and the chat's pace allow; undefined means that nothing was sent. */
  async function trySend(api: BotApi, message: Addressed, { waiting, calling, trace }: Attempt) {
    const delayMs = waitMs(api, message.lane)
    if (delayMs > 0) await pause(clock, delayMs, waiting)
    if (waiting.aborted || waitMs(api, message.lane) > 0) return undefined
    await trace?.leaving()
    const options = { timeoutMs: timings.requestTimeoutMs, signal: calling }
    const answer = await api.call("sendMessage", message.payload, options).finally(() => {
      readyAt.set(message.lane, clock.monotonic() + timings.chatIntervalMs)
    })
    const sent = v.safeParse(Sent, answer)
    if (sent.success) return { messageId: String(sent.output.message_id) }
    throw toSendError({ kind: "unanswered", cause: "the answer names no message" })
  }

  async function sendInTurn(api: BotApi, message: Addressed, attempt: Attempt) {
    const { trace, waiting } = attempt
    let lastFailure: Failure | undefined
    for (let unreached = 0; ; ) {
      try {
        const sent = await trySend(api, message, attempt)
        if (sent !== undefined) return sent
      } catch (error) {
        if (!(error instanceof TelegramError)) throw error
        lastFailure = error.failure
        if (!isUnsent(lastFailure)) throw toSendError(lastFailure)
        await trace?.stayed()
      }
      if (waiting.aborted) throw notInTime(api, message.lane, lastFailure)
      if (lastFailure?.kind !== "unreached") continue
      const delayMs = Math.min(timings.retryMaxMs, timings.retryFirstMs * 2 ** unreached)
      unreached += 1
      await pause(clock, delayMs, waiting)
    }
  }

  function notInTime(api: BotApi, lane: string, lastFailure?: Failure): GatewayError {
    if (closing.aborted) return unsent("shutting_down", "The gateway is shutting down.")
    if (lastFailure?.kind === "unreached") {
      return unsent("not_connected", `Telegram is out of reach: ${lastFailure.cause}.`)
    }
    const message = "Telegram takes no more messages for now."
    return unsent("rate_limited", message, Math.max(1, waitMs(api, lane)))
  }

  function waitMs(api: BotApi, lane: string): number {
    const paceMs = (readyAt.get(lane) ?? 0) - clock.monotonic()
    return Math.max(0, Math.ceil(paceMs), api.heldBackMs("sendMessage"))
  }

  function forgetIdleChats(): void {
    for (const [lane, at] of readyAt) if (at <= clock.monotonic()) readyAt.delete(lane)
  }

  return {
    async send(api, { chat, text }, { signal, trace }) {
      const message = address(chat, text)
      if (lanes.busy >= CAPACITY)
        throw unsent("over_capacity", "Too many messages wait for Telegram.")
      const waiting = AbortSignal.any([signal, closing])
      const calling = AbortSignal.any([signal, cut])
      const leave = await lanes.enter(message.lane, waiting)
      if (leave === undefined) throw notInTime(api, message.lane)
      try {
        return await sendInTurn(api, message, { waiting, calling, trace })
      } finally {
        leave()
        forgetIdleChats()
      }
    },
  }
}

interface Attempt {
  /** Ends waiting, in which nothing was sent. */
  readonly waiting: AbortSignal
  /** Ends a call, whose outcome is then unknown. */
  readonly calling: AbortSignal
  readonly trace: SendTrace | undefined
}

interface Addressed {
  /** Topics share the pace of their group. */
  readonly lane: string
  readonly payload: { chat_id: number | string; text: string; message_thread_id?: number }
}

function address(chat: string, text: string): Addressed {
  const target: TelegramChat | undefined = readChat(chat)
  if (target === undefined) {
    throw new GatewayError("INVALID_REQUEST", "This is not a Telegram chat.", {
      reason: "chat_not_found",
      retryable: false,
    })
  }
  const topic = target.topic === undefined ? {} : { message_thread_id: target.topic }
  return { lane: String(target.id), payload: { chat_id: target.id, text, ...topic } }
}

/** The service surely has nothing, and a later try may help. */
function isUnsent(failure: Failure): boolean {
  return failure.kind === "unreached" || (failure.kind === "refused" && failure.code === 429)
}

function unsent(
  reason: "not_connected" | "rate_limited" | "shutting_down" | "over_capacity",
  message: string,
  retryAfterMs?: number,
): GatewayError {
  return new GatewayError("UNAVAILABLE", message, {
    reason,
    retryable: true,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

function toSendError(failure: Failure): GatewayError {
  if (failure.kind !== "refused") {
    const message = `Telegram may or may not have the message: ${failure.cause}.`
    return new GatewayError("UNAVAILABLE", message, { reason: "outcome_unknown", retryable: false })
  }
  const { code, description } = failure
  if (code === 401) return unsent("not_connected", "Telegram rejected the bot token.")
  const details = { providerCode: code }
  if (code === 403) {
    const message = `The bot may not write to this chat: ${description}.`
    const options = { reason: "blocked_by_user", retryable: false, details } as const
    return new GatewayError("UNAVAILABLE", message, options)
  }
  if (code === 400 && /chat not found|user not found|PEER_ID_INVALID/i.test(description)) {
    const message = "Telegram knows no such chat; a person must write to the bot first."
    const options = { reason: "chat_not_found", retryable: false, details } as const
    return new GatewayError("INVALID_REQUEST", message, options)
  }
  const options = { reason: "provider_refused", retryable: false, details } as const
  return new GatewayError("UNAVAILABLE", `Telegram refused the message: ${description}.`, options)
}
