// What the tabs of one browser tell each other of their common outbox. A tab may be of another version
// of the page, so what it says is looked at before it is believed.

import { type EntryState, isEntry, isState, type OutboxEntry } from "./outbox-entry.ts"
import type { AcceptedRun, RunEnd } from "./outbox-sender.ts"

export type TabMessage =
  /** It is new, or is to be sent again. */
  | { readonly kind: "put"; readonly entry: OutboxEntry }
  | { readonly kind: "state"; readonly key: string; readonly state: EntryState }
  | { readonly kind: "removed"; readonly keys: readonly string[] }
  | { readonly kind: "accepted"; readonly run: AcceptedRun }
  | { readonly kind: "ended"; readonly end: RunEnd }
  /** Whoever leads: how do things stand? */
  | { readonly kind: "hello" }

export function decodeTabMessage(data: unknown): TabMessage | undefined {
  const message = data as Record<string, unknown> | null | undefined
  const kind = String(message?.["kind"])
  const fits = Object.hasOwn(FITS, kind) && FITS[kind as TabMessage["kind"]](message ?? {})
  return fits ? (data as TabMessage) : undefined
}

const FITS: {
  readonly [Kind in TabMessage["kind"]]: (message: Record<string, unknown>) => boolean
} = {
  put: ({ entry }) => isEntry(entry),
  state: ({ key, state }) => typeof key === "string" && isState(state),
  removed: ({ keys }) => Array.isArray(keys) && keys.every((key) => typeof key === "string"),
  accepted: ({ run }) => isOfRun(run),
  ended: ({ end }) => isOfRun(end),
  hello: () => true,
}

function isOfRun(value: unknown): boolean {
  const run = value as Partial<Record<keyof AcceptedRun, unknown>> | null | undefined
  return typeof run?.sessionKey === "string" && typeof run.runId === "string"
}
