// Takes updates from the service, one batch after the other: journal, then offset, then the next
// question, which is what tells the service that the batch was received.

import { GatewayError } from "#protocol"
import { type Clock, pause } from "../../host/clock.ts"
import type { Logger } from "../../host/logger.ts"
import type { ChannelTimings, InboundMessage } from "../channel.ts"
import type { BotApi } from "./bot-api.ts"
import { TelegramError } from "./failure.ts"
import { type Notices, readNotices } from "./notices.ts"
import type { Offset } from "./offset.ts"
import { type Bot, readUpdate, updateIdOf } from "./update.ts"

const BATCH = 100
const TRIES = 3

export interface PollParts {
  readonly api: BotApi
  readonly bot: Bot
  readonly offset: Offset
  readonly clock: Clock
  readonly timings: ChannelTimings
  readonly log: Logger
  /** As `ChannelParts.journal`; rejects when `signal` aborts. */
  readonly journal: (message: InboundMessage) => Promise<unknown>
  readonly skipped: () => void
  /** What the service's clock says, if that is known. */
  readonly serviceNow: () => number | undefined
  /** What an update says besides its message; before the message is journaled. */
  readonly noticed: (notices: Notices) => Promise<void>
  /** The service has answered a question as it should. */
  readonly answered: () => void
  readonly signal: AbortSignal
}

/** Polls until something fails or `signal` aborts; it always rejects, with nothing left under way. */
export async function poll(parts: PollParts): Promise<never> {
  const { clock, timings, signal } = parts
  const { seconds } = longPollOf(timings)
  let isStuck = false
  const takeOrPause = async (updates: readonly unknown[], early: boolean) => {
    const numbered = toNumbered(updates)
    // What has no usable number moves no offset, so the same answer comes again at once: it counts once.
    if (!isStuck) countSkipped(parts, updates.length - numbered.length)
    isStuck = updates.length > 0 && numbered.length === 0
    await take(parts, numbered)
    // A service that does not hold the question open would otherwise be asked at full speed.
    const pauses = isStuck || (updates.length === 0 && early)
    if (pauses) await pause(clock, timings.retryFirstMs, signal)
    signal.throwIfAborted()
  }
  await takeOrPause(await ask(parts, 0), false)
  for (;;) {
    const askedAt = clock.monotonic()
    const updates = await ask(parts, seconds)
    await takeOrPause(updates, clock.monotonic() - askedAt < seconds * 500)
  }
}

/**
 * How long the service may hold a question open, and when we give up on it. The service counts whole
 * seconds, so where waits are shorter than that both are longer than asked for.
 */
export function longPollOf({ longPollMs, requestTimeoutMs }: ChannelTimings) {
  const seconds = Math.max(1, Math.round(longPollMs / 1_000))
  return { seconds, timeoutMs: seconds * 1_000 + Math.max(1_000, requestTimeoutMs - longPollMs) }
}

async function ask(parts: PollParts, seconds: number): Promise<unknown[]> {
  const { api, offset, timings, signal, answered } = parts
  const { next } = offset
  const payload = {
    ...(next !== undefined && { offset: next }),
    limit: BATCH,
    timeout: seconds,
    // An empty list is the service's default set. Left out, it would keep what somebody asked for before us.
    allowed_updates: [],
  }
  const { timeoutMs } = longPollOf(timings)
  const updates = await api.call("getUpdates", payload, { timeoutMs, signal })
  if (!Array.isArray(updates)) throw unusable("the answer is no list")
  answered()
  return updates
}

interface Numbered {
  readonly id: number
  readonly update: unknown
}

function toNumbered(updates: readonly unknown[]): readonly Numbered[] {
  return updates
    .map((update) => ({ id: updateIdOf(update), update }))
    .filter((entry): entry is Numbered => entry.id !== undefined)
    .sort((a, b) => a.id - b.id)
}

function countSkipped({ skipped, log }: PollParts, count: number): void {
  if (count > 0) log.warn("skipped updates without a usable number", { count })
  for (let rest = count; rest > 0; rest -= 1) skipped()
}

async function take(parts: PollParts, numbered: readonly Numbered[]): Promise<void> {
  let done: number | undefined
  try {
    for (const { id, update } of numbered) {
      await takeOne(parts, update)
      done = id
    }
  } finally {
    if (done !== undefined) await parts.offset.advance(done + 1)
  }
}

async function takeOne(parts: PollParts, update: unknown): Promise<void> {
  const { clock, timings, log, signal } = parts
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    try {
      return await readAndJournal(parts, update)
    } catch (error) {
      signal.throwIfAborted()
      // A failing disk is not this update's fault: skipping would lose it.
      if (error instanceof GatewayError && error.reason === "storage") throw error
      const message = error instanceof Error ? error.message : String(error)
      log.warn("an update failed", { update: updateIdOf(update), attempt, error: message })
    }
    if (attempt < TRIES) await pause(clock, timings.retryFirstMs, signal)
    signal.throwIfAborted()
  }
  log.error("skipped an update that failed every time", { update: updateIdOf(update) })
  parts.skipped()
}

async function readAndJournal(parts: PollParts, update: unknown): Promise<void> {
  await parts.noticed(readNotices(update))
  const reading = readUpdate(update, parts.bot)
  if (reading.kind === "message") {
    const servedAt = parts.serviceNow()
    await parts.journal({ ...reading.message, ...(servedAt !== undefined && { servedAt }) })
    return
  }
  parts.log.debug("skipped an update", { update: updateIdOf(update), why: reading.why })
  parts.skipped()
}

function unusable(cause: string): TelegramError {
  return new TelegramError("getUpdates", { kind: "unanswered", cause })
}
