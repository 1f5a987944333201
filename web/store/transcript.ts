// The merge rule: one conversation out of history pages, live events and answers, in whatever order
// they come. Pure. Server rows win by id; a page never removes a row outside its own range; a live
// run gives way only to the message that carries its runId.

import type { AgentEvent, ChatHistory, ChatMessage, ErrorShape } from "#protocol"
import { adoptRunningTurn, applyRunEvent, createLiveRun, type LiveRun } from "./live-run.ts"

export interface Transcript {
  /** Missing until the first page, and while nobody has said anything. */
  readonly sessionId: string | undefined
  readonly loaded: boolean
  /** Oldest first, without holes but for the gap. */
  readonly messages: readonly ChatMessage[]
  /** Where the page before `messages` begins; missing at the beginning of the conversation. */
  readonly cursor: string | undefined
  readonly runs: ReadonlyMap<string, LiveRun>
  /** Set while messages may be missing in the middle. */
  readonly gap: Gap | undefined
}

/** Between this message, the last one before something was missed, and those that were heard since. */
export interface Gap {
  readonly after: string | undefined
}

export const EMPTY_TRANSCRIPT: Transcript = {
  sessionId: undefined,
  loaded: false,
  messages: [],
  cursor: undefined,
  runs: new Map(),
  gap: undefined,
}

export interface NewestPage {
  readonly page: ChatHistory
  /** What was shown when the page was asked for. */
  readonly asked: Pick<Transcript, "messages" | "runs" | "gap">
}

/** After the newest page, which must overlap what is shown unless nothing is. */
export function mergeNewest(before: Transcript, { asked, page }: NewestPage): Transcript {
  const isSameSession = before.sessionId === undefined || before.sessionId === page.sessionId
  const known = isSameSession ? before.messages : []
  const merged = mergeNewestRows(known, page, asked.messages)
  const [first] = page.messages
  // Live events may have come before the first page: then their rows are known but not what precedes
  // them, and those that this page does not reach come again with the older ones.
  const isFirstPage = !isSameSession || solidRows(before).length === 0
  const messages = isFirstPage && first !== undefined ? merged.slice(merged.indexOf(first)) : merged
  const reachesFurther = isFirstPage || messages[0] === first
  return withoutFinishedRuns({
    sessionId: page.sessionId,
    loaded: true,
    messages,
    cursor: reachesFurther ? page.cursor : before.cursor,
    // Those of a conversation that was begun anew will have no answer in it.
    runs: mergeRuns(
      isSameSession ? before.runs : without(before.runs, asked.runs),
      page,
      asked.runs,
    ),
    // One that came about since is for a later page to close.
    gap: before.gap === asked.gap ? undefined : before.gap,
  })
}

/** After a page from further back. One that was asked for in an earlier conversation changes nothing. */
export function mergeOlder(before: Transcript, page: ChatHistory): Transcript {
  if (page.sessionId !== before.sessionId) return before
  const known = new Set(before.messages.map(({ id }) => id))
  const earlier = page.messages.filter(({ id }) => !known.has(id))
  return withoutFinishedRuns({
    ...before,
    messages: [...earlier, ...before.messages],
    cursor: page.cursor,
  })
}

/** Something may have been missed: what is heard from now on need not follow what is here. */
export function markMissed(before: Transcript): Transcript {
  const after = before.gap === undefined ? before.messages.at(-1)?.id : before.gap.after
  return { ...before, gap: { after } }
}

/** After the event `chat`. */
export function addMessage(before: Transcript, message: ChatMessage): Transcript {
  const isKnown = before.messages.some(({ id }) => id === message.id)
  const messages = isKnown
    ? before.messages.map((row) => (row.id === message.id ? message : row))
    : insertByTime(before.messages, message)
  return withoutFinishedRuns({ ...before, messages })
}

/** After the event `agent`. */
export function applyAgentEvent(before: Transcript, event: AgentEvent): Transcript {
  if (hasAnswer(before, event.runId)) return before
  const run = before.runs.get(event.runId) ?? createLiveRun(event.runId, event.ts)
  return withRun(before, applyRunEvent(run, event))
}

/** After an `agent` request was accepted. */
export function addAcceptedRun(before: Transcript, runId: string, at: number): Transcript {
  if (before.runs.has(runId) || hasAnswer(before, runId)) return before
  return withRun(before, createLiveRun(runId, at))
}

/** After the final answer to an `agent` request. */
export function endRun(before: Transcript, runId: string, error?: ErrorShape): Transcript {
  const run = before.runs.get(runId)
  return run === undefined ? before : withRun(before, { ...run, phase: "over", error })
}

