// Turns of what came in: one at a time for each session, the messages of a chat joined. What cannot begin
// yet stays in the journal; here is only remembered whose chats need not be read meanwhile.

import { GatewayError } from "#protocol"
import type { Runs } from "../agent/runs.ts"
import type { InboundMessage } from "../channels/channel.ts"
import { type Clock, pause, type Timer } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { ChatAddress, RunRequest, SessionRecord, Store } from "../store/store.ts"
import { type AlbumTimings, albumWaitMs, findAlbumMates } from "./album.ts"
import type { Channels } from "./channels.ts"
import { toPrompt } from "./envelope.ts"
import type { RunDefaults } from "./gateway-parts.ts"
import type { Handles } from "./handles.ts"
import { type CollectedMedia, type CollectMedia, filesOf } from "./inbound-media.ts"
import { addressOf, toInboundRun } from "./inbound-run.ts"
import { type Actionable, inOrder, type Joined, type Journaled, joinable } from "./joining.ts"
import { findLastTurn } from "./last-turn.ts"
import { ageOf } from "./message-age.ts"
import type { Notices } from "./notices.ts"
import { createSenderLimit, type SenderLimits } from "./sender-limit.ts"
import { createJudge, type JudgeParts } from "./verdict.ts"

/** Of what is kept as context the latest is told, within this. */
const MAX_CONTEXT_LENGTH = 64 * 1024
const RETRY_MS = 1_000

export interface InboundTurns {
  /** Carries out commands, and begins turns of sessions that are free. */
  serve(actionable: readonly Actionable[]): Promise<void>
  /** Chats of which more is to be done only when their session is free. */
  waitingChats(): ChatAddress[]
  /** Gives up the turn of this session that is being prepared; whether there was one. */
  cancel(sessionKey: string): Promise<boolean>
  stop(): Promise<void>
}

export interface InboundTurnsParts extends Omit<JudgeParts, "maxAgeMs"> {
  readonly clock: Clock
  readonly timings: AlbumTimings
  readonly store: Store<InboundMessage>
  readonly channels: Channels
  readonly handles: Handles
  readonly notices: Notices
  readonly runs: Runs
  readonly log: Logger
  readonly limits: SenderLimits
  readonly defaults: RunDefaults
  readonly timeZone: string | undefined
  /** Fetches the files of a message before its turn begins. */
  readonly collectMedia: CollectMedia
  /** A session is free again. */
  readonly look: () => void
  readonly stopping: AbortSignal
}

interface Preparation {
  readonly controller: AbortController
  readonly done: Promise<void>
}

