// Plays one turn: gives it to the engine, numbers what comes, keeps the deadline, and says how it ended.

import {
  type AgentEvent,
  type ChatMessage,
  GatewayError,
  LIMITS,
  type RunningTurn,
} from "#protocol"
import type { Clock } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { MessageStore, RunRecord, RunStore } from "../store/store.ts"
import type { Engine, TurnEvent } from "./engine.ts"
import { createTurnPermissions, type PermissionSettings } from "./permissions.ts"
import {
  aborted,
  endedWell,
  failed,
  interrupted,
  type RunEnd,
  timedOut,
  tooLarge,
} from "./run-end.ts"
import { createTranscript, MAX_OUTPUT_BYTES } from "./transcript.ts"

export interface TurnPlayerParts {
  readonly engine: Engine
  readonly runs: RunStore
  readonly messages: MessageStore
  readonly clock: Clock
  readonly log: Logger
  /** How long the engine may take to settle after it was told to stop. */
  readonly graceMs: number
  /** How long a person has to answer what the agent asks. */
  readonly permissionMs: number
  readonly permissions: PermissionSettings
  readonly canAsk: () => boolean
  readonly takeNotes: (sessionKey: string) => Promise<readonly string[]>
  readonly event: (event: AgentEvent) => void
}

export type StopCause = "timeout" | "aborted" | "shutdown" | "too-large"

export interface PlayedTurn {
  readonly record: RunRecord
  /** How it ended; never rejects. After that nothing of it is heard any more. */
  readonly ended: Promise<RunEnd>
  /** Tells the engine to stop; the first cause counts. */
  interrupt(cause: StopCause): void
  /** Answers what the agent asked; throws `INVALID_REQUEST` if it did not ask that. */
  decide(requestId: string, optionId: string): void
  /** One more event of this run, such as its last. */
  emit(data: Pick<AgentEvent, "stream" | "data">): void
  /** What of the answer is there by now. */
  readonly running: RunningTurn
  /** The parts of the finished message. */
  readonly parts: ChatMessage["parts"]
}

export function playTurn(given: RunRecord, parts: TurnPlayerParts): PlayedTurn {
  const { clock, engine, log } = parts
  const transcript = createTranscript(given.messageId)
  const controller = new AbortController()
  const startedAt = clock.now()
  let toolStarted = given.toolStarted
  let seq = 0
  let over = false
  let cause: StopCause | undefined

  const permissions = createTurnPermissions({
    ...parts,
    record: given,
    settings: parts.permissions,
    canAsk: parts.canAsk,
    deadlineAt: startedAt + given.request.timeoutMs,
    emit,
  })

  function emit(data: Pick<AgentEvent, "stream" | "data">): void {
    seq += 1
    const { runId, sessionKey } = given
    // The pair of stream and data comes from one place that types it.
    parts.event({ runId, sessionKey, seq, ts: clock.now(), ...data } as AgentEvent)
  }

  function take(event: TurnEvent): void {
    // An engine that was left behind may still speak, but its run has ended.
    if (over || cause === "too-large") return
    if (event.stream === "tool" && !toolStarted) noteTool()
    for (const data of transcript.add(event, clock.now())) emit(data)
    if (transcript.bytes > MAX_OUTPUT_BYTES) interrupt("too-large")
  }

  function noteTool(): void {
    toolStarted = true
    parts.runs.toolStarted(given.runId).catch((error: unknown) => {
      log.error("could not note that a tool was called", { runId: given.runId, error })
    })
  }

  function interrupt(why: StopCause): void {
    if (cause !== undefined) return
    cause = why
    permissions.stop(why === "timeout" ? "timeout" : "abort")
    controller.abort()
  }

  async function play(): Promise<RunEnd> {
    const deadline = clock.after(given.request.timeoutMs, () => interrupt("timeout"))
    try {
      await parts.runs.started(given.runId, startedAt)
      emit({ stream: "lifecycle", data: { phase: "started" } })
      await settledWithinGrace(runEngine())
      return endOf(undefined)
    } catch (error) {
      return endOf(error)
    } finally {
      permissions.stop("abort")
      over = true
      deadline.cancel()
    }
  }

  async function runEngine(): Promise<void> {
    const { request, runId, sessionId, sessionKey } = given
    const notes = await parts.takeNotes(sessionKey)
    await engine.run(
      {
        runId,
        sessionKey,
        sessionId,
        prompt: request.prompt,
        notes,
        attachments: request.attachments,
        resources: request.media ?? [],
        thinking: request.thinking,
        history,
      },
      { emit: take, permit: permissions.permit, signal: controller.signal },
    )
  }

  async function history(limit: number): Promise<readonly ChatMessage[]> {
    const page = await parts.messages.page({
      sessionId: given.sessionId,
      limit: limit + 1,
      maxBytes: LIMITS.maxHistoryBytes,
    })
    return page.messages.filter((message) => message.runId !== given.runId)
  }

  /** An engine that does not settle after it was told to stop is left behind, not waited for. */
  function settledWithinGrace(work: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      controller.signal.addEventListener("abort", () => {
        clock.after(parts.graceMs * 2, () => {
          const facts = { engine: engine.id, runId: given.runId }
          if (!over) log.error("the engine did not stop in time", facts)
          resolve()
        })
      })
      work.then(resolve, reject)
    })
  }

  function endOf(error: unknown): RunEnd {
    const { text } = transcript
    switch (cause) {
      case "timeout":
        return timedOut(text, given.request.timeoutMs)
      case "aborted":
        return aborted(text)
      case "shutdown":
        return interrupted("The gateway is stopping.", text)
      case "too-large":
        return tooLarge(text)
      case undefined:
        return error === undefined ? endedWell(text) : failed(text, toGatewayError(error))
    }
  }

  function toGatewayError(error: unknown): GatewayError {
    if (error instanceof GatewayError) return error
    log.error("the engine broke", { runId: given.runId, error })
    return new GatewayError("UNAVAILABLE", "The agent failed unexpectedly.", {
      cause: error,
      reason: "agent_failed",
      retryable: false,
    })
  }

  return {
    record: given,
    ended: play(),
    interrupt,
    decide: permissions.decide,
    emit,
    get running() {
      const { messageId, runId } = given
      const { pending } = permissions
      return {
        runId,
        messageId,
        startedAt,
        seq,
        parts: structuredClone([...transcript.parts]),
        ...(pending.length > 0 && { permissions: [...pending] }),
      }
    },
    get parts() {
      return transcript.finish()
    },
  }
}
