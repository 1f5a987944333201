// What this tab has sent and the gateway has not yet shown to have. Each entry goes out under one
// idempotency key however often it is sent, one at a time and in order; it leaves when a message
// with its key arrives, or when the person discards it.

import { type ReadonlySignal, signal } from "@preact/signals"
import type { AgentFinal, ErrorShape } from "#protocol"
import type { Clock, Requests } from "../gateway.ts"
import type { Storage } from "./storage.ts"
import { toShape } from "./thrown.ts"

/** A file that goes with a message. */
export interface OutgoingFile {
  readonly name: string
  readonly mimeType: string
  /** How many there are before they became `data`. */
  readonly bytes: number
  /** In base64. */
  readonly data: string
}

export interface OutboxEntry {
  readonly key: string
  readonly sessionKey: string
  readonly text: string
  readonly files?: readonly OutgoingFile[]
  readonly createdAt: number
  /** The run that this one tries again. */
  readonly retryOf?: string
  readonly state: EntryState
}

export type EntryState =
  | { readonly at: "queued" }
  | { readonly at: "sending" }
  /** The gateway could not take it now; it is sent again by itself. */
  | { readonly at: "waiting"; readonly error: ErrorShape }
  | { readonly at: "accepted"; readonly runId: string }
  | { readonly at: "failed"; readonly error: ErrorShape }

export interface RunEnd {
  readonly sessionKey: string
  readonly runId: string
  readonly error: ErrorShape | undefined
}

export interface OutboxParts {
  readonly gateway: Requests
  readonly clock: Clock
  readonly createKey: () => string
  readonly on: {
    accepted(run: { sessionKey: string; runId: string }): void
    ended(end: RunEnd): void
  }
}

export interface Draft {
  readonly sessionKey: string
  readonly text: string
  readonly files?: readonly OutgoingFile[]
  readonly retryOf?: string
}

export interface Outbox {
  readonly entries: ReadonlySignal<readonly OutboxEntry[]>
  /** Takes a message over. It is kept before it is sent; blank text without a file is refused. */
  add(draft: Draft): boolean
  /** A failed or waiting entry goes out now, under its old key. */
  resend(key: string): void
  discard(key: string): void
  /** Messages with these keys are on the gateway. */
  arrived(keys: readonly string[]): void
  /** The gateway answers again: whatever has not arrived is sent, under its old key. */
  connected(): void
  disconnected(): void
  /** Entries are kept here from now on, and what was kept here comes back. */
  moveTo(storage: Storage): void
}

const KEY = "outbox"
const DEFAULT_RETRY_MS = 5_000

export function createOutbox(parts: OutboxParts): Outbox {
  const { gateway, clock, on } = parts
  const entries = signal<readonly OutboxEntry[]>([])
  const timers = new Map<string, () => void>()
  let storage: Storage | undefined
  let isConnected = false
  /** Grows with each connection, so that an answer of an earlier one is not mistaken for this one's. */
  let epoch = 0

  function set(next: readonly OutboxEntry[]): void {
    entries.value = next
    if (next.length === 0) storage?.remove(KEY)
    else storage?.write(KEY, JSON.stringify(next))
  }

  function setState(key: string, state: EntryState): void {
    set(entries.value.map((entry) => (entry.key === key ? { ...entry, state } : entry)))
  }

  function remove(keys: ReadonlySet<string>): void {
    for (const key of keys) cancelTimer(key)
    if (entries.value.some(({ key }) => keys.has(key))) {
      set(entries.value.filter(({ key }) => !keys.has(key)))
    }
  }

  function cancelTimer(key: string): void {
    timers.get(key)?.()
    timers.delete(key)
  }

  function pump(): void {
    if (!isConnected || entries.value.some(({ state }) => state.at === "sending")) return
    const next = entries.value.find(({ state }) => state.at === "queued")
    if (next !== undefined) send(next)
  }

  function send(entry: OutboxEntry): void {
    const { key, sessionKey } = entry
    const sentIn = epoch
    let runId: string | undefined
    setState(key, { at: "sending" })
    const final = gateway.request(
      "agent",
      {
        message: entry.text,
        sessionKey,
        idempotencyKey: key,
        ...(entry.retryOf !== undefined && { retryOf: entry.retryOf }),
        ...(entry.files !== undefined && {
          attachments: entry.files.map(({ data, mimeType, name }) => ({ data, mimeType, name })),
        }),
      },
      {
        onAck(ack) {
          runId = ack.runId
          setState(key, { at: "accepted", runId })
          on.accepted({ sessionKey, runId })
          pump()
        },
      },
    )
    final.then(
      ({ runId: endedRun }: AgentFinal) =>
        on.ended({ sessionKey, runId: endedRun, error: undefined }),
      (thrown: unknown) => {
        const error = toShape(thrown)
        // The connection is gone, not the request: it is sent again with the next connection.
        if (error.details?.["reason"] === "connection_lost") return
        if (runId !== undefined) on.ended({ sessionKey, runId, error })
        else if (sentIn === epoch) refused(key, error)
      },
    )
  }

  function refused(key: string, error: ErrorShape): void {
    if (error.code === "UNAVAILABLE" && error.retryable === true) {
      setState(key, { at: "waiting", error })
      timers.set(
        key,
        clock.after(error.retryAfterMs ?? DEFAULT_RETRY_MS, () => resend(key)),
      )
    } else setState(key, { at: "failed", error })
    pump()
  }

  function resend(key: string): void {
    cancelTimer(key)
    setState(key, { at: "queued" })
    pump()
  }

  return {
    entries,
    add({ sessionKey, text, files = [], retryOf }) {
      if (text.trim() === "" && files.length === 0) return false
      const entry: OutboxEntry = {
        key: parts.createKey(),
        sessionKey,
        text,
        createdAt: clock.now(),
        ...(files.length > 0 && { files }),
        ...(retryOf !== undefined && { retryOf }),
        state: { at: "queued" },
      }
      set([...entries.value, entry])
      pump()
      return true
    },
    resend,
    discard: (key) => remove(new Set([key])),
    arrived: (keys) => {
      remove(new Set(keys))
      pump()
    },
    connected() {
      isConnected = true
      set(entries.value.map(toQueued))
      pump()
    },
    disconnected() {
      isConnected = false
      epoch += 1
      for (const key of [...timers.keys()]) cancelTimer(key)
      set(entries.value.map(toQueued))
    },
    moveTo(next) {
      const kept = decodeEntries(next.read(KEY))
      storage = next
      const known = new Set(entries.value.map(({ key }) => key))
      set([...kept.filter(({ key }) => !known.has(key)).map(toQueued), ...entries.value])
    },
  }
}

/** A failure waits for the person; everything else is sent again under its key. */
function toQueued(entry: OutboxEntry): OutboxEntry {
  return entry.state.at === "failed" ? entry : { ...entry, state: { at: "queued" } }
}

function decodeEntries(text: string | undefined): readonly OutboxEntry[] {
  if (text === undefined) return []
  try {
    const kept: unknown = JSON.parse(text)
    return Array.isArray(kept) ? kept.filter(isEntry) : []
  } catch {
    return []
  }
}

function isEntry(value: unknown): value is OutboxEntry {
  const entry = value as Partial<Record<keyof OutboxEntry, unknown>> | null
  return (
    typeof entry?.key === "string" &&
    typeof entry.sessionKey === "string" &&
    typeof entry.text === "string" &&
    typeof entry.createdAt === "number" &&
    typeof (entry.state as { at?: unknown } | null)?.at === "string"
  )
}
