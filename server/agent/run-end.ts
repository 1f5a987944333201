// How a run can end, and what each end is called: as a state on disk, as an event, as a message of the
// conversation, and as the second answer to the request.

import {
  type AgentEvent,
  type AgentFinal,
  type ChatMessage,
  cutText,
  GatewayError,
  toErrorShape,
} from "#protocol"
import type { Outcome, RunRecord, RunState } from "../store/store.ts"

/** The final answer's text in a frame, in bytes of JSON; the conversation holds it whole. */
const MAX_FINAL_TEXT_BYTES = 128 * 1024

/** How a run ended, before anything of it was told to anybody. */
export interface RunEnd {
  readonly state: RunState
  /** The answer without tools and thoughts; may be empty. */
  readonly text: string
  readonly error?: GatewayError
}

export function endedWell(text: string): RunEnd {
  return { state: "ok", text }
}

export function failed(text: string, error: GatewayError): RunEnd {
  return { state: "error", text, error }
}

export function timedOut(text: string, timeoutMs: number): RunEnd {
  const message = `The agent did not finish within ${Math.round(timeoutMs / 1000)} s.`
  const error = new GatewayError("AGENT_TIMEOUT", message, { retryable: false })
  return { state: "timeout", text, error }
}

/** Somebody stopped it. */
export function aborted(text = ""): RunEnd {
  const error = new GatewayError("UNAVAILABLE", "Stopped.", { reason: "aborted", retryable: false })
  return { state: "aborted", text, error }
}

/** The gateway stopped, or was killed, before it had ended. */
export function interrupted(message: string, text = ""): RunEnd {
  const error = new GatewayError("UNAVAILABLE", message, {
    reason: "interrupted",
    retryable: false,
  })
  return { state: "interrupted", text, error }
}

export function tooLarge(text: string): RunEnd {
  const error = new GatewayError("UNAVAILABLE", "The agent's output is too large.", {
    reason: "output_too_large",
    retryable: false,
  })
  return failed(text, error)
}

/** The last event of the run. */
export function toLifecycle(end: RunEnd): Pick<AgentEvent, "stream" | "data"> {
  if (end.error === undefined) return { stream: "lifecycle", data: { phase: "ended" } }
  const phase = end.state === "aborted" || end.state === "interrupted" ? end.state : "error"
  return { stream: "lifecycle", data: { phase, message: end.error.message } }
}

/** The answer as it stands in the conversation; undefined if there is neither text nor a failure. */
export function toAnswer(
  record: RunRecord,
  end: RunEnd,
  parts: ChatMessage["parts"],
  at: number,
): ChatMessage | undefined {
  if (parts.length === 0 && end.error === undefined) return undefined
  return {
    id: record.messageId,
    role: "assistant",
    ts: at,
    status: end.state === "ok" ? "ok" : isCut(end) ? "interrupted" : "error",
    runId: record.runId,
    ...(end.error !== undefined && { error: toErrorShape(end.error) }),
    parts,
  }
}

/** The second answer to an `agent` request; every failure names its run (rule A2). */
export function toOutcome(
  { request, runId }: RunRecord,
  end: RunEnd,
  { delivers }: { readonly delivers: boolean },
): Outcome {
  const text = cutText(end.text, MAX_FINAL_TEXT_BYTES)
  const final: AgentFinal = {
    runId,
    status: end.error === undefined ? "ok" : "error",
    summary: summarise(end),
    ...(text !== "" && { text }),
    ...(text.length < end.text.length && { truncated: true }),
    ...(request.deliverTo !== undefined &&
      end.error === undefined &&
      delivers && {
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

function summarise(end: RunEnd): string {
  if (end.state === "ok") return "completed"
  if (isCut(end)) return end.state
  return end.error?.message ?? end.state
}

function isCut({ state }: RunEnd): boolean {
  return state === "aborted" || state === "interrupted"
}
