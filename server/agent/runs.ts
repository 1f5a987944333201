// Runs: ids, order, deadline, stop, and what is on disk at each step. Runs of one session are serial and
// in order; different sessions run in parallel up to a limit (rule A4). Each accepted run ends once (A2).

import {
  type AgentEvent,
  type AgentFinal,
  type ChatMessage,
  cutText,
  GatewayError,
  LIMITS,
  type RunningTurn,
  toErrorShape,
} from "#protocol"
import { type Clock, pause } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type {
  Acceptance,
  ChatAddress,
  KeyedRequest,
  MessageStore,
  NewDelivery,
  NewRun,
  Outcome,
  RunRecord,
  RunState,
  RunStore,
} from "../store/store.ts"
import type { Engine, TurnEvent } from "./engine.ts"
import { createTranscript, MAX_OUTPUT_BYTES, type Transcript } from "./transcript.ts"

const MAX_QUEUED_PER_SESSION = 50
const MAX_QUEUED = 200
const STORE_RETRY_MS = 1_000
/** The final answer's text in a frame, in bytes of JSON; the conversation holds it whole. */
const MAX_FINAL_TEXT_BYTES = 128 * 1024
/** All of a page of history is below this, so that the parts of one message always fit a frame. */
const MAX_HISTORY_BYTES = LIMITS.maxHistoryBytes

export interface RunsTimings {
  /** How long an engine may take to settle after it was told to stop. */
  readonly graceMs: number
}

export interface RunsParts {
  readonly engine: Engine
  readonly runs: RunStore
  readonly messages: MessageStore
  readonly clock: Clock
  readonly log: Logger
  readonly timings: RunsTimings
  readonly maxConcurrent: number
  /** What waits to be told to the agent at the next turn of this session. */
  readonly takeNotes: (sessionKey: string) => Promise<readonly string[]>
  /** The messages that carry the end of a run to where it was asked from; empty if nowhere. */
  readonly composeReplies: (run: RunRecord, end: RunEnd) => readonly NewDelivery[]
  readonly on: RunsListener
}

export interface RunsListener {
  event(event: AgentEvent): void
  /** A message became part of a conversation. */
  message(sessionKey: string, message: ChatMessage): void
  /** The run is over, and its replies are in the outbox. */
  ended(run: RunRecord): void
  /** A session has nothing to do any more, so an inbound turn of it may be submitted. */
  idle(): void
  /** Something of the session's row changed: it runs, it ended, it has a new message. */
  sessionChanged(sessionKey: string): void
}

/** How a run ended, before anything of it was told to anybody. */
export interface RunEnd {
  readonly state: RunState
  /** The answer without tools and thoughts; may be empty. */
  readonly text: string
  readonly error?: GatewayError
}

export interface Runs {
  /** Resolves when the request is on disk (rule A1). Rejects with `UNAVAILABLE` when the queues are full. */
  submit(
    keyed: KeyedRequest,
    run: NewRun,
    /** Called before anything of a new run happens, so that the acknowledgement comes first. */
    accepted: (record: RunRecord) => void,
  ): Promise<Acceptance<RunRecord>>
  /** A run for journaled messages. They wait in the journal, so this has no capacity of its own. */
  submitInbound(inboxIds: readonly number[], run: NewRun, lastChat: ChatAddress): Promise<void>
  /** How the run ended, now or when it does; undefined for a run that does not exist. */
  outcome(runId: string): Promise<Outcome | undefined>
  /** Stops one run, or all of the session. True if there was something to stop. */
  abort(sessionKey: string, runId?: string): Promise<boolean>
  running(sessionKey: string): RunningTurn[]
  isBusy(sessionKey: string): boolean
  counts(): { readonly active: number; readonly queued: number }
  /** Takes up what an earlier process left unfinished. Call once, before anything is submitted. */
  recover(): Promise<void>
  /** No run starts any more; resolves when none works. */
  drain(): Promise<void>
  /** Interrupts what still works, and resolves when it has ended. */
  stop(): Promise<void>
}

