// One conversation: what is shown of it, and what a person can do with it.

import { computed, type ReadonlySignal, signal } from "@preact/signals"
import type { AgentEvent, AttachmentPart, ChatHistory, ChatMessage } from "#protocol"
import type { Clock, Requests } from "../gateway.ts"
import { type Answers, createAnswers } from "./answers.ts"
import { arrange, isSameOutline, outlineOf, type Row, type Waiting } from "./arrange.ts"
import { type LiveRun, questionsOf } from "./live-run.ts"
import type { Outbox, OutboxEntry, OutgoingFile, RunEnd } from "./outbox.ts"
import type { Question } from "./questions.ts"
import * as transcripts from "./transcript.ts"

export interface ChatParts {
  readonly sessionKey: string
  readonly gateway: Requests
  readonly clock: Clock
  readonly outbox: Outbox
  readonly toGatewayTime: (ts: number) => number
  /** Which day it is then, where the reader is. */
  readonly toDate: (ts: number) => string
  /** What is shown is known to miss something. */
  readonly onBehind: () => void
}

/** How far a wish to stop has come. */
export type StopState =
  | { readonly at: "idle" }
  | { readonly at: "stopping"; readonly runId: string; readonly since: number }

export type OlderState = "idle" | "loading" | "failed"

export interface Chat {
  readonly sessionKey: string
  /** Of what is shown, as far as the gateway has said it: another one stands for another conversation. */
  readonly sessionId: string | undefined
  /** The same list while only the text of a run grows. */
  readonly rows: ReadonlySignal<readonly Row[]>
  /** The last message that the gateway has told of. */
  readonly newest: ReadonlySignal<ChatMessage | undefined>
  /** What waits behind the run at work, in its order. */
  readonly next: ReadonlySignal<readonly Waiting[]>
  /** What a run has said so far. */
  runOf(runId: string): LiveRun | undefined
  readonly loaded: ReadonlySignal<boolean>
  /** The run that Stop stops: the one at work, else the one that waits. */
  readonly liveRun: ReadonlySignal<LiveRun | undefined>
  readonly isLive: ReadonlySignal<boolean>
  readonly stopState: ReadonlySignal<StopState>
  /** What agents ask and nobody has answered. */
  readonly waiting: ReadonlySignal<readonly Question[]>
  readonly answers: Answers
  readonly hasOlder: ReadonlySignal<boolean>
  readonly olderState: ReadonlySignal<OlderState>
  /**
   * Resolves when the outbox has it: until then only the caller does. False when there is nothing to send.
   * Under one `key` it is one message, however often and in how many tabs it is sent.
   */
  send(text: string, files?: readonly OutgoingFile[], key?: string): Promise<boolean>
  /** Asks the question of this answer again; the answer stays. False when `canAskAgain` is. */
  retry(question: ChatMessage, answer: ChatMessage): Promise<boolean>
  /** Takes back a message whose run has not begun. False when it is too late, or not known whether it is. */
  takeBack(runId: string): Promise<boolean>
  /** Looks whether a message of which that is uncertain is in the conversation. */
  check(entry: OutboxEntry): Promise<void>
  stop(): Promise<void>
  loadOlder(): Promise<void>
  /** Brings what is shown up to date; throws when that failed. */
  refresh(): Promise<void>
  message(message: ChatMessage): void
  agent(event: AgentEvent): void
  accepted(runId: string): void
  ended(end: RunEnd): void
  /** Events may have been lost, so that what is shown may miss something until it is refreshed. */
  missed(): void
  /** The answers to what this page sent will not come on this connection any more. */
  disconnected(): void
  forget(): void
}

/** Live text is shown at most this often. */
const FRAME_MS = 33
/** An answer's message comes with its end; this long after it, something was missed. */
const ANSWER_GRACE_MS = 1_500
/** Pages fetched to close a hole after a long absence; past that the older rows are fetched anew on demand. */
const MAX_CATCH_UP_PAGES = 10
const MAX_CHECKED_PAGES = 40
/** The clocks of browser and gateway may differ. */
const DAY_MS = 24 * 60 * 60 * 1_000

