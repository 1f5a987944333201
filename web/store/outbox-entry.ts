// One message on its way from this browser to the gateway.
//
//   draft ──> queued ──> sending ──> accepted ──> gone: its row has come
//               ^          │ │ └───> failed       waits for the person
//               │          │ └─────> waiting      is sent again by itself
//               └──────────┴── the connection was lost, or the person said so
//             uncertain: it was under way so long ago that its key may be forgotten

import { type ErrorShape, MAIN_SESSION } from "#protocol"

/** A file that goes with a message. */
export interface OutgoingFile {
  /** Under which it waited with the draft: once it is on its way it waits there no more. */
  readonly id?: string
  readonly name: string
  readonly mimeType: string
  /** How many there are before they became `data`. */
  readonly bytes: number
  /** In base64. */
  readonly data: string
}

export interface OutboxEntry {
  /** The idempotency key, the same however often it is sent. */
  readonly key: string
  readonly sessionKey: string
  readonly text: string
  readonly files?: readonly OutgoingFile[]
  /** No two entries of one browser have the same, so that it is also their order. */
  readonly createdAt: number
  /** When it first left for the gateway. */
  readonly sentAt?: number
  /** Nobody had begun the conversation when it was written. */
  readonly begins?: true
  /** The run whose question is asked again, with the files that the gateway keeps of it. */
  readonly retryOf?: string
  readonly state: EntryState
}

/** An entry that a draft has become; of one that is gone already, only the key is told. */
export type SentEntry = Pick<OutboxEntry, "key"> &
  Partial<Pick<OutboxEntry, "sessionKey" | "text" | "files">>

export type EntryState =
  | { readonly at: "queued" }
  | { readonly at: "sending" }
  /** The gateway could not take it now; it is sent again by itself. */
  | { readonly at: "waiting"; readonly error: ErrorShape }
  /** It is on the gateway's disk, and only its row has not come yet. */
  | { readonly at: "accepted"; readonly runId: string }
  | { readonly at: "failed"; readonly error: ErrorShape }
  /** `missing`: it was looked for in the conversation and is not there. */
  | { readonly at: "uncertain"; readonly missing: boolean }

/** A little less than a gateway keeps a key at least (rule I1): later the same key might run again. */
const KEY_KEPT_MS = 23 * 60 * 60 * 1_000

/** The entry as a page finds it that did not send it itself. */
export function resume(entry: OutboxEntry, now: number): OutboxEntry {
  const { at } = entry.state
  if (at === "failed" || at === "uncertain" || at === "accepted") return entry
  const isOld = entry.sentAt !== undefined && now - entry.sentAt > KEY_KEPT_MS
  return { ...entry, state: isOld ? { at: "uncertain", missing: false } : { at: "queued" } }
}

/**
 * It was for a conversation that was deleted, and waits in the main one. Its key is the same in every tab
 * that moves it, and another one than the gateway may know of the old conversation.
 */
export function toMoved(gone: OutboxEntry): OutboxEntry {
  const { begins: _, retryOf: __, sentAt: ___, ...entry } = gone
  return {
    ...entry,
    key: `${entry.key}-moved`,
    sessionKey: MAIN_SESSION,
    state: { at: "failed", error: CONVERSATION_DELETED },
  }
}

const CONVERSATION_DELETED: ErrorShape = {
  code: "INVALID_REQUEST",
  message: "It stands here now, and can be sent to the main conversation.",
  details: { reason: "conversation_deleted" },
}

/** Whether the gateway is still to get it, now or when it is back. */
export function isUnderWay({ state }: OutboxEntry): boolean {
  return state.at === "queued" || state.at === "sending" || state.at === "waiting"
}

/** Whether it stays unsent until somebody decides. */
export function isStuck({ state }: OutboxEntry): boolean {
  return state.at === "failed" || state.at === "uncertain"
}

export function isEntry(value: unknown): value is OutboxEntry {
  const entry = value as Partial<Record<keyof OutboxEntry, unknown>> | null
  return (
    typeof entry?.key === "string" &&
    typeof entry.sessionKey === "string" &&
    typeof entry.text === "string" &&
    typeof entry.createdAt === "number" &&
    isState(entry.state)
  )
}

const HAS_ITS_PARTS: {
  readonly [At in EntryState["at"]]: (state: Record<string, unknown>) => boolean
} = {
  queued: () => true,
  sending: () => true,
  waiting: ({ error }) => typeof error === "object" && error !== null,
  accepted: ({ runId }) => typeof runId === "string",
  failed: ({ error }) => typeof error === "object" && error !== null,
  uncertain: ({ missing }) => typeof missing === "boolean",
}

export function isState(value: unknown): value is EntryState {
  const state = value as Record<string, unknown> | null | undefined
  const at = String(state?.["at"])
  return Object.hasOwn(HAS_ITS_PARTS, at) && HAS_ITS_PARTS[at as EntryState["at"]](state ?? {})
}
