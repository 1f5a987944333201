// Takes what a connection brings: one message after the other, read, journaled, and only then settled.
// What is left over from earlier goes the same way, before the next connection begins.

import { GatewayError } from "#protocol"
import { type Clock, pause } from "../../host/clock.ts"
import type { Logger } from "../../host/logger.ts"
import type { ChannelTimings, InboundMessage } from "../channel.ts"
import type { Deciphered } from "./deciphered.ts"
import { readJid } from "./jid.ts"
import type { WAMessage, WAMessageKey } from "./library.ts"
import { type Account, lidsIn, type Reading, readMessage } from "./reading.ts"
import type { Vanishing } from "./vanishing.ts"

const TRIES = 3
/** More than this wait on disk, where they are anyway. */
const CAPACITY = 5_000

export interface ReceivingParts {
  readonly account: Account
  readonly deciphered: Deciphered
  readonly clock: Clock
  readonly log: Logger
  readonly timings: Pick<ChannelTimings, "retryFirstMs">
  readonly journal: (message: InboundMessage) => Promise<"new" | "duplicate">
  /** The numbers behind these hidden ids, as far as they are known. */
  readonly findNumbers: (lids: readonly string[]) => Promise<ReadonlyMap<string, string>>
  readonly groupTitle: (id: string) => Promise<string | undefined>
  readonly isSentByUs: (id: string) => Promise<boolean>
  /** What the service's clock says, if that is known. */
  readonly serviceNow: () => number | undefined
  readonly vanishing: Pick<Vanishing, "note">
  /** It is journaled for the first time; `key` is how the service calls it. */
  readonly received: (message: InboundMessage, key: WAMessageKey) => void
  readonly skipped: () => void
  /** Aborts when nothing more may be journaled. */
  readonly signal: AbortSignal
}

export interface Receiving {
  /** Takes messages as they come; their turn comes later. */
  accept(messages: readonly WAMessage[]): void
  /** Takes what earlier connections left. Resolves when all of it is journaled, or `signal` aborted. */
  takeLeftovers(): Promise<void>
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>
}

export function createReceiving(parts: ReceivingParts): Receiving {
  const { account, clock, deciphered, log, signal, timings } = parts
  let waiting = 0
  let overflowed = false
  let line: Promise<void> = Promise.resolve()

  function enqueue(message: WAMessage): void {
    if (waiting >= CAPACITY) {
      overflowed = true
      return
    }
    waiting += 1
    line = line.then(async () => {
      await take(message)
      waiting -= 1
      if (waiting > 0 || !overflowed) return
      overflowed = false
      await takeLeftovers()
    })
  }

  /** Never rejects. What it leaves undone is left over for the next connection. */
  async function take(message: WAMessage): Promise<void> {
    for (let attempt = 1; !signal.aborted; ) {
      try {
        const reading = await read(message)
        if (reading.kind === "message") await journal(reading, message.key)
        return await finish(message.key, reading)
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        log.warn("a message could not be taken", { attempt, error: why })
        // A failing disk is not this message's fault: skipping would lose it.
        const storage = error instanceof GatewayError && error.reason === "storage"
        if (attempt >= TRIES) return giveUp(message.key)
        if (!storage) attempt += 1
      }
      await pause(clock, timings.retryFirstMs, signal)
    }
  }

  async function read(message: WAMessage): Promise<Reading> {
    const { id, fromMe, remoteJid } = message.key
    const lids = lidsIn(message)
    const numbers = lids.length === 0 ? undefined : await parts.findNumbers(lids)
    const chat = readJid(remoteJid)
    return readMessage(message, {
      account,
      numberOf: (lid) => numbers?.get(lid),
      groupTitle: chat?.kind === "group" ? await parts.groupTitle(chat.id) : undefined,
      sentByUs: fromMe === true && typeof id === "string" && (await parts.isSentByUs(id)),
      now: clock.now(),
      servedAt: parts.serviceNow(),
    })
  }

  async function journal(
    { message, vanishesAfterS }: Extract<Reading, { kind: "message" }>,
    key: WAMessageKey,
  ): Promise<void> {
    signal.throwIfAborted()
    // Before the answer to it can leave.
    await parts.vanishing.note(message.chat, vanishesAfterS)
    if ((await parts.journal(message)) === "new") parts.received(message, key)
  }

  async function finish(key: WAMessageKey, reading: Reading): Promise<void> {
    // Its text comes later, under the same id.
    if (reading.kind === "stub") return
    if (reading.kind === "skipped") {
      log.debug("skipped a message", { why: reading.why })
      parts.skipped()
    }
    await deciphered.settle(key)
  }

  async function giveUp(key: WAMessageKey): Promise<void> {
    log.error("skipped a message that failed every time")
    parts.skipped()
    await deciphered.settle(key).catch((error: unknown) => {
      log.warn("a message that was skipped will come back", { error: String(error) })
    })
  }

  async function takeLeftovers(): Promise<void> {
    for (let done = false; !done && !signal.aborted; ) {
      try {
        for await (const message of deciphered.leftovers()) {
          if (signal.aborted) return
          await take(message)
        }
        done = true
      } catch (error) {
        log.error("what was received earlier cannot be read", { error: String(error) })
        await pause(clock, timings.retryFirstMs, signal)
      }
    }
  }

  return {
    accept(messages) {
      for (const message of messages) enqueue(message)
    },
    takeLeftovers,
    async idle() {
      for (let seen: unknown; seen !== line; ) {
        seen = line
        await line
      }
    },
  }
}
