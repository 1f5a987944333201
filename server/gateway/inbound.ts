// From a message in to a run: journal first, then who may talk, then the session's turn. The journal on
// disk is the queue; nothing else remembers what is still to be done.

import { randomUUID } from "node:crypto"
import { type ChatMessage, MAIN_SESSION, type Thinking } from "#protocol"
import type { Runs } from "../agent/runs.ts"
import type { InboundMessage } from "../channels/channel.ts"
import { type Clock, pause } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { InboxRecord, RunRecord, Store } from "../store/store.ts"
import { judgeAccess } from "./access.ts"
import type { Channels } from "./channels.ts"
import { toPrompt } from "./envelope.ts"
import type { Handles } from "./handles.ts"

/** Messages that arrived while a run worked are joined into one turn, within these. */
const MAX_JOINED = 50
const MAX_JOINED_LENGTH = 64 * 1024

const STORE_RETRY_MS = 1_000

export interface InboundParts {
  readonly store: Store<InboundMessage>
  readonly channels: Channels
  readonly handles: Handles
  readonly runs: Runs
  readonly clock: Clock
  readonly log: Logger
  readonly scope: "per-sender" | "main"
  readonly thinking: Thinking
  readonly timeoutMs: number
  readonly timeZone: string | undefined
}

export interface Inbound {
  /** Resolves once the message is on disk. What comes of it happens behind it. */
  receive(message: InboundMessage): Promise<"new" | "duplicate">
  /** Looks whether a turn can start: at the start, and when a session has become free. */
  look(): void
  runStarted(runId: string): Promise<void>
  runEnded(run: RunRecord): void
  stop(): Promise<void>
}

type Journaled = InboxRecord<InboundMessage>

export function createInbound(parts: InboundParts): Inbound {
  const { channels, clock, handles, log, runs, store } = parts
  const typing = new Map<string, AbortController>()
  const stopping = new AbortController()
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
      try {
        await startTurns(await store.inbox.pending())
      } catch (error) {
        log.error("could not work through the journal", { error })
        await pause(clock, STORE_RETRY_MS, stopping.signal)
        moreToDo = true
      }
    }
  }

  async function startTurns(journaled: readonly Journaled[]): Promise<void> {
    const allowed: Journaled[] = []
    for (const record of journaled) if (await passes(record)) allowed.push(record)
    for (const [sessionKey, records] of bySession(allowed)) {
      if (stopping.signal.aborted) return
      if (!runs.isBusy(sessionKey)) await startTurn(sessionKey, joinable(records))
    }
  }

  /** Judged anew each time, so that what the configuration says now decides, also after a restart. */
  async function passes({ id, message }: Journaled): Promise<boolean> {
    const slot = channels.get(message.channel)
    if (slot === undefined) {
      await store.inbox.settle([id], "dropped")
      return false
    }
    const access = await judgeAccess(message, slot.settings, store.facts)
    if (access.kind === "answer") return true
    if (access.kind === "stranger") {
      await store.dropped.add({ channel: message.channel, at: clock.now(), ...withoutKind(access) })
      log.debug("dropped a message of somebody who is not allowed", { channel: message.channel })
    }
    await store.inbox.settle([id], "dropped")
    return false
  }

  function bySession(records: readonly Journaled[]): Map<string, Journaled[]> {
    const sessions = new Map<string, Journaled[]>()
    for (const record of records) {
      const key = sessionOf(record.message)
      sessions.set(key, [...(sessions.get(key) ?? []), record])
    }
    return sessions
  }

  function sessionOf(message: InboundMessage): string {
    return parts.scope === "main" && message.group === undefined ? MAIN_SESSION : message.sessionKey
  }

  async function startTurn(sessionKey: string, records: readonly Journaled[]): Promise<void> {
    const messages = records.map((record) => record.message)
    const [first] = messages
    if (first === undefined) return
    const at = clock.now()
    const session = await store.sessions.open(sessionKey, { channel: first.channel, at })
    await handles.remember(first)
    const runId = randomUUID()
    await runs.submitInbound(
      records.map((record) => record.id),
      {
        run: {
          runId,
          sessionKey,
          sessionId: session.sessionId,
          origin: "inbound",
          messageId: randomUUID(),
          createdAt: at,
          request: {
            prompt: toPrompt(messages, parts.timeZone),
            attachments: [],
            thinking: parts.thinking,
            timeoutMs: parts.timeoutMs,
            deliverTo: { channel: first.channel, chat: first.chat, to: first.chat },
          },
        },
        messages: messages.map((message) => toChatMessage(message, runId)),
      },
      { channel: first.channel, chat: first.chat },
    )
  }

  return {
    async receive(message) {
      const result = await store.inbox.journal(message, clock.now())
      if (result === "new") look()
      return result
    },
    look,
    async runStarted(runId) {
      const run = await store.runs.get(runId)
      const chat = run?.origin === "inbound" ? run.request.deliverTo : undefined
      if (chat === undefined || run?.outcome !== undefined) return
      const controller = new AbortController()
      typing.set(runId, controller)
      channels.get(chat.channel)?.channel?.showTyping(chat.chat, { signal: controller.signal })
    },
    runEnded(run) {
      typing.get(run.runId)?.abort()
      typing.delete(run.runId)
    },
    async stop() {
      stopping.abort()
      for (const controller of typing.values()) controller.abort()
      await working
    },
  }
}

/** The first messages of one chat that make one turn together. */
function joinable(records: readonly Journaled[]): readonly Journaled[] {
  const [first] = records
  let length = 0
  const end = records.findIndex(({ message }, index) => {
    length += message.text.length
    const other = message.channel !== first?.message.channel || message.chat !== first.message.chat
    return index > 0 && (other || index >= MAX_JOINED || length > MAX_JOINED_LENGTH)
  })
  return end === -1 ? records : records.slice(0, end)
}

function toChatMessage(message: InboundMessage, runId: string): ChatMessage {
  const { sender } = message
  return {
    id: randomUUID(),
    role: "user",
    ts: message.ts,
    status: "ok",
    runId,
    channel: message.channel,
    sender: { id: sender.id, ...(sender.name !== undefined && { name: sender.name }) },
    parts: [{ type: "text", text: message.text }],
  }
}

function withoutKind({ id, name }: { id: string; name?: string }): { id: string; name?: string } {
  return { id, ...(name !== undefined && { name }) }
}
