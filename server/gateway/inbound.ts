// From a message in to a run: journal first, then who may talk, then the session's turn. The journal on
// disk is the queue; nothing else remembers what is still to be done.

import { GatewayError } from "#protocol"
import type { InboundMessage } from "../channels/channel.ts"
import { pause } from "../host/clock.ts"
import type { AlbumTimings } from "./album.ts"
import { readCommand } from "./commands.ts"
import { createInboundTurns, type InboundTurnsParts } from "./inbound-turns.ts"
import type { Actionable, Journaled } from "./joining.ts"
import { ageAtArrival, ageOf } from "./message-age.ts"
import { createReadMarks } from "./read-marks.ts"
import { createJudge, type Judge, type Verdict } from "./verdict.ts"

const MAX_LOOKED_AT = 200
/** So much of what just came in is judged before its session is free, for its commands and read marks. */
const MAX_ARRIVED = 1_000
/** Messages of a chat that are kept as context. */
const MAX_CONTEXT = 50
/** So many that wait are looked through when somebody stops what they wait for. */
const MAX_STOPPED = 1_000
const STORE_RETRY_MS = 1_000

export interface InboundTimings extends AlbumTimings {
  /** What comes later than this after it was written is not answered. */
  readonly inboundMaxAgeMs: number
}

export interface InboundParts extends Omit<InboundTurnsParts, "look" | "stopping"> {
  readonly timings: InboundTimings
}

export interface Inbound {
  /** Resolves once the message is on disk. What comes of it happens behind it. */
  receive(message: InboundMessage): Promise<"new" | "duplicate">
  /** Looks whether a turn can start: at the start, and when a session has become free. */
  look(): void
  /**
   * What waits for a turn of this session, up to this row of the journal, waits no more and is context from
   * now on; whether there was something.
   */
  stopWaiting(sessionKey: string, upTo?: number): Promise<boolean>
  stop(): Promise<void>
}

export function createInbound(parts: InboundParts): Inbound {
  const { clock, log, notices, store } = parts
  const stopping = new AbortController()
  const readMarks = createReadMarks(parts.channels)
  const turns = createInboundTurns({ ...parts, look, stopping: stopping.signal })
  const arrived: InboundMessage[] = []
  let working: Promise<void> | undefined
  let moreToDo = false

  function look(): void {
    moreToDo = true
    working ??= workThrough().finally(() => {
      working = undefined
      if (moreToDo && !stopping.signal.aborted) look()
    })
  }

  /** Never rejects: what fails is still in the journal and is tried again. */
  async function workThrough(): Promise<void> {
    while (moreToDo && !stopping.signal.aborted) {
      moreToDo = false
      const news = arrived.splice(0)
      try {
        const judge = await createJudge({ ...parts, maxAgeMs: parts.timings.inboundMaxAgeMs })
        const limit = MAX_LOOKED_AT
        const found = await store.inbox.pending({ except: turns.waitingChats(), limit })
        await takeUp(found, judge)
        const seen = new Set(found.map(({ message }) => idOf(message)))
        await greet(
          news.filter((message) => !seen.has(idOf(message))),
          judge,
        )
        if (found.length === limit) moreToDo = true
      } catch (error) {
        log.error("could not work through the journal", { error })
        arrived.unshift(...news)
        await pause(clock, STORE_RETRY_MS, stopping.signal)
        moreToDo = true
      }
    }
  }

  async function takeUp(records: readonly Journaled[], judge: Judge): Promise<void> {
    const ids: Record<"context" | "expired" | "dropped", number[]> = {
      context: [],
      expired: [],
      dropped: [],
    }
    const actionable: Actionable[] = []
    for (const record of records) {
      const verdict = await judgeSafely(record.message, ageOf(record), judge)
      if ("sessionKey" in verdict) actionable.push({ record, verdict })
      else ids[verdict.kind === "stranger" ? "dropped" : verdict.kind].push(record.id)
      if (verdict.kind === "stranger") await countStranger(record.message, verdict)
    }
    if (ids.context.length > 0) await store.inbox.hold(ids.context, MAX_CONTEXT)
    if (ids.dropped.length > 0) await store.inbox.settle(ids.dropped, "dropped")
    if (ids.expired.length > 0) {
      await store.inbox.settle(ids.expired, "expired")
      notices.expired(ids.expired.length)
    }
    readMarks.add(actionable.map(({ record }) => record.message))
    await turns.serve(actionable)
  }

  /** One message that cannot be read must not stand in the way of others. */
  async function judgeSafely(
    message: InboundMessage,
    ageMs: number,
    judge: Judge,
  ): Promise<Verdict> {
    try {
      return await judge(message, ageMs)
    } catch (error) {
      if (error instanceof GatewayError) throw error
      log.error("a journaled message could not be read", { error })
      notices.add("A message that came in could not be read and is not answered.")
      return { kind: "dropped" }
    }
  }

  async function countStranger(
    { channel }: InboundMessage,
    { id, name }: Extract<Verdict, { kind: "stranger" }>,
  ): Promise<void> {
    const at = clock.now()
    await store.dropped.add({ channel, id, at, ...(name !== undefined && { name }) })
    log.debug("dropped a message of somebody who is not allowed", { channel })
  }

  /** What came in while its session is busy: it waits, but is seen, and a command does not wait. */
  async function greet(messages: readonly InboundMessage[], judge: Judge): Promise<void> {
    const seen: InboundMessage[] = []
    for (const message of messages) {
      const verdict = await judgeSafely(message, ageAtArrival(message, clock.now()), judge)
      if (!("sessionKey" in verdict)) continue
      seen.push(message)
      if (verdict.kind !== "command") continue
      const record = await store.inbox.find(message)
      if (record !== undefined) await turns.serve([{ record, verdict }])
    }
    readMarks.add(seen)
  }

  function waitsFor(sessionKey: string, message: InboundMessage): boolean {
    try {
      return (
        readCommand(message.text) === undefined && parts.scope.ofMessage(message) === sessionKey
      )
    } catch (error) {
      log.debug("a journaled message cannot be read", { error })
      return false
    }
  }

  return {
    async receive(message) {
      const result = await store.inbox.journal(message, clock.now())
      if (result === "new") {
        if (arrived.length < MAX_ARRIVED) arrived.push(message)
        look()
      }
      return result
    },
    look,
    async stopWaiting(sessionKey, upTo = Number.POSITIVE_INFINITY) {
      const stopped = await turns.cancel(sessionKey)
      const found = await store.inbox.pending({ except: [], limit: MAX_STOPPED })
      const waiting = found.filter(({ id, message }) => id <= upTo && waitsFor(sessionKey, message))
      if (waiting.length > 0) {
        await store.inbox.hold(
          waiting.map(({ id }) => id),
          MAX_CONTEXT,
        )
      }
      return stopped || waiting.length > 0
    },
    async stop() {
      stopping.abort()
      await working
      await turns.stop()
    },
  }
}

function idOf({ account, channel, chat, messageId }: InboundMessage): string {
  return JSON.stringify([channel, account, chat, messageId])
}
