// Sends messages: in order per chat, each under an id that is the same for every try, by which the
// receivers drop what they have already. Sent is what the service has confirmed; without its word the
// message goes out once more under its id, and then its outcome is unknown.

import { createHash } from "node:crypto"
import { type Clock, pause } from "../../host/clock.ts"
import type {
  ChannelTimings,
  OutboundMessage,
  SendOptions,
  SendTrace,
  SentMessage,
} from "../channel.ts"
import { createLanes, settledOrAborted } from "../lanes.ts"
import { toContent } from "./content.ts"
import type { Groups } from "./groups.ts"
import { readJid } from "./jid.ts"
import type { Library, MessageBody, Socket } from "./library.ts"
import {
  mayHaveLeft,
  notOnWhatsApp,
  refused,
  toUnsent,
  unknownOutcome,
  unsent,
} from "./send-failure.ts"
import type { SentStore } from "./sent.ts"
import type { Vanishing } from "./vanishing.ts"

const CAPACITY = 1_000
const TRIES = 2
/** So many messages are listened for after their outcome was said to be unknown. */
const MAX_LATE = 100

/** A connection that is open, until `ended`. */
export interface Connection {
  readonly socket: Socket
  readonly ended: AbortSignal
}

export interface OutgoingParts {
  /** Of the account: makes the ids of its messages its own. */
  readonly number: string
  readonly clock: Clock
  readonly timings: Pick<ChannelTimings, "ackMs" | "chatIntervalMs" | "lateAckMs" | "retryFirstMs">
  readonly library: Library
  readonly sent: SentStore
  readonly groups: Groups
  /** The open connection; `why` it is missing is for people. */
  readonly connection: () => Connection | undefined
  /** Resolves with the next open connection, or undefined when `signal` aborts. */
  readonly nextConnection: (signal: AbortSignal) => Promise<Connection | undefined>
  /** Whether this number has been in touch with us. */
  readonly isKnown: (number: string) => Promise<boolean>
  readonly vanishing: Pick<Vanishing, "of">
  readonly why: () => string | undefined
  /** Aborts when the channel stops: what waits will not be sent. */
  readonly closing: AbortSignal
  /** Aborts somewhat later: what is on its way has had its time. */
  readonly cut: AbortSignal
  /** Awaits what nobody else waits for. */
  readonly track: (work: Promise<void>) => void
}

export interface Outgoing {
  send(message: OutboundMessage, options: SendOptions): Promise<SentMessage>
}

interface Attempt {
  readonly chat: string
  readonly id: string
  readonly body: MessageBody
  /** Ends waiting for what becomes of a message that has left. */
  readonly calling: AbortSignal
}

type Outcome =
  | { readonly at: "confirmed" }
  | { readonly at: "refused"; readonly code: number }
  | { readonly at: "unanswered" }
  | { readonly at: "unsent"; readonly error: unknown }

