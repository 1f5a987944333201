// Sends messages: in order per chat, not faster than the service likes, and never twice. A message is
// tried again only while the service surely has nothing of it.

import * as v from "valibot"
import type { GatewayError } from "#protocol"
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
import type { ClosedChats } from "./closed-chats.ts"
import { type Failure, TelegramError } from "./failure.ts"
import type { MovedGroups } from "./moved-groups.ts"
import { createPace } from "./pace.ts"
import { methodOf, type Parcel, payloadOf, remedyFor, wrap } from "./parcel.ts"
import { closesChat, isUnsent, noSuchChat, toSendError, unsent } from "./send-error.ts"
import { readChat, type TelegramChat } from "./target.ts"

const CAPACITY = 1_000

const Sent = v.object({ message_id: v.pipe(v.number(), v.safeInteger()) })

export interface OutgoingParts {
  readonly api: BotApi
  readonly clock: Clock
  readonly timings: ChannelTimings
  readonly closedChats: ClosedChats
  readonly movedGroups: MovedGroups
  /** Aborts when the channel stops: what waits will not be sent. */
  readonly closing: AbortSignal
  /** Aborts somewhat later: what is on its way has had its time. */
  readonly cut: AbortSignal
}

export interface Outgoing {
  send(message: OutboundMessage, options: SendOptions): Promise<SentMessage>
}

interface Attempt {
  /** Whose pace it has; topics share that of their group. */
  readonly chat: string
  /** Ends waiting, in which nothing was sent. */
  readonly waiting: AbortSignal
  /** Ends a call, whose outcome is then unknown. */
  readonly calling: AbortSignal
  readonly deadline: number | undefined
  readonly trace: SendTrace | undefined
}

export function createOutgoing(parts: OutgoingParts): Outgoing {
  const { api, clock, timings, closedChats, movedGroups, closing, cut } = parts
  const lanes = createLanes()
  const pace = createPace(clock, timings)

  /** Sends once, as soon as the service and the chat's pace allow; undefined means that nothing was sent. */
  async function trySend(parcel: Parcel, attempt: Attempt): Promise<SentMessage | undefined> {
    const { chat, waiting, calling, deadline, trace } = attempt
    const delayMs = waitMs(chat, parcel)
    if (deadline !== undefined && clock.monotonic() + delayMs > deadline) {
      throw notInTime(chat, parcel)
    }
    if (delayMs > 0) await pause(clock, delayMs, waiting)
    if (waiting.aborted || waitMs(chat, parcel) > 0) return undefined
    pace.begin(chat)
    try {
      await trace?.leaving()
      const answer = await call(parcel, calling)
      const sent = v.safeParse(Sent, answer)
      if (sent.success) return { messageId: String(sent.output.message_id) }
    } finally {
      pace.end(chat)
    }
    throw toSendError({ kind: "unanswered", cause: "the answer names no message" })
  }

  function call(parcel: Parcel, signal: AbortSignal): Promise<unknown> {
    const { requestTimeoutMs, mediaTimeoutMs } = timings
    const timeoutMs =
      parcel.media === undefined ? requestTimeoutMs : Math.max(requestTimeoutMs, mediaTimeoutMs)
    // Which payload belongs to which method is decided where both are.
    return api.call(methodOf(parcel), payloadOf(parcel) as never, { timeoutMs, signal })
  }

  async function sendInTurn(wrapped: Parcel, attempt: Attempt): Promise<SentMessage> {
    const { trace, waiting, chat } = attempt
    let parcel = wrapped
    let lastFailure: Failure | undefined
    for (let unreached = 0; ; ) {
      try {
        const sent = await trySend(parcel, attempt)
        if (sent !== undefined) return sent
      } catch (error) {
        if (!(error instanceof TelegramError)) throw error
        lastFailure = error.failure
        const remedied = remedyFor(lastFailure, parcel)
        if (remedied === undefined && !isUnsent(lastFailure)) throw refused(lastFailure, chat)
        await trace?.stayed()
        if (remedied !== undefined) await noteMove(parcel, remedied)
        parcel = remedied ?? parcel
      }
      if (waiting.aborted) throw notInTime(chat, parcel, lastFailure)
      if (lastFailure?.kind !== "unreached") continue
      const delayMs = Math.min(timings.retryMaxMs, timings.retryFirstMs * 2 ** unreached)
      unreached += 1
      await pause(clock, delayMs, waiting)
    }
  }

  async function noteMove(from: Parcel, to: Parcel): Promise<void> {
    const [old, now] = [from.target.id, to.target.id]
    if (old === now || typeof old === "string" || typeof now === "string") return
    // If the disk fails, the next refusal tells it again.
    await movedGroups.note(old, now).catch(() => undefined)
  }

  function refused(failure: Failure, chat: string): GatewayError {
    const error = toSendError(failure)
    if (closesChat(failure)) closedChats.close(chat, error)
    return error
  }

  function notInTime(chat: string, parcel?: Parcel, lastFailure?: Failure): GatewayError {
    if (closing.aborted) return unsent("shutting_down", "The gateway is shutting down.")
    if (lastFailure?.kind === "unreached") {
      return unsent("not_connected", `Telegram is out of reach: ${lastFailure.cause}.`)
    }
    const message = "Telegram takes no more messages for now."
    return unsent("rate_limited", message, Math.max(1, waitMs(chat, parcel)))
  }

  function waitMs(chat: string, parcel?: Parcel): number {
    const method = parcel === undefined ? "sendMessage" : methodOf(parcel)
    return Math.max(pace.waitMs(chat), api.heldBackMs(method))
  }

  /** What must be known before the first call. It takes place in the message's turn, so that none overtakes. */
  async function prepare(message: OutboundMessage, target: TelegramChat): Promise<Parcel> {
    const id = await movedGroups.current(target.id)
    return wrap(message, { ...target, id })
  }

  return {
    async send(message, { signal, trace, deadline }) {
      const target = readChat(message.chat)
      if (target === undefined) throw noSuchChat()
      if (lanes.busy >= CAPACITY) {
        throw unsent("over_capacity", "Too many messages wait for Telegram.")
      }
      const waiting = AbortSignal.any([signal, closing])
      const calling = AbortSignal.any([signal, cut])
      const leave = await lanes.enter(String(target.id), waiting)
      if (leave === undefined) throw notInTime(String(target.id))
      try {
        const parcel = await prepare(message, target)
        const chat = String(parcel.target.id)
        const closed = closedChats.reasonOf(chat)
        if (closed !== undefined) throw closed
        return await sendInTurn(parcel, { chat, waiting, calling, deadline, trace })
      } finally {
        leave()
      }
    },
  }
}
