// Runs: what is on disk at each step, who is told, and what becomes of a run that was cut. Each accepted
// run ends once (rule A2).

import {
  type AgentEvent,
  type ChatMessage,
  GatewayError,
  invalidRequest,
  type RunningTurn,
  shuttingDown,
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
  RunStore,
} from "../store/store.ts"
import { createCommandRuns } from "./command-runs.ts"
import type { Engine } from "./engine.ts"
import type { PermissionSettings } from "./permissions.ts"
import { aborted, interrupted, type RunEnd, toAnswer, toLifecycle, toOutcome } from "./run-end.ts"
import { createRunQueue } from "./run-queue.ts"
import { type PlayedTurn, playTurn } from "./turn-player.ts"

export type { RunEnd } from "./run-end.ts"

const STORE_RETRY_MS = 1_000

export interface RunsTimings {
  /** How long an engine may take to settle after it was told to stop. */
  readonly graceMs: number
  /** How long a person has to answer what the agent asks. */
  readonly permissionMs: number
}

export interface RunsParts {
  readonly engine: Engine
  readonly runs: RunStore
  readonly messages: MessageStore
  readonly clock: Clock
  readonly log: Logger
  readonly timings: RunsTimings
  readonly maxConcurrent: number
  readonly permissions: PermissionSettings
  /** Whether a client is there that could answer what a run asks. */
  readonly canAsk: () => boolean
  /** The gateway's own answer to a command; may be empty. What it rejects with is told as a failure. */
  readonly answerCommand: (run: RunRecord) => Promise<string>
  /** What waits to be told to the agent at the next turn of this session. */
  readonly takeNotes: (sessionKey: string) => Promise<readonly string[]>
  /**
   * What the answer of a run becomes: its parts as they are shown, and the messages that carry it to
   * where it was asked from. Must not reject.
   */
  readonly finishAnswer: (
    run: RunRecord,
    end: RunEnd,
    parts: ChatMessage["parts"],
  ) => Promise<FinishedAnswer>
  readonly on: RunsListener
}

export interface FinishedAnswer {
  /** Of the parts; what the run's outcome tells. */
  readonly text: string
  readonly parts: ChatMessage["parts"]
  /** Empty if it goes nowhere. */
  readonly deliveries: readonly NewDelivery[]
}

export interface RunsListener {
  event(event: AgentEvent): void
  /** A message became part of a conversation. */
  message(sessionKey: string, message: ChatMessage): void
  /** The run is over, and these replies of it are in the outbox. */
  ended(run: RunRecord, replies: readonly NewDelivery[]): void
  /** A session has nothing to do any more, so an inbound turn of it may be submitted. */
  idle(): void
  /** Something of the session's row changed: it runs, it ended, it has a new message. */
  sessionChanged(sessionKey: string): void
}

/** A run whose request is a command waits in no queue: it is answered at once, beside what works. */
export interface Runs {
  /** Resolves when the request is on disk (rule A1). Rejects with `UNAVAILABLE` when the queues are full or closed. */
  submit(
    keyed: KeyedRequest,
    run: NewRun,
    /** Called before anything of a new run happens, so that the acknowledgement comes first. */
    accepted: (record: RunRecord) => void,
  ): Promise<Acceptance<RunRecord>>
  /** Throws what `submit` would reject with if no request may wait in this session now. */
  requireRoom(sessionKey: string): void
  /**
   * A run for journaled messages. They wait in the journal, so this has no capacity of its own. Resolves
   * when it is on disk, and for a command when that has been carried out.
   */
  submitInbound(inboxIds: readonly number[], run: NewRun, lastChat: ChatAddress): Promise<void>
  /** How the run ended, now or when it does; undefined for a run that does not exist. */
  outcome(runId: string): Promise<Outcome | undefined>
  /** Stops one run, or all of the session; gives what there was to stop. */
  abort(sessionKey: string, runId?: string): Promise<readonly RunRecord[]>
  running(sessionKey: string): RunningTurn[]
  /** Answers what the agent asked in a run; throws `INVALID_REQUEST` if nothing like it waits. */
  decide(decision: { runId: string; requestId: string; optionId: string }): void
  isBusy(sessionKey: string): boolean
  /** What waits for no more than its turn begins, if it may now. */
  maxConcurrentChanged(): void
  counts(): { readonly active: number; readonly queued: number }
  /** Takes up what an earlier process left unfinished. Call once, before anything is submitted. */
  recover(): Promise<void>
  /** No request is taken and no run starts any more; resolves when none works. */
  drain(): Promise<void>
  /** Interrupts what still works, and resolves when it has ended. */
  stop(): Promise<void>
}