export function createInboundTurns(parts: InboundTurnsParts): InboundTurns {
  const { clock, handles, log, notices, runs, scope, store } = parts
  const limit = createSenderLimit(clock, parts.limits)
  /** By session, chats of which something waits. */
  const waiting = new Map<string, Map<string, ChatAddress>>()
  /** By session, turns whose files are being fetched: other sessions go on meanwhile. */
  const preparing = new Map<string, Preparation>()

  /** By session, turns that wait for the rest of an album. */
  const gathering = new Map<string, Timer>()

  const isOccupied = (sessionKey: string) =>
    runs.isBusy(sessionKey) || preparing.has(sessionKey) || gathering.has(sessionKey)

  async function serveSession(sessionKey: string, all: readonly Actionable[]): Promise<void> {
    let rest = inOrder(all)
    for (let [first] = rest; first !== undefined; [first] = rest) {
      if (parts.stopping.aborted) return
      const { record, verdict } = first
      if (verdict.kind === "command") {
        await safely([record], () => runCommand(sessionKey, record))
        rest = rest.slice(1)
      } else if (isOccupied(sessionKey)) {
        noteWaiting(sessionKey, addressOf(record.message))
        rest = rest.slice(1)
      } else {
        const joined = joinable(record, rest)
        const waitMs = albumWaitMs(joined, parts.timings)
        if (waitMs > 0) {
          gather(sessionKey, waitMs)
          continue
        }
        await safely(joined, () => startTurn(sessionKey, joined, verdict.kind === "retry"))
        rest = rest.slice(joined.length)
      }
    }
  }

  function gather(sessionKey: string, waitMs: number): void {
    const complete = () => {
      gathering.delete(sessionKey)
      parts.look()
    }
    gathering.set(sessionKey, clock.after(waitMs, complete))
  }

  function noteWaiting(sessionKey: string, address: ChatAddress): void {
    const chats = waiting.get(sessionKey) ?? new Map<string, ChatAddress>()
    waiting.set(sessionKey, chats.set(JSON.stringify([address.channel, address.chat]), address))
  }

  async function runCommand(sessionKey: string, { id, message }: Journaled): Promise<void> {
    const at = clock.now()
    const session = await store.sessions.open(sessionKey, { channel: message.channel, at })
    await handles.remember(message)
    const request = { ...toRequest(session, message.text), command: message.text, inboxId: id }
    const run = toInboundRun({ session, messages: [message], request, at })
    await runs.submitInbound([id], run, addressOf(message))
  }

  async function startTurn(sessionKey: string, joined: Joined, again: boolean): Promise<void> {
    const allowed = await withAlbumMates(await withoutTooMany(joined))
    if (allowed === undefined) return
    const [{ message }] = allowed
    const at = clock.now()
    const session = await scope.open(sessionKey, { channel: message.channel, at })
    await handles.remember(message)
    if (again) return runAgain(session, allowed[0])
    if (allowed.every((record) => filesOf(record.message).length === 0)) {
      return submit(session, allowed, new Map())
    }
    prepare(sessionKey, async (signal) => {
      const collected = await collectAll(allowed, signal)
      if (signal.aborted) return
      await safely(allowed, () => submit(session, allowed, collected))
    })
  }

  /** With what was kept of their albums, because it spoke to nobody. */
  async function withAlbumMates(joined: Joined | undefined): Promise<Joined | undefined> {
    if (joined?.some(({ message }) => message.album !== undefined) !== true) return joined
    const held = await store.inbox.held(addressOf(joined[0].message))
    const [first, ...others] = [...joined, ...findAlbumMates(joined, held)].sort(
      (one, other) => one.id - other.id,
    )
    return first && [first, ...others]
  }

  async function collectAll(
    records: Joined,
    signal: AbortSignal,
  ): Promise<Map<InboundMessage, CollectedMedia>> {
    const collected = new Map<InboundMessage, CollectedMedia>()
    for (const { message } of records) {
      if (signal.aborted || filesOf(message).length === 0) continue
      collected.set(message, await parts.collectMedia(message, signal))
    }
    return collected
  }

  /** What senders write beyond their limit is not answered; they are told nothing, the operator once. */
  async function withoutTooMany(joined: Joined): Promise<Joined | undefined> {
    const isTooMuch = ({ message: { channel, sender } }: Journaled) =>
      limit.isReached(channel, sender.id)
    const left = joined.filter(isTooMuch)
    for (const { message } of left) reportLimit(message)
    if (left.length > 0) {
      await store.inbox.settle(
        left.map(({ id }) => id),
        "dropped",
      )
    }
    const [first, ...others] = joined.filter((record) => !left.includes(record))
    return first === undefined ? undefined : [first, ...others]
  }

  function reportLimit({ channel, sender }: InboundMessage): void {
    if (!limit.isNews(channel, sender.id)) return
    const { count, minutes } = parts.limits.runsPerSender
    const who = sender.name === undefined ? sender.id : `${sender.name} (${sender.id})`
    const where = parts.channels.get(channel)?.definition.name ?? channel
    notices.add(
      `${who} on ${where} started ${count} runs within ${minutes} minutes and is not answered for a while.`,
    )
  }

  async function runAgain(session: SessionRecord, record: Journaled): Promise<void> {
    const { timeZone } = parts
    const last = await findLastTurn(store, { sessionId: session.sessionId, timeZone })
    if (last === undefined) return runCommand(session.key, record)
    limit.note(record.message.channel, record.message.sender.id)
    const run = toInboundRun({
      session,
      messages: [record.message],
      request: { ...toRequest(session, last.prompt), ...last },
      at: clock.now(),
    })
    await runs.submitInbound([record.id], run, addressOf(record.message))
  }

  async function submit(
    session: SessionRecord,
    joined: Joined,
    collected: ReadonlyMap<InboundMessage, CollectedMedia>,
  ): Promise<void> {
    const [{ message: first }, ...others] = joined
    const messages = [first, ...others.map(({ message }) => message)] as const
    const context = await contextOf(joined)
    const lines = new Map([...collected].map(([message, media]) => [message, media.lines]))
    const prompt = toPrompt(messages, {
      timeZone: parts.timeZone,
      context: context.understood,
      media: lines,
    })
    const media = [...collected.values()].flatMap(({ records }) => records)
    const run = toInboundRun({
      session,
      messages,
      request: { ...toRequest(session, prompt), ...(media.length > 0 && { media }) },
      collected,
      at: clock.now(),
    })
    for (const id of new Set(messages.map(({ sender }) => sender.id))) limit.note(first.channel, id)
    const ids = [...context.ids, ...joined.map(({ id }) => id)]
    await runs.submitInbound(ids, run, addressOf(first))
  }

  /** What was kept for this moment; whoever may not talk to the agent any more is left out. */
  async function contextOf(joined: Joined) {
    const own = joined.map(({ id }) => id)
    const newest = Math.max(...own)
    const held = await store.inbox.held(addressOf(joined[0].message))
    const earlier = held.filter(({ id }) => id < newest && !own.includes(id))
    const ids = earlier.map(({ id }) => id)
    const understood: InboundMessage[] = []
    if (earlier.length === 0) return { ids, understood }
    const judge = await createJudge({ ...parts, maxAgeMs: Number.POSITIVE_INFINITY })
    let length = 0
    for (const record of earlier.toReversed()) {
      const { message } = record
      const { kind } = await judge(message, ageOf(record))
      if (kind === "stranger" || kind === "dropped") continue
      length += message.text.length
      if (length > MAX_CONTEXT_LENGTH) break
      understood.unshift(message)
    }
    return { ids, understood }
  }

  function toRequest(
    { thinking = parts.defaults.thinking }: SessionRecord,
    prompt: string,
  ): RunRequest {
    return { prompt, attachments: [], thinking, timeoutMs: parts.defaults.timeoutMs }
  }

  /** What cannot be made a run of must not stand in the way of others. A failing store can be tried again. */
  async function safely(records: Joined, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (error instanceof GatewayError) throw error
      log.error("no run could be made of messages that came in", { error })
      notices.add("A message that came in could not be read and is not answered.")
      await store.inbox.settle(
        records.map(({ id }) => id),
        "dropped",
      )
    }
  }

  function prepare(sessionKey: string, work: (signal: AbortSignal) => Promise<void>): void {
    const controller = new AbortController()
    const signal = AbortSignal.any([controller.signal, parts.stopping])
    const done = (async () => {
      try {
        await work(signal)
      } catch (error) {
        log.error("could not begin a turn", { sessionKey, error })
        await pause(clock, RETRY_MS, signal)
      }
      preparing.delete(sessionKey)
      parts.look()
    })()
    preparing.set(sessionKey, { controller, done })
  }

  return {
    async serve(actionable) {
      const sessions = Map.groupBy(actionable, ({ verdict }) => verdict.sessionKey)
      for (const [sessionKey, all] of sessions) await serveSession(sessionKey, all)
    },
    waitingChats() {
      for (const sessionKey of [...waiting.keys()]) {
        if (!isOccupied(sessionKey)) waiting.delete(sessionKey)
      }
      return [...waiting.values()].flatMap((chats) => [...chats.values()])
    },
    async cancel(sessionKey) {
      gathering.get(sessionKey)?.cancel()
      gathering.delete(sessionKey)
      const preparation = preparing.get(sessionKey)
      preparation?.controller.abort()
      await preparation?.done
      return preparation !== undefined
    },
    async stop() {
      for (const timer of gathering.values()) timer.cancel()
      await Promise.all([...preparing.values()].map(({ done }) => done))
    },
  }
}