export function createOutgoing(parts: OutgoingParts): Outgoing {
  const { clock, closing, connection, cut, library, sent, timings } = parts
  const lanes = createLanes()
  /** When each chat may have its next message. */
  const readyAt = new Map<string, number>()
  let late = 0

  async function sendInTurn(
    message: OutboundMessage,
    waiting: AbortSignal,
    calling: AbortSignal,
    trace: SendTrace | undefined,
  ): Promise<SentMessage> {
    const { chat, token } = message
    await keepPace(chat, waiting)
    const open = connection()
    if (waiting.aborted || open === undefined) throw notNow()
    const id = toMessageId(parts.number, token)
    const earlier = await sent.find(id)
    if (earlier?.confirmed === true) return { messageId: id }
    const body =
      earlier === undefined
        ? await prepare(message, id, open, waiting)
        : library.decodeBody(earlier.body)
    if (waiting.aborted) throw notNow()
    await trace?.leaving()
    try {
      await deliver({ chat, id, body, calling }, open, trace)
    } finally {
      readyAt.set(chat, clock.monotonic() + timings.chatIntervalMs)
    }
    return { messageId: id }
  }

  /** Everything that can be known and done before the message leaves. */
  async function prepare(
    message: OutboundMessage,
    id: string,
    { socket, ended }: Connection,
    waiting: AbortSignal,
  ): Promise<MessageBody> {
    const { chat } = message
    const preparing = (async () => {
      await requireReachable(chat, socket)
      const vanishesAfterS = await parts.vanishing.of(chat)
      const body = await socket.compose(chat, toContent(message), { id, vanishesAfterS })
      await sent.keep(id, { chat, body: library.encodeBody(body), confirmed: false })
      return body
    })()
    const over = AbortSignal.any([ended, waiting])
    await settledOrAborted(preparing, over)
    if (over.aborted) {
      preparing.catch(() => undefined)
      throw notNow()
    }
    return preparing.catch((error: unknown) => {
      throw toUnsent(chat, error)
    })
  }

  async function requireReachable(chat: string, socket: Socket): Promise<void> {
    const jid = readJid(chat)
    if (jid?.kind === "group") return parts.groups.requireMember(jid.id, socket)
    if (jid?.kind !== "person" || jid.number === parts.number) return
    if (await parts.isKnown(jid.number)) return
    // The service restricts accounts that write to numbers which nobody has.
    if ((await socket.isRegistered(jid.number)) === false) throw notOnWhatsApp(jid.number)
  }

  async function deliver(
    attempt: Attempt,
    first: Connection,
    trace: SendTrace | undefined,
  ): Promise<void> {
    let open: Connection | undefined = first
    for (let tries = 1; open !== undefined; tries += 1) {
      const outcome = await tryOnce(attempt, open)
      if (outcome.at === "confirmed") return confirm(attempt)
      if (outcome.at === "refused") throw refused(attempt.chat, outcome.code)
      if (outcome.at === "unsent" && tries === 1) {
        await trace?.stayed()
        throw toUnsent(attempt.chat, outcome.error)
      }
      if (tries === TRIES || attempt.calling.aborted) break
      open = await parts.nextConnection(attempt.calling)
    }
    if (trace?.confirmedLate !== undefined && late < MAX_LATE) {
      parts.track(awaitLateWord(attempt, trace.confirmedLate))
    }
    throw unknownOutcome()
  }

  /** The connection on which it left may still bring the service's word. */
  async function awaitLateWord(
    attempt: Attempt,
    confirmedLate: NonNullable<SendTrace["confirmedLate"]>,
  ): Promise<void> {
    const { id } = attempt
    const open = connection()
    if (open === undefined) return
    late += 1
    const word = open.socket.waitForAck(id, timings.lateAckMs).catch(() => undefined)
    await settledOrAborted(word, AbortSignal.any([closing, open.ended]))
    late -= 1
    const ack = await Promise.race([word, undefined])
    if (ack === undefined || Number(ack.attrs["error"]) > 0) return
    await confirm(attempt)
    await confirmedLate({ messageId: id })
  }

  /** Never rejects. */
  async function tryOnce(attempt: Attempt, { socket, ended }: Connection): Promise<Outcome> {
    const { chat, id, body, calling } = attempt
    // Asked before sending: the answer may come before the call returns.
    const answered = socket.waitForAck(id, timings.ackMs).then(
      (ack): Outcome => {
        if (ack === undefined) return { at: "unanswered" }
        const code = Number(ack.attrs["error"])
        return code > 0 ? { at: "refused", code } : { at: "confirmed" }
      },
      (): Outcome => ({ at: "unanswered" }),
    )
    const failed = socket.relay(chat, body, id).then(
      () => answered,
      (error: unknown): Outcome =>
        mayHaveLeft(error) ? { at: "unanswered" } : { at: "unsent", error },
    )
    const over = AbortSignal.any([ended, calling])
    const outcome = Promise.race([failed, answered])
    await settledOrAborted(outcome, over)
    return over.aborted ? Promise.race([outcome, { at: "unanswered" } as const]) : outcome
  }

  async function confirm({ chat, id, body }: Attempt): Promise<void> {
    // The service has it, whatever the disk says now.
    await sent
      .keep(id, { chat, body: library.encodeBody(body), confirmed: true })
      .catch(() => undefined)
  }

  async function keepPace(chat: string, waiting: AbortSignal): Promise<void> {
    const delayMs = (readyAt.get(chat) ?? 0) - clock.monotonic()
    if (delayMs > 0) await pause(clock, Math.ceil(delayMs), waiting)
  }

  function notNow() {
    if (closing.aborted) return unsent("shutting_down", "The gateway is shutting down.")
    if (connection() !== undefined)
      return unsent("rate_limited", "Messages wait for their turn.", 1)
    const why = parts.why()
    const message = `WhatsApp is not connected${why === undefined ? "." : `: ${why}`}`
    return unsent("not_connected", message, 5 * timings.retryFirstMs)
  }

  function forgetIdleChats(): void {
    for (const [chat, at] of readyAt) if (at <= clock.monotonic()) readyAt.delete(chat)
  }

  return {
    async send(message, { signal, trace }) {
      if (connection() === undefined) throw notNow()
      if (lanes.busy >= CAPACITY) {
        throw unsent("over_capacity", "Too many messages wait for WhatsApp.")
      }
      const waiting = AbortSignal.any([signal, closing])
      const leave = await lanes.enter(message.chat, waiting)
      if (leave === undefined) throw notNow()
      try {
        return await sendInTurn(message, waiting, AbortSignal.any([signal, cut]), trace)
      } finally {
        leave()
        forgetIdleChats()
      }
    },
  }
}

/** As the service's own clients make them; the token gives the same one again. */
export function toMessageId(number: string, token: string): string {
  const hash = createHash("sha256").update(JSON.stringify(["clawdis", number, token]))
  return `3EB0${hash.digest("hex").toUpperCase().slice(0, 18)}`
}