/** Without the runs that only an acceptance tells of: whether they began will be heard from the gateway. */
export function withoutAcceptedRuns(before: Transcript): Transcript {
  const runs = [...before.runs].filter(([, { phase }]) => phase !== "accepted")
  return runs.length === before.runs.size ? before : { ...before, runs: new Map(runs) }
}

/** Whether the run's final message is here. */
export function hasAnswer({ messages }: Transcript, runId: string): boolean {
  return messages.some((row) => row.role === "assistant" && row.runId === runId)
}

/** Whether pages up to this one leave no hole behind what is shown. */
export function overlaps(shown: Transcript, page: ChatHistory): boolean {
  const isOther = shown.sessionId !== undefined && shown.sessionId !== page.sessionId
  const solid = solidRows(shown)
  if (solid.length === 0 || isOther) return true
  const ids = new Set(solid.map(({ id }) => id))
  return page.messages.some(({ id }) => ids.has(id))
}

/** The rows between which surely none is missing. */
function solidRows({ gap, loaded, messages }: Transcript): readonly ChatMessage[] {
  if (!loaded) return []
  if (gap === undefined) return messages
  return messages.slice(0, messages.findIndex(({ id }) => id === gap.after) + 1)
}

/**
 * The newest page has no holes, so a known row that is not in it came before all of it, came after
 * all of it, or is no more.
 */
function mergeNewestRows(
  known: readonly ChatMessage[],
  { cursor, messages: page }: ChatHistory,
  asked: readonly ChatMessage[],
): readonly ChatMessage[] {
  const last = page.at(-1)
  // Only what was heard since the page was asked for can be newer than it.
  const askedIds = new Set(asked.map(({ id }) => id))
  const isNewer = ({ id }: ChatMessage) => !askedIds.has(id)
  if (last === undefined) return known.filter(isNewer)
  const ids = new Set(page.map(({ id }) => id))
  const isShared = ({ id }: ChatMessage) => ids.has(id)
  const firstShared = known.findIndex(isShared)
  const split = firstShared >= 0 ? firstShared : known.findIndex(({ ts }) => ts >= last.ts)
  const earlier = split < 0 ? known : known.slice(0, split)
  const later = split < 0 ? [] : known.slice(Math.max(split, known.findLastIndex(isShared) + 1))
  // Before a page that reaches to the beginning there is nothing.
  const before = cursor === undefined ? [] : earlier
  return [...before, ...page, ...later.filter(isNewer)]
}

function insertByTime(
  messages: readonly ChatMessage[],
  message: ChatMessage,
): readonly ChatMessage[] {
  const index = messages.findLastIndex(({ ts }) => ts <= message.ts) + 1
  return [...messages.slice(0, index), message, ...messages.slice(index)]
}

function mergeRuns(
  known: ReadonlyMap<string, LiveRun>,
  page: ChatHistory,
  runsAtRequest: ReadonlyMap<string, LiveRun>,
): ReadonlyMap<string, LiveRun> {
  const runs = new Map<string, LiveRun>()
  const running = new Set(page.running?.map(({ runId }) => runId))
  for (const run of known.values()) {
    // Its end was known when the page was asked for, so its answer is in the page, behind it or nowhere.
    if (runsAtRequest.get(run.runId)?.phase === "over" && !running.has(run.runId)) continue
    // A run that began after the page was made is not in it, and is not over for that.
    const ended = run.phase === "running" && runsAtRequest.has(run.runId) && !running.has(run.runId)
    runs.set(run.runId, ended ? { ...run, phase: "over" } : run)
  }
  for (const turn of page.running ?? []) {
    runs.set(turn.runId, adoptRunningTurn(known.get(turn.runId), turn))
  }
  return runs
}

function without(runs: Transcript["runs"], others: Transcript["runs"]): Transcript["runs"] {
  return new Map([...runs].filter(([runId]) => !others.has(runId)))
}

function withRun(before: Transcript, run: LiveRun): Transcript {
  if (before.runs.get(run.runId) === run) return before
  return { ...before, runs: new Map(before.runs).set(run.runId, run) }
}

function withoutFinishedRuns(transcript: Transcript): Transcript {
  const { messages, runs } = transcript
  if (runs.size === 0) return transcript
  const answered = new Set(messages.flatMap((row) => (row.role === "assistant" ? row.runId : [])))
  const left = [...runs].filter(([runId]) => !answered.has(runId))
  return left.length === runs.size ? transcript : { ...transcript, runs: new Map(left) }
}
