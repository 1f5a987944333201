// The rows of a conversation as they are shown: each answer under what it answers, then what runs; and
// apart from them what waits for its turn. A row keeps its key when the server's version of it arrives.

import type { ChatMessage } from "#protocol"
import type { RunPhase } from "./live-run.ts"
import type { OutboxEntry } from "./outbox.ts"
import type { Transcript } from "./transcript.ts"

export type Row =
  | { readonly kind: "day"; readonly key: string; readonly ts: number }
  | {
      readonly kind: "message"
      readonly key: string
      readonly message: ChatMessage
      /** What it answers, as far as that is on the page. */
      readonly question: ChatMessage | undefined
    }
  /** What is said in it is not here, so that the rows stay the same while it grows. */
  | { readonly kind: "run"; readonly key: string; readonly runId: string }
  | { readonly kind: "pending"; readonly key: string; readonly entry: OutboxEntry }

/** A message that waits behind the run at work. */
export type Waiting =
  | { readonly kind: "accepted"; readonly key: string; readonly message: ChatMessage }
  | { readonly kind: "held"; readonly key: string; readonly entry: OutboxEntry }

export interface Arrangement {
  readonly rows: readonly Row[]
  readonly next: readonly Waiting[]
}

/** Of a transcript, what its rows depend on: not what the runs have said so far. */
export interface Outline extends Pick<Transcript, "messages" | "cursor"> {
  readonly runs: readonly RunOutline[]
}

interface RunOutline {
  readonly runId: string
  readonly phase: RunPhase
}

export function outlineOf({ cursor, messages, runs }: Transcript): Outline {
  return {
    messages,
    cursor,
    runs: [...runs.values()].map(({ phase, runId }) => ({ phase, runId })),
  }
}

export function isSameOutline(a: Outline, b: Outline): boolean {
  return (
    a.messages === b.messages &&
    a.cursor === b.cursor &&
    a.runs.length === b.runs.length &&
    a.runs.every(({ phase, runId }, index) => {
      const other = b.runs[index]
      return other?.runId === runId && other.phase === phase
    })
  )
}

export interface ArrangeOptions {
  readonly outbox: readonly OutboxEntry[]
  /** Which day it is then, where the reader is. */
  readonly toDate: (ts: number) => string
}

export function arrange(outline: Outline, { outbox, toDate }: ArrangeOptions): Arrangement {
  const arrived = new Set(outline.messages.flatMap(({ idempotencyKey }) => idempotencyKey ?? []))
  const pending = outbox.filter(({ key }) => !arrived.has(key))
  const current = currentOf(outline)
  const waiting = waitingOf(outline, current)
  const isHeld = ({ state }: OutboxEntry) => current !== undefined && waitsByItself(state.at)
  const keys = new Set<string>()
  // Two rows with one key would make the page drop one of them.
  const unique = (key: string, otherwise: string) => {
    const chosen = keys.has(key) ? otherwise : key
    keys.add(chosen)
    return chosen
  }
  const shown = conversation(outline, { current, waiting })
  return {
    rows: [
      ...withDays(shown, toDate).map((row): Row => {
        if (row.kind !== "message") return row
        const { message } = row
        return { ...row, key: unique(keyOf(message), `message:${message.id}`) }
      }),
      ...pending
        .filter((entry) => !isHeld(entry))
        .map((entry): Row => ({ kind: "pending", key: `sent:${entry.key}`, entry })),
    ],
    next: [
      ...outline.messages
        .filter((row) => waiting.has(row))
        .map((message): Waiting => ({ kind: "accepted", key: keyOf(message), message })),
      ...pending
        .filter(isHeld)
        .map((entry): Waiting => ({ kind: "held", key: `sent:${entry.key}`, entry })),
    ],
  }
}

/** What needs nobody's decision and is not over. */
function waitsByItself(at: OutboxEntry["state"]["at"]): boolean {
  return at === "queued" || at === "sending" || at === "accepted"
}

function keyOf({ id, role, runId, idempotencyKey }: ChatMessage): string {
  if (role === "assistant" && runId !== undefined) return `run:${runId}`
  if (role === "user" && idempotencyKey !== undefined) return `sent:${idempotencyKey}`
  return `message:${id}`
}

/** The run at work, or the one that begins next. The runs of a conversation work one after the other. */
function currentOf({ runs }: Outline): RunOutline | undefined {
  const live = runs.filter(({ phase }) => phase !== "over")
  return live.find(({ phase }) => phase === "running") ?? live[0]
}

