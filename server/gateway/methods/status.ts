import type { ChannelHealth, StatusSummary } from "#protocol"
import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"

const MAX_LISTED = 20

/** `status` (M2): the short summary. */
export function status({ channels, health, runs, store }: MethodParts): Handler<"status"> {
  return async (): Promise<StatusSummary> => {
    const [snapshot, notes, unknown, dropped] = await Promise.all([
      health.read(),
      store.notes.list(),
      store.outbox.unknown(MAX_LISTED),
      store.dropped.list(MAX_LISTED),
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
      unknown: [...unknown],
      dropped: [...dropped],
    }
  }
}

function summarise(name: string, health: ChannelHealth | undefined): string {
  if (health?.configured !== true) {
    return `${name}: ${health?.linked === false ? "not linked" : "not configured"}`
  }
  const self = health.self === undefined ? "" : ` as ${health.self}`
  const error = health.lastError === undefined ? "" : ` (${health.lastError})`
  return `${name}: ${health.state}${self}${health.state === "open" ? "" : error}`
}