/** A turn under way, up to and with the storing of its end. */
interface ActiveRun {
  readonly turn: PlayedTurn
  readonly done: Promise<void>
}

export function createRuns(parts: RunsParts): Runs {
  const { clock, log, on } = parts
  const store = parts.runs
  const waiters = new Map<string, PromiseWithResolvers<Outcome>>()
  /** Runs that have ended and been told of while the disk failed: these ends are not stored yet. */
  const unstored = new Map<string, Outcome>()
  /** Ends of what never began here, on their way to the disk. */
  const concluding = new Set<Promise<void>>()
  const stopping = new AbortController()

  const queue = createRunQueue<ActiveRun>({
    // Read when a run may begin: it can change.
    get maxConcurrent() {
      return parts.maxConcurrent
    },
    begin(record) {
      const turn = playTurn(record, { ...parts, ...parts.timings, event: on.event })
      return { turn, done: turn.ended.then((end) => finish(turn, end)) }
    },
    changed: on.sessionChanged,
    idle: on.idle,
  })

  const commands = createCommandRuns({ ...parts, conclude })

  async function finish(turn: PlayedTurn, end: RunEnd): Promise<void> {
    const { record } = turn
    if (end.state === "interrupted" && record.origin === "inbound") {
      // It stays unfinished on disk: the next start decides whether it may run again.
      turn.emit(toLifecycle(end))
      return
    }
    await conclude(record, end, turn.parts, turn.emit)
  }

  function begin(record: RunRecord): Promise<void> {
    if (record.request.command !== undefined) return commands.begin(record)
    queue.add(record)
    return Promise.resolve()
  }

  /** Ends a run that never began here. */
  function concludeUnplayed(record: RunRecord, end: RunEnd): Promise<void> {
    const { runId, sessionKey } = record
    return conclude(record, end, [], (data) =>
      on.event({ runId, sessionKey, seq: 1, ts: clock.now(), ...data } as AgentEvent),
    )
  }

  /** Nobody waits for it: a disk that fails keeps it until the gateway has stopped. */
  function concludeAside(record: RunRecord, end: RunEnd): void {
    const concluded = concludeUnplayed(record, end).finally(() => concluding.delete(concluded))
    concluding.add(concluded)
  }

  async function conclude(
    record: RunRecord,
    end: RunEnd,
    messageParts: ChatMessage["parts"],
    emit: PlayedTurn["emit"],
  ): Promise<void> {
    const { runId } = record
    const at = clock.now()
    const finished = await parts.finishAnswer(record, end, messageParts)
    const delivers = finished.deliveries.length > 0
    const outcome = toOutcome(record, { ...end, text: finished.text }, { delivers })
    const message = toAnswer(record, end, finished.parts, at)
    const write = () =>
      store.end({
        runId,
        state: end.state,
        at,
        outcome,
        deliveries: finished.deliveries,
        ...(message !== undefined && { message }),
      })
    let stored = true
    try {
      await write()
    } catch (error) {
      // Whoever waits is told what is known; the session goes on when the disk has it too.
      log.error("could not store the end of a run", { runId, error })
      unstored.set(runId, outcome)
      stored = false
    }
    if (message !== undefined) on.message(record.sessionKey, message)
    emit(toLifecycle(end))
    waiters.get(runId)?.resolve(outcome)
    waiters.delete(runId)
    if (!stored && !(await untilStored(write))) return
    unstored.delete(runId)
    on.ended(record, finished.deliveries)
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
    const { request, sessionKey } = run.run
    const waits = request.command === undefined
    if (waits && queue.isFull(sessionKey) && (await store.find(keyed)) === undefined) {
      throw tooManyWait()
    }
    if (queue.closed) throw shuttingDown()
    const release = waits ? queue.reserve(sessionKey) : undefined
    try {
      const acceptance = await store.acceptRequest(keyed, run)
      if (acceptance.kind === "new") {
        accepted(acceptance.record)
        announceMessages(run)
        // It may have closed during the write; nobody would look at what waits there.
        if (waits && queue.closed) concludeAside(acceptance.record, stopped())
        else void begin(acceptance.record)
      }
      return acceptance
    } finally {
      release?.()
    }
  }

  function announceMessages({ messages, run }: NewRun): void {
    for (const message of messages) on.message(run.sessionKey, message)
  }

  /** An accepted run is on disk, so a disk that cannot be read now says nothing about it. */
  async function outcome(runId: string): Promise<Outcome | undefined> {
    for (;;) {
      try {
        return await findOutcome(runId)
      } catch (error) {
        const isStorage = error instanceof GatewayError && error.reason === "storage"
        if (!isStorage || stopping.signal.aborted) throw error
        log.debug("the end of a run cannot be read now", { runId, error })
        await pause(clock, STORE_RETRY_MS, stopping.signal)
      }
    }
  }

  async function findOutcome(runId: string): Promise<Outcome | undefined> {
    const known = unstored.get(runId)
    if (known !== undefined) return known
    const record = await store.get(runId)
    if (record === undefined || record.outcome !== undefined) return record?.outcome
    const waiter = waiters.get(runId) ?? Promise.withResolvers<Outcome>()
    waiters.set(runId, waiter)
    // It may have ended between the look and the wait.
    const again = await store.get(runId)
    const ended = again?.outcome ?? unstored.get(runId)
    if (ended !== undefined) waiters.delete(runId)
    return ended ?? waiter.promise
  }

  async function abort(sessionKey: string, runId?: string): Promise<RunRecord[]> {
    const chosen = (record: RunRecord) => runId === undefined || record.runId === runId
    const waiting = queue.remove(sessionKey, chosen)
    const active = queue.active(sessionKey)?.turn
    const stopsActive = active !== undefined && chosen(active.record)
    if (stopsActive) active.interrupt("aborted")
    for (const record of waiting) await concludeUnplayed(record, aborted())
    return stopsActive ? [active.record, ...waiting] : [...waiting]
  }

  /** A run that was cut is run again only if it came in as a message, once, and had done nothing yet (A6). */
  async function recover(): Promise<void> {
    for (const record of await store.unfinished()) {
      const neverBegan = record.state === "queued" && record.attempt === 0
      const mayRunAgain =
        record.origin === "inbound" && (neverBegan || (record.attempt < 2 && !record.toolStarted))
      if (mayRunAgain) {
        await store.requeue(record.runId)
        void begin({ ...record, state: "queued" })
      } else {
        // Not awaited: a disk that only reads must not keep the gateway from starting and telling it.
        concludeAside(record, interrupted("The gateway stopped while this was running."))
      }
    }
  }

  /** Nothing begins any more: requests that wait are told so. What came in as a message waits on disk. */
  async function close(): Promise<void> {
    for (const record of queue.close()) {
      if (record.origin === "inbound") continue
      await concludeUnplayed(record, stopped())
    }
  }

  async function stop(): Promise<void> {
    stopping.abort()
    const { allActive } = queue
    for (const { turn } of allActive) turn.interrupt("shutdown")
    const ending = [...allActive.map(({ done }) => done), commands.ended(), ...concluding]
    await Promise.all([close(), ...ending])
  }

  return {
    submit,
    requireRoom(sessionKey) {
      if (queue.closed) throw shuttingDown()
      if (queue.isFull(sessionKey)) throw tooManyWait()
    },
    async submitInbound(inboxIds, run, lastChat) {
      await store.acceptInbound(inboxIds, run, lastChat)
      announceMessages(run)
      await begin({ ...run.run, state: "queued", attempt: 0, toolStarted: false })
    },
    outcome,
    abort,
    running: (sessionKey) => {
      const active = queue.active(sessionKey)
      return active === undefined ? [] : [active.turn.running]
    },
    decide({ optionId, requestId, runId }) {
      const active = queue.allActive.find(({ turn }) => turn.record.runId === runId)
      if (active === undefined) throw invalidRequest("runId: no such run is working")
      active.turn.decide(requestId, optionId)
    },
    isBusy: queue.isBusy,
    maxConcurrentChanged: queue.beginWaiting,
    counts: () => ({
      active: queue.allActive.length + commands.size,
      queued: queue.waitingCount,
    }),
    recover,
    async drain() {
      await Promise.all([close(), ...queue.allActive.map(({ done }) => done), commands.ended()])
    },
    stop,
  }
}

function stopped(): RunEnd {
  return interrupted("The gateway is stopping.")
}

function tooManyWait(): GatewayError {
  return new GatewayError("UNAVAILABLE", "Too many runs are waiting. Try again later.", {
    reason: "over_capacity",
    retryable: true,
    retryAfterMs: 1_000,
  })
}
