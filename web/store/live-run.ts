// One run that is under way, built from its events and from the `running` part of a history page (rule E6).

import type { AgentEvent, ErrorShape, Part, RunningTurn, ToolPart } from "#protocol"
import { mergeQuestions, type Question, withPermission } from "./questions.ts"

/** Text and thoughts keep the message they belong to, because offsets count per message. */
export type LivePart =
  | { readonly type: "text" | "thought"; readonly messageId: string; readonly text: string }
  | ToolPart

export type RunPhase = "accepted" | "running" | "over"

export interface LiveRun {
  readonly runId: string
  readonly phase: RunPhase
  readonly startedAt: number
  /** The last per-run number that `parts` contains. */
  readonly seq: number
  readonly parts: readonly LivePart[]
  readonly questions: readonly Question[]
  /** Some of the output is missing until the next history page. */
  readonly behind: boolean
  /** Its beginning was cut by the gateway: what comes cannot be joined to it, the message will be whole. */
  readonly cut: boolean
  /** How it failed, until the message that says so arrives. */
  readonly error: ErrorShape | undefined
}

export function createLiveRun(runId: string, startedAt: number): LiveRun {
  return {
    runId,
    phase: "accepted",
    startedAt,
    seq: 0,
    parts: [],
    questions: [],
    behind: false,
    cut: false,
    error: undefined,
  }
}

export function fromRunningTurn(turn: RunningTurn): LiveRun {
  return {
    ...createLiveRun(turn.runId, turn.startedAt),
    phase: "running",
    seq: turn.seq,
    cut: turn.truncated === true,
    parts: turn.parts.flatMap((part) => toLivePart(part, turn.messageId)),
    questions: mergeQuestions([], turn),
  }
}

/** What is shown when a history page tells of a run that may be known already. */
export function adoptRunningTurn(known: LiveRun | undefined, turn: RunningTurn): LiveRun {
  if (known === undefined) return fromRunningTurn(turn)
  if (known.seq > turn.seq && !known.behind) return known
  return { ...fromRunningTurn(turn), questions: mergeQuestions(known.questions, turn) }
}

/** What the agent asks or has asked; of a run that is over nothing waits any more. */
export function questionsOf({ phase, questions }: LiveRun): readonly Question[] {
  return questions.filter(
    ({ outcome, request }) => request !== undefined && (phase !== "over" || outcome !== undefined),
  )
}

/** The run after one of its events. A run that comes back `behind` needs a history page. */
export function applyRunEvent(run: LiveRun, event: AgentEvent): LiveRun {
  if (event.seq <= run.seq) {
    if (event.stream !== "permission") return run
    return { ...run, questions: withPermission(run.questions, event, false) }
  }
  const next: LiveRun = { ...run, seq: event.seq, phase: run.phase === "over" ? "over" : "running" }
  switch (event.stream) {
    case "lifecycle":
      return event.data.phase === "started"
        ? { ...next, startedAt: event.ts }
        : { ...next, phase: "over" }
    case "assistant":
      return append(run, next, "text", event.data)
    case "thought":
      return append(run, next, "thought", event.data)
    case "permission":
      return { ...next, questions: withPermission(next.questions, event, true) }
    case "tool":
      return { ...next, parts: withTool(next.parts, event) }
    default:
      return event satisfies never
  }
}

interface Delta {
  readonly messageId: string
  readonly offset: number
  readonly delta: string
}

function append(run: LiveRun, next: LiveRun, type: "text" | "thought", data: Delta): LiveRun {
  const have = lengthOf(run.parts, type, data.messageId)
  // The number of the lost event is not taken over: the page that repairs this may end before it.
  if (data.offset > have && run.cut) return next
  if (data.offset > have) return { ...run, phase: next.phase, behind: true }
  const added = data.delta.slice(have - data.offset)
  if (added === "") return next
  const last = run.parts.at(-1)
  if (last?.type === type && last.messageId === data.messageId) {
    return { ...next, parts: [...run.parts.slice(0, -1), { ...last, text: last.text + added }] }
  }
  return { ...next, parts: [...run.parts, { type, messageId: data.messageId, text: added }] }
}

function lengthOf(parts: readonly LivePart[], type: LivePart["type"], messageId: string): number {
  return parts.reduce(
    (sum, part) =>
      part.type === type && part.type !== "tool" && part.messageId === messageId
        ? sum + part.text.length
        : sum,
    0,
  )
}

type ToolEvent = Extract<AgentEvent, { stream: "tool" }>

function withTool(parts: readonly LivePart[], { data, ts }: ToolEvent): readonly LivePart[] {
  const { phase, ...said } = data
  const ended = phase === "end" ? { endedAt: ts } : {}
  const isThisCall = (part: LivePart) => part.type === "tool" && part.callId === data.callId
  if (!parts.some(isThisCall)) {
    return [...parts, { type: "tool", ...said, startedAt: ts, ...ended }]
  }
  return parts.map((part) =>
    isThisCall(part) ? { ...(part as ToolPart), ...said, ...ended } : part,
  )
}

function toLivePart(part: Part, messageId: string): LivePart[] {
  switch (part.type) {
    case "text":
    case "thought":
      return [{ type: part.type, messageId, text: part.text }]
    case "tool":
      return [part]
    case "attachment":
      return []
    default:
      return part satisfies never
  }
}
