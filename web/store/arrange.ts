// The rows of a conversation as they are shown: each answer under what it answers, then what runs,
// then what waits. A row keeps its key when the server's version of it arrives.

import type { ChatMessage } from "#protocol"
import type { LiveRun } from "./live-run.ts"
import type { OutboxEntry } from "./outbox.ts"
import type { Transcript } from "./transcript.ts"

export type Row =
  | { readonly kind: "day"; readonly key: string; readonly ts: number }
  | {
      readonly kind: "message"
      readonly key: string
      readonly message: ChatMessage
      /** Its run waits for another one to end. */
      readonly queued: boolean
    }
  | { readonly kind: "run"; readonly key: string; readonly run: LiveRun }
  | { readonly kind: "pending"; readonly key: string; readonly entry: OutboxEntry }

export function arrange(transcript: Transcript, outbox: readonly OutboxEntry[]): readonly Row[] {
  const arrived = new Set(transcript.messages.flatMap(({ idempotencyKey }) => idempotencyKey ?? []))
  const pending = outbox.filter(({ key }) => !arrived.has(key))
  const keys = new Set<string>()
  // Two rows with one key would make the page drop one of them.
  const unique = (key: string, otherwise: string) => {
    const chosen = keys.has(key) ? otherwise : key
    keys.add(chosen)
    return chosen
  }
  return [
    ...withDays(conversation(transcript)).map((row): Row => {
      if (row.kind !== "message") return row
      const { message } = row
      return { ...row, key: unique(keyOf(message), `message:${message.id}`) }
    }),
    ...pending.map((entry): Row => ({ kind: "pending", key: `sent:${entry.key}`, entry })),
  ]
}

function keyOf({ id, role, runId, idempotencyKey }: ChatMessage): string {
  if (role === "assistant" && runId !== undefined) return `run:${runId}`
  if (role === "user" && idempotencyKey !== undefined) return `sent:${idempotencyKey}`
  return `message:${id}`
}

function conversation({ messages, runs, cursor }: Transcript): readonly Row[] {
  const anchors = anchorsOf(messages)
  const answersAfter = Map.groupBy(
    messages.filter((row) => anchors.get(row) !== undefined),
    (row) => anchors.get(row),
  )
  const isBusy = [...runs.values()].some(({ phase }) => phase === "running")
  const started = new Set<string>()
  const [earlier, own] = partition(
    messages.filter((row) => anchors.get(row) === undefined),
    // Its question is on an older page, so it belongs above everything that is here.
    (row) => cursor !== undefined && row.role === "assistant" && row.runId !== undefined,
  )
  const rows = [...earlier, ...own].flatMap((row): Row[] => {
    const run = row.role === "user" && row.runId !== undefined ? runs.get(row.runId) : undefined
    const queued = isBusy && run?.phase === "accepted"
    const isLastOfRun = run !== undefined && lastOfRun(messages, run.runId) === row
    if (isLastOfRun && !queued) started.add(run.runId)
    return [
      toRow(row, queued),
      ...(answersAfter.get(row) ?? []).map((answer) => toRow(answer, false)),
      ...(isLastOfRun && !queued ? [runRow(run)] : []),
    ]
  })
  const queuedRuns = new Set(
    rows.flatMap((row) => (row.kind === "message" && row.queued ? (row.message.runId ?? []) : [])),
  )
  const others = [...runs.values()].filter(
    ({ runId, phase }) =>
      !started.has(runId) && !queuedRuns.has(runId) && !(isBusy && phase === "accepted"),
  )
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

function lastOfRun(messages: readonly ChatMessage[], runId: string): ChatMessage | undefined {
  return messages.findLast((row) => row.role === "user" && row.runId === runId)
}

function toRow(message: ChatMessage, queued: boolean): Row {
  return { kind: "message", key: message.id, message, queued }
}

function runRow(run: LiveRun): Row {
  return { kind: "run", key: `run:${run.runId}`, run }
}

function withDays(rows: readonly Row[]): readonly Row[] {
  let day = ""
  return rows.flatMap((row): Row[] => {
    if (row.kind !== "message") return [row]
    const next = new Date(row.message.ts).toDateString()
    if (next === day) return [row]
    day = next
    return [{ kind: "day", key: `day:${row.message.id}`, ts: row.message.ts }, row]
  })
}