/** Messages whose run the gateway has accepted and not begun. */
function waitingOf(
  { messages, runs }: Outline,
  current: RunOutline | undefined,
): ReadonlySet<ChatMessage> {
  const begun = new Set(
    messages.flatMap((row) => (row.role === "assistant" ? (row.runId ?? []) : [])),
  )
  for (const { phase, runId } of runs) if (phase !== "accepted") begun.add(runId)
  if (current === undefined) return new Set()
  begun.add(current.runId)
  const asked = messages.findLastIndex((row) => isAskedBy(row, (runId) => runId === current.runId))
  // Where its question is not on the page, what was asked before something that has begun waits no more.
  const first = asked < 0 ? messages.findLastIndex((row) => isAskedBy(row, isBegun)) : asked
  return new Set(
    messages.filter((row, index) => index > first && isAskedBy(row, (runId) => !isBegun(runId))),
  )

  function isBegun(runId: string): boolean {
    return begun.has(runId)
  }
}

function isAskedBy({ role, runId }: ChatMessage, fits: (runId: string) => boolean): boolean {
  return role === "user" && runId !== undefined && fits(runId)
}

interface Standing {
  readonly current: RunOutline | undefined
  readonly waiting: ReadonlySet<ChatMessage>
}

function conversation(outline: Outline, { current, waiting }: Standing): readonly Row[] {
  const { cursor, messages } = outline
  const anchors = anchorsOf(messages)
  const answersAfter = Map.groupBy(
    messages.filter((row) => anchors.get(row) !== undefined),
    (row) => anchors.get(row),
  )
  const runs = new Map(
    outline.runs
      .filter((run) => run.phase !== "accepted" || run === current)
      .map((run) => [run.runId, run]),
  )
  const placed = new Set<string>()
  const [earlier, own] = partition(
    messages.filter((row) => anchors.get(row) === undefined && !waiting.has(row)),
    // Its question is on an older page, so it belongs above everything that is here.
    (row) => cursor !== undefined && row.role === "assistant" && row.runId !== undefined,
  )
  const lastOfRun = new Map(
    messages.flatMap((row) => (row.role === "user" && row.runId ? [[row.runId, row]] : [])),
  )
  const rows = [...earlier, ...own].flatMap((row): Row[] => {
    const run = runs.get(row.runId ?? "")
    const isLastOfRun = run !== undefined && lastOfRun.get(run.runId) === row
    if (isLastOfRun) placed.add(run.runId)
    return [
      toRow(row, undefined),
      ...(answersAfter.get(row) ?? []).map((answer) => toRow(answer, row)),
      ...(isLastOfRun ? [runRow(run)] : []),
    ]
  })
  const others = [...runs.values()].filter(({ runId }) => !placed.has(runId))
  return [...rows, ...others.map(runRow)]
}

function partition<Item>(
  items: readonly Item[],
  isFirst: (item: Item) => boolean,
): readonly [readonly Item[], readonly Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
}

/** For an answer, the message it is shown under: the last one that its run took up, or that it replies to. */
function anchorsOf(messages: readonly ChatMessage[]): ReadonlyMap<ChatMessage, ChatMessage> {
  const asked = messages.filter(({ role }) => role === "user")
  const byRun = new Map(asked.flatMap((row) => (row.runId === undefined ? [] : [[row.runId, row]])))
  const byId = new Map(asked.map((row) => [row.id, row]))
  const anchors = new Map<ChatMessage, ChatMessage>()
  for (const row of messages) {
    if (row.role !== "assistant") continue
    const anchor = byRun.get(row.runId ?? "") ?? byId.get(row.replyTo ?? "")
    if (anchor !== undefined) anchors.set(row, anchor)
  }
  return anchors
}

function toRow(message: ChatMessage, question: ChatMessage | undefined): Row {
  return { kind: "message", key: message.id, message, question }
}

function runRow({ runId }: RunOutline): Row {
  return { kind: "run", key: `run:${runId}`, runId }
}

function withDays(rows: readonly Row[], toDate: ArrangeOptions["toDate"]): readonly Row[] {
  let day = ""
  return rows.flatMap((row): Row[] => {
    if (row.kind !== "message") return [row]
    const next = toDate(row.message.ts)
    if (next === day) return [row]
    day = next
    return [{ kind: "day", key: `day:${row.message.id}`, ts: row.message.ts }, row]
  })
}