interface ActiveRun {
  readonly record: RunRecord
  readonly transcript: Transcript
  readonly controller: AbortController
  readonly startedAt: number
  seq: number
  over: boolean
  stopCause: "timeout" | "aborted" | "shutdown" | "too-large" | undefined
  /** Resolves when the run has ended. */
  readonly done: PromiseWithResolvers<void>
}

interface SessionQueue {
  readonly waiting: RunRecord[]
  active: ActiveRun | undefined
}

export function createRuns(parts: RunsParts): Runs {
  const { engine, clock, log, on, timings } = parts
  const store = parts.runs
  const sessions = new Map<string, SessionQueue>()
  const waiters = new Map<string, PromiseWithResolvers<Outcome>>()
  /** Runs that have ended and been told of while the disk failed: these ends are not stored yet. */
  const unstored = new Map<string, Outcome>()
  /** Requests on their way to the disk, by session: they count as waiting. */
  const reserved = new Map<string, number>()
  let activeCount = 0
  /** Ends of what an earlier process left, on their way to the disk. */
  const concluding = new Set<Promise<void>>()
  let draining = false
  const stopping = new AbortController()

  function queueOf(sessionKey: string): SessionQueue {
    const known = sessions.get(sessionKey)
    if (known !== undefined) return known
    const queue: SessionQueue = { waiting: [], active: undefined }
    sessions.set(sessionKey, queue)
    return queue
  }

  function queuedCount(): number {
    let count = 0
    for (const queue of sessions.values()) count += queue.waiting.length
    return count
  }

  function isFull(sessionKey: string): boolean {
    const waiting = sessions.get(sessionKey)?.waiting.length ?? 0
    if (waiting + (reserved.get(sessionKey) ?? 0) >= MAX_QUEUED_PER_SESSION) return true
    let count = queuedCount()
    for (const reservations of reserved.values()) count += reservations
    return count >= MAX_QUEUED
  }

  function reserve(sessionKey: string, by: 1 | -1): void {
    const count = (reserved.get(sessionKey) ?? 0) + by
    if (count === 0) reserved.delete(sessionKey)
    else reserved.set(sessionKey, count)
  }

  function enqueue(record: RunRecord): void {
    queueOf(record.sessionKey).waiting.push(record)
    on.sessionChanged(record.sessionKey)
    pump()
  }

  function pump(): void {
    for (const [sessionKey, queue] of sessions) {
      if (draining || activeCount >= parts.maxConcurrent) return
      if (queue.active !== undefined) continue
      const next = queue.waiting.shift()
      if (next === undefined) {
        sessions.delete(sessionKey)
        on.idle()
        continue
      }
      activeCount += 1
      const active: ActiveRun = {
        record: next,
        transcript: createTranscript(next.messageId),
        controller: new AbortController(),
        startedAt: clock.now(),
        seq: 0,
        over: false,
        stopCause: undefined,
        done: Promise.withResolvers<void>(),
      }
      queue.active = active
      void work(active).finally(() => {
        queue.active = undefined
        activeCount -= 1
        active.done.resolve()
        on.sessionChanged(sessionKey)
        pump()
      })
    }
  }

  function emit(active: ActiveRun, data: Pick<AgentEvent, "stream" | "data">): void {
    active.seq += 1
    const { runId, sessionKey } = active.record
    // The pair of stream and data comes from one place that types it.
    on.event({ runId, sessionKey, seq: active.seq, ts: clock.now(), ...data } as AgentEvent)
  }

  function take(active: ActiveRun, event: TurnEvent): void {
    // An engine that was left behind may still speak, but its run has ended.
    if (active.over || active.stopCause === "too-large") return
    if (event.stream === "tool" && !active.record.toolStarted) noteTool(active)
    for (const data of active.transcript.add(event, clock.now())) emit(active, data)
    if (active.transcript.bytes > MAX_OUTPUT_BYTES) interrupt(active, "too-large")
  }

  function noteTool(active: ActiveRun): void {
    Object.assign(active.record, { toolStarted: true })
    store.toolStarted(active.record.runId).catch((error: unknown) => {
      log.error("could not note that a tool was called", { runId: active.record.runId, error })
    })
  }

  function interrupt(active: ActiveRun, cause: NonNullable<ActiveRun["stopCause"]>): void {
    if (active.stopCause !== undefined) return
    active.stopCause = cause
    active.controller.abort()
  }

  /** Never rejects: whatever goes wrong becomes the end of the run. */
  async function work(active: ActiveRun): Promise<void> {
    const { record } = active
    const deadline = clock.after(record.request.timeoutMs, () => interrupt(active, "timeout"))
    try {
      await store.started(record.runId, active.startedAt)
      emit(active, { stream: "lifecycle", data: { phase: "started" } })
      await settleWithinGrace(active, runEngine(active))
      await finish(active, endOf(active, undefined))
    } catch (error) {
      await finish(active, endOf(active, error))
    } finally {
      deadline.cancel()
    }
  }

  async function runEngine(active: ActiveRun): Promise<void> {
    const { runId, sessionKey, sessionId, request } = active.record
    const notes = await parts.takeNotes(sessionKey)
    await engine.run(
      {
        runId,
        sessionKey,
        sessionId,
        prompt: request.prompt,
        notes,
        attachments: request.attachments,
        thinking: request.thinking,
        history: (limit) => historyBefore(active, limit),
      },
      { emit: (event) => take(active, event), signal: active.controller.signal },
    )
  }

  async function historyBefore(active: ActiveRun, limit: number): Promise<readonly ChatMessage[]> {
    const page = await parts.messages.page({
      sessionId: active.record.sessionId,
      limit: limit + 1,
      maxBytes: MAX_HISTORY_BYTES,
    })
    return page.messages.filter((message) => message.runId !== active.record.runId)
  }

  /** An engine that does not settle after it was told to stop is left behind, not waited for. */
  function settleWithinGrace(active: ActiveRun, work: Promise<void>): Promise<void> {
    const { signal } = active.controller
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => {
        clock.after(timings.graceMs * 2, () => {
          log.error("the engine did not stop in time", {
            engine: engine.id,
            runId: active.record.runId,
          })
          resolve()
        })
      })
      work.then(resolve, reject)
    })
  }

  function endOf(active: ActiveRun, error: unknown): RunEnd {
    const { text } = active.transcript
    switch (active.stopCause) {
      case "timeout": {
        const seconds = Math.round(active.record.request.timeoutMs / 1000)
        const message = `The agent did not finish within ${seconds} s.`
        return {
          state: "timeout",
          text,
          error: new GatewayError("AGENT_TIMEOUT", message, { retryable: false }),
        }
      }
      case "aborted":
        return { state: "aborted", text, error: stopped() }
      case "shutdown":
        return { state: "interrupted", text, error: cutOff("The gateway is stopping.") }
      case "too-large":
        return {
          state: "error",
          text,
          error: new GatewayError("UNAVAILABLE", "The agent's output is too large.", {
            reason: "output_too_large",
            retryable: false,
          }),
        }
      case undefined:
        return error === undefined
          ? { state: "ok", text }
          : { state: "error", text, error: toGatewayError(error, active.record.runId) }
    }
  }

  function toGatewayError(error: unknown, runId: string): GatewayError {
    if (error instanceof GatewayError) return error
    log.error("the engine broke", { runId, error })
    return new GatewayError("UNAVAILABLE", "The agent failed unexpectedly.", {
      cause: error,
      reason: "agent_failed",
      retryable: false,
    })
  }

  async function finish(active: ActiveRun, end: RunEnd): Promise<void> {
    const { record } = active
    active.over = true
    if (end.state === "interrupted" && record.origin === "inbound") {
      // It stays unfinished on disk: the next start decides whether it may run again.
      emit(active, { stream: "lifecycle", data: { phase: "interrupted" } })
      return
    }
    await conclude(record, end, active.transcript.finish(), () =>
      emit(active, { stream: "lifecycle", data: lifecycleOf(end) }),
    )
  }

  async function conclude(
    record: RunRecord,
    end: RunEnd,
    messageParts: ChatMessage["parts"],
    announce: () => void,
  ): Promise<void> {
    const outcome = toOutcome(record, end)
    const at = clock.now()
    const message: ChatMessage | undefined =
      messageParts.length === 0 && end.error === undefined
        ? undefined
        : {
            id: record.messageId,
            role: "assistant",
            ts: at,
            status: end.state === "ok" ? "ok" : isCut(end.state) ? "interrupted" : "error",
            runId: record.runId,
            ...(end.error !== undefined && { error: toErrorShape(end.error) }),
            parts: messageParts,
          }
    const write = () =>
      store.end({
        runId: record.runId,
        state: end.state,
        at,
        outcome,
        deliveries: parts.composeReplies(record, end),
        ...(message !== undefined && { message }),
      })
    let stored = true
    try {
      await write()
    } catch (error) {
      // Whoever waits is told what is known; the session goes on when the disk has it too.
      log.error("could not store the end of a run", { runId: record.runId, error })
      unstored.set(record.runId, outcome)
      stored = false
    }
    if (message !== undefined) on.message(record.sessionKey, message)
    announce()
    waiters.get(record.runId)?.resolve(outcome)
    waiters.delete(record.runId)
    if (!stored && !(await untilStored(write))) return
    unstored.delete(record.runId)
    on.ended(record)
  }

  /** False if the gateway stops first: the run is then unfinished on disk, and the next start ends it. */
  async function untilStored(write: () => Promise<void>): Promise<boolean> {
    while (!stopping.signal.aborted) {
      await pause(clock, STORE_RETRY_MS, stopping.signal)
      try {
        await write()
        return true
      } catch (error) {
        log.debug("the end of a run is still not stored", { error })
      }
    }
    return false
  }

  async function submit(
    keyed: KeyedRequest,
    run: NewRun,
    accepted: (record: RunRecord) => void,
  ): Promise<Acceptance<RunRecord>> {
    const { sessionKey } = run.run
    if (isFull(sessionKey) && (await store.findByKey(keyed.key)) === undefined) {
      throw new GatewayError("UNAVAILABLE", "Too many runs are waiting. Try again later.", {
        reason: "over_capacity",
        retryable: true,
        retryAfterMs: 1_000,
      })
    }
    reserve(sessionKey, 1)
    try {
      const acceptance = await store.acceptRequest(keyed, run)
      if (acceptance.kind === "new") {
        accepted(acceptance.record)
        announceMessages(run)
        enqueue(acceptance.record)
      }
      return acceptance
    } finally {
      reserve(sessionKey, -1)
    }
  }

  function announceMessages({ messages, run }: NewRun): void {
    for (const message of messages) on.message(run.sessionKey, message)
  }

  async function outcome(runId: string): Promise<Outcome | undefined> {
    const known = unstored.get(runId)
    if (known !== undefined) return known
    const record = await store.get(runId)
    if (record === undefined || record.outcome !== undefined) return record?.outcome
    const waiter = waiters.get(runId) ?? Promise.withResolvers<Outcome>()
    waiters.set(runId, waiter)
    // It may have ended between the look and the wait.
    const again = await store.get(runId)
    if (again?.outcome !== undefined) waiters.delete(runId)
    return again?.outcome ?? waiter.promise
  }

  async function abort(sessionKey: string, runId?: string): Promise<boolean> {
    const queue = sessions.get(sessionKey)
    if (queue === undefined) return false
    const chosen = (record: RunRecord) => runId === undefined || record.runId === runId
    const waiting = queue.waiting.filter(chosen)
    for (const record of waiting) queue.waiting.splice(queue.waiting.indexOf(record), 1)
    const { active } = queue
    const stopsActive = active !== undefined && chosen(active.record)
    if (stopsActive) interrupt(active, "aborted")
    for (const record of waiting) {
      await conclude(record, { state: "aborted", text: "", error: stopped() }, [], () =>
        announceOnly(record, "aborted"),
      )
    }
    return stopsActive || waiting.length > 0
  }

  function announceOnly(record: RunRecord, phase: "aborted" | "interrupted"): void {
    on.event({
      runId: record.runId,
      sessionKey: record.sessionKey,
      seq: 1,
      stream: "lifecycle",
      ts: clock.now(),
      data: { phase },
    })
  }

  /** A run that was cut is run again only if it came in as a message, once, and had done nothing yet (A6). */
  async function recover(): Promise<void> {
    for (const record of await store.unfinished()) {
      const neverBegan = record.state === "queued" && record.attempt === 0
      const mayRunAgain =
        record.origin === "inbound" && (neverBegan || (record.attempt < 2 && !record.toolStarted))
      if (mayRunAgain) {
        await store.requeue(record.runId)
        enqueue({ ...record, state: "queued" })
      } else {
        const error = cutOff("The gateway stopped while this was running.")
        // Not awaited: a disk that only reads must not keep the gateway from starting and telling it.
        const concluded = conclude(record, { state: "interrupted", text: "", error }, [], () =>
          announceOnly(record, "interrupted"),
        ).finally(() => concluding.delete(concluded))
        concluding.add(concluded)
      }
    }
  }

  function activeRuns(): ActiveRun[] {
    return [...sessions.values()].flatMap((queue) => queue.active ?? [])
  }

  async function stop(): Promise<void> {
    draining = true
    stopping.abort()
    for (const active of activeRuns()) interrupt(active, "shutdown")
    await Promise.all([...activeRuns().map((active) => active.done.promise), ...concluding])
    for (const queue of sessions.values()) {
      for (const record of queue.waiting.splice(0)) {
        if (record.origin === "inbound") continue
        const error = cutOff("The gateway is stopping.")
        await conclude(record, { state: "interrupted", text: "", error }, [], () =>
          announceOnly(record, "interrupted"),
        )
      }
    }
  }

  return {
    submit,
    async submitInbound(inboxIds, run, lastChat) {
      await store.acceptInbound(inboxIds, run, lastChat)
      announceMessages(run)
      enqueue({ ...run.run, state: "queued", attempt: 0, toolStarted: false })
    },
    outcome,
    abort,
    running: (sessionKey) => {
      const active = sessions.get(sessionKey)?.active
      return active === undefined ? [] : [toRunningTurn(active)]
    },
    isBusy: (sessionKey) => sessions.has(sessionKey),
    counts: () => ({ active: activeCount, queued: queuedCount() }),
    recover,
    async drain() {
      draining = true
      await Promise.all(activeRuns().map((active) => active.done.promise))
    },
    stop,
  }
}

