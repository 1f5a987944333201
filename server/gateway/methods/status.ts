import { CHANNEL_WORDS, type ChannelHealth, type StatusSummary, toChannelWord } from "#protocol"
import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"

const MAX_LISTED = 20

/** `status` (M2): the short summary. */
export function status(parts: MethodParts): Handler<"status"> {
  return () => readStatus(parts)
}

export async function readStatus({
  channels,
  health,
  runs,
  store,
}: MethodParts): Promise<StatusSummary> {
  const [snapshot, notes, inbox, unknown, dropped, notices] = await Promise.all([
    health.read(),
    store.notes.list(),
    store.inbox.counts(),
    store.outbox.unknown(MAX_LISTED),
    store.dropped.list(MAX_LISTED),
    store.notices.list(MAX_LISTED),
  ])
  return {
    web: { linked: snapshot.web.linked, authAgeMs: snapshot.web.authAgeMs },
    providerSummary: channels.slots.map(({ definition }) =>
      summarise(definition.name, snapshot.channels[definition.id]),
    ),
    sessions: { count: snapshot.sessions.count, recent: snapshot.sessions.recent },
    queuedSystemEvents: [...notes],
    runs: runs.counts(),
    outbox: snapshot.outbox,
    inbox,
    unknown: [...unknown],
    dropped: [...dropped],
    notices: [...notices],
  }
}

function summarise(name: string, health: ChannelHealth | undefined): string {
  if (health === undefined) return `${name}: not configured`
  const word = toChannelWord(health)
  if (word !== "not_linked" && !health.configured) return `${name}: not configured`
  const self = health.self === undefined ? "" : ` as ${health.self}`
  const error = health.lastError === undefined ? "" : ` (${health.lastError})`
  return `${name}: ${CHANNEL_WORDS[word]}${self}${health.state === "open" ? "" : error}`
}