export function createChat(parts: ChatParts): Chat {
  const { sessionKey, gateway, clock, outbox, toDate } = parts
  let current = transcripts.EMPTY_TRANSCRIPT
  let cancelFrame: (() => void) | undefined
  const shown = signal(current)
  const stopState = signal<StopState>({ at: "idle" })
  const olderState = signal<OlderState>("idle")
  const answers = createAnswers(gateway)
  const liveRun = computed(() => pickLiveRun(shown.value))
  let outline = outlineOf(current)
  const steadyOutline = computed(() => {
    const next = outlineOf(shown.value)
    if (!isSameOutline(outline, next)) outline = next
    return outline
  })
  const arrangement = computed(() => arrange(steadyOutline.value, { outbox: own.value, toDate }))
  const own = computed(() =>
    outbox.entries.value.filter((entry) => entry.sessionKey === sessionKey),
  )

  function set(next: transcripts.Transcript): void {
    current = next
    cancelFrame?.()
    cancelFrame = undefined
    shown.value = next
    const stopping = stopState.peek()
    if (stopping.at === "stopping" && !isLive(next.runs.get(stopping.runId))) {
      stopState.value = { at: "idle" }
    }
  }

  function setSoon(next: transcripts.Transcript): void {
    current = next
    cancelFrame ??= clock.after(FRAME_MS, () => set(current))
  }

  function settle(messages: readonly ChatMessage[]): void {
    const keys = messages.flatMap(({ idempotencyKey }) => idempotencyKey ?? [])
    if (keys.length > 0) outbox.arrived(keys)
  }

  async function refresh(): Promise<void> {
    const asked = current
    // They are on the gateway's disk, so that a page asked for now holds them or begins behind them.
    const accepted = own.peek().flatMap(({ key, state }) => (state.at === "accepted" ? key : []))
    const page = await fetchNewest(asked)
    set(transcripts.mergeNewest(current, { page, asked }))
    settle(page.messages)
    for (const { phase, runId } of current.runs.values()) if (phase === "over") expectAnswer(runId)
    if (accepted.length > 0) outbox.arrived(accepted)
    // What was heard while the session was not known may belong to one that has ended: of that the next
    // page is the judge.
    const isFirst = asked.sessionId === undefined
    if (isFirst && current.messages.length > page.messages.length) await refresh()
  }

  /** Pages from the newest back to what is shown, as one page. */
  async function fetchNewest(asked: transcripts.Transcript): Promise<ChatHistory> {
    const newest = await gateway.request("chat.history", { sessionKey })
    let page = newest
    for (let count = 1; !transcripts.overlaps(current, page); count += 1) {
      if (page.cursor === undefined) break
      if (count === MAX_CATCH_UP_PAGES) {
        current = { ...current, messages: [], loaded: false, gap: asked.gap }
        break
      }
      const older = await gateway.request("chat.history", { sessionKey, before: page.cursor })
      const { cursor: _, ...rest } = page
      page = {
        ...rest,
        messages: [...older.messages, ...page.messages],
        ...(older.cursor !== undefined && { cursor: older.cursor }),
      }
    }
    return page
  }

  async function loadOlder(): Promise<void> {
    const { cursor } = current
    if (cursor === undefined || olderState.peek() === "loading") return
    olderState.value = "loading"
    try {
      const page = await gateway.request("chat.history", { sessionKey, before: cursor })
      if (current.cursor === cursor) set(transcripts.mergeOlder(current, page))
      olderState.value = "idle"
    } catch {
      // The button to try again says what is wrong; scrolling up tries again as well.
      olderState.value = "failed"
    }
  }

  async function check({ createdAt, key }: OutboxEntry): Promise<void> {
    let before: string | undefined
    for (let count = 0; count < MAX_CHECKED_PAGES; count += 1) {
      const page = await gateway.request("chat.history", {
        sessionKey,
        ...(before !== undefined && { before }),
      })
      settle(page.messages)
      if (page.messages.some(({ idempotencyKey }) => idempotencyKey === key)) return
      before = page.cursor
      if (before === undefined || (page.messages[0]?.ts ?? 0) < createdAt - DAY_MS) {
        outbox.missing(key)
        return
      }
    }
  }

  async function stop(): Promise<void> {
    const run = pickLiveRun(current)
    if (run === undefined || stopState.peek().at === "stopping") return
    stopState.value = { at: "stopping", runId: run.runId, since: clock.now() }
    try {
      const { aborted } = await gateway.request("chat.abort", { sessionKey, runId: run.runId })
      if (aborted || !current.runs.has(run.runId)) return
      // It has ended, and the page has not heard of it.
      set(transcripts.endRun(current, run.runId))
      parts.onBehind()
    } catch {
      stopState.value = { at: "idle" }
    }
  }

  /** A run that ended and whose message does not come has been missed. */
  function expectAnswer(runId: string): void {
    clock.after(ANSWER_GRACE_MS, () => {
      if (current.runs.has(runId)) parts.onBehind()
    })
  }

  return {
    sessionKey,
    get sessionId() {
      return current.sessionId
    },
    rows: computed(() => arrangement.value.rows),
    newest: computed(() => shown.value.messages.at(-1)),
    next: computed(() => arrangement.value.next),
    runOf: (runId) => shown.value.runs.get(runId),
    loaded: computed(() => shown.value.loaded),
    liveRun,
    isLive: computed(() => liveRun.value !== undefined),
    stopState,
    waiting: computed(() =>
      [...shown.value.runs.values()]
        .flatMap(questionsOf)
        .filter(({ outcome }) => outcome === undefined),
    ),
    answers,
    hasOlder: computed(() => shown.value.cursor !== undefined),
    olderState,
    send: (text, files = [], key) =>
      outbox.add({ sessionKey, text, files, ...(key !== undefined && { key }) }),
    async retry(question, { runId }) {
      if (!canAskAgain(question)) return false
      // Only for its files does the gateway have to know the run still.
      const retryOf = filesOf(question).length > 0 ? (runId ?? question.runId) : undefined
      return outbox.add({
        sessionKey,
        text: textOf(question),
        ...(retryOf !== undefined && { retryOf }),
      })
    },
    async takeBack(runId) {
      try {
        return (await gateway.request("chat.abort", { sessionKey, runId })).aborted
      } catch {
        // It stays where it is, and can be taken back again.
        return false
      }
    },
    check: (entry) =>
      // The question stays as it is, and can be asked again.
      check(entry).catch(() => undefined),
    stop,
    loadOlder,
    refresh,
    message(message) {
      set(transcripts.addMessage(current, message))
      settle([message])
    },
    agent(event) {
      const next = transcripts.applyAgentEvent(current, event)
      if (next === current) return
      const wasBehind = current.runs.get(event.runId)?.behind ?? false
      if (event.stream === "assistant" || event.stream === "thought") setSoon(next)
      else set(next)
      const run = next.runs.get(event.runId)
      if (run?.behind === true && !wasBehind) parts.onBehind()
      if (run?.phase === "over") expectAnswer(event.runId)
    },
    accepted: (runId) =>
      set(transcripts.addAcceptedRun(current, runId, parts.toGatewayTime(clock.now()))),
    ended({ runId, error }) {
      set(transcripts.endRun(current, runId, error))
      if (current.runs.has(runId)) expectAnswer(runId)
    },
    missed() {
      current = transcripts.markMissed(current)
    },
    disconnected: () => set(transcripts.withoutAcceptedRuns(current)),
    forget() {
      answers.forget()
      set(transcripts.EMPTY_TRANSCRIPT)
    },
  }
}

function isLive(run: LiveRun | undefined): run is LiveRun {
  return run !== undefined && run.phase !== "over"
}

function pickLiveRun({ runs }: transcripts.Transcript): LiveRun | undefined {
  const live = [...runs.values()].filter(isLive)
  return live.find(({ phase }) => phase === "running") ?? live[0]
}

/** Whether it holds something to ask: words, or files that are still there. */
export function canAskAgain(question: ChatMessage): boolean {
  const files = filesOf(question)
  if (files.some(({ state }) => state === "expired")) return false
  return textOf(question) !== "" || files.length > 0
}

export function filesOf({ parts }: ChatMessage): readonly AttachmentPart[] {
  return parts.filter((part) => part.type === "attachment")
}

export function textOf({ parts }: ChatMessage): string {
  return parts.flatMap((part) => (part.type === "text" ? part.text : [])).join("\n\n")
}