function toRunningTurn(active: ActiveRun): RunningTurn {
  return {
    runId: active.record.runId,
    messageId: active.record.messageId,
    startedAt: active.startedAt,
    seq: active.seq,
    parts: structuredClone(active.transcript.parts) as RunningTurn["parts"],
  }
}

function stopped(): GatewayError {
  return new GatewayError("UNAVAILABLE", "Stopped.", { reason: "aborted", retryable: false })
}

function cutOff(message: string): GatewayError {
  return new GatewayError("UNAVAILABLE", message, { reason: "interrupted", retryable: false })
}

function isCut(state: RunState): boolean {
  return state === "aborted" || state === "interrupted"
}

function lifecycleOf(end: RunEnd): {
  phase: "ended" | "error" | "aborted" | "interrupted"
  message?: string
} {
  if (end.error === undefined) return { phase: "ended" }
  const phase = end.state === "aborted" || end.state === "interrupted" ? end.state : "error"
  return { phase, message: end.error.message }
}

/** The second answer to an `agent` request; every failure names its run (rule A2). */
function toOutcome(record: RunRecord, end: RunEnd): Outcome {
  const { runId, request } = record
  const text = cutText(end.text, MAX_FINAL_TEXT_BYTES)
  const final: AgentFinal = {
    runId,
    status: end.error === undefined ? "ok" : "error",
    summary: summaryOf(end),
    ...(text !== "" && { text }),
    ...(text.length < end.text.length && { truncated: true }),
    ...(request.deliverTo !== undefined &&
      end.error === undefined &&
      end.text !== "" && {
        delivery: {
          status: "queued",
          channel: request.deliverTo.channel,
          to: request.deliverTo.to,
        },
      }),
  }
  if (end.error === undefined) return { ok: true, payload: final }
  const shape = toErrorShape(end.error)
  // The key of the request names this end from now on, so that trying again under it cannot help.
  const error = { ...shape, retryable: false, details: { ...shape.details, runId } }
  return { ok: false, error, payload: final }
}

function summaryOf(end: RunEnd): string {
  if (end.state === "ok") return "completed"
  if (isCut(end.state)) return end.state
  return end.error?.message ?? end.state
}
