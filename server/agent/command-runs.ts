// Runs that are commands: the gateway answers them itself and at once, beside whatever works or waits in
// their session.

import { type AgentEvent, type ChatMessage, GatewayError } from "#protocol"
import type { Clock } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { RunRecord, RunStore } from "../store/store.ts"
import { endedWell, failed, type RunEnd } from "./run-end.ts"
import type { PlayedTurn } from "./turn-player.ts"

export interface CommandRuns {
  /** Resolves when the command has been carried out; its answer is stored behind that. Never rejects. */
  begin(record: RunRecord): Promise<void>
  readonly size: number
  /** Resolves when those that have begun are stored. */
  ended(): Promise<unknown>
}

export interface CommandRunsParts {
  readonly clock: Clock
  readonly log: Logger
  readonly runs: Pick<RunStore, "started">
  readonly answerCommand: (run: RunRecord) => Promise<string>
  /** Stores the end and tells of it. Never rejects. */
  readonly conclude: (
    record: RunRecord,
    end: RunEnd,
    parts: ChatMessage["parts"],
    emit: PlayedTurn["emit"],
  ) => Promise<void>
  readonly on: {
    event(event: AgentEvent): void
    sessionChanged(sessionKey: string): void
  }
}

export function createCommandRuns(parts: CommandRunsParts): CommandRuns {
  const { clock, log, on } = parts
  const underWay = new Set<Promise<void>>()

  async function play(record: RunRecord, carriedOut: () => void): Promise<void> {
    const { messageId, runId, sessionKey } = record
    let seq = 0
    const emit: PlayedTurn["emit"] = (data) => {
      seq += 1
      on.event({ runId, sessionKey, seq, ts: clock.now(), ...data } as AgentEvent)
    }
    emit({ stream: "lifecycle", data: { phase: "started" } })
    const end = await carryOut(record)
    carriedOut()
    const { text } = end
    if (text !== "") emit({ stream: "assistant", data: { messageId, offset: 0, delta: text } })
    await parts.conclude(record, end, text === "" ? [] : [{ type: "text", text }], emit)
    on.sessionChanged(sessionKey)
  }

  async function carryOut(record: RunRecord): Promise<RunEnd> {
    try {
      await parts.runs.started(record.runId, clock.now())
      return endedWell(await parts.answerCommand(record))
    } catch (error) {
      if (error instanceof GatewayError) return failed("", error)
      log.error("a command broke", { runId: record.runId, error })
      const failure = new GatewayError("UNAVAILABLE", "The command failed unexpectedly.", {
        cause: error,
        reason: "internal",
        retryable: false,
      })
      return failed("", failure)
    }
  }

  return {
    begin(record) {
      const carriedOut = Promise.withResolvers<void>()
      const played = play(record, carriedOut.resolve).finally(() => underWay.delete(played))
      underWay.add(played)
      return carriedOut.promise
    },
    get size() {
      return underWay.size
    },
    ended: () => Promise.all(underWay),
  }
}
