// Who is connected to the gateway, and who says to be there.

import type { PresenceEntry } from "#protocol"
import { text } from "../../text/index.ts"
import { later } from "../../text/later.ts"
import { Icon } from "../../ui/icon.tsx"
import { useNow } from "../../ui/use-now.ts"
import { toFullTime, toMoment } from "../dates.ts"
import type { PanelProps } from "../panel.ts"

const LOOK_EVERY_MS = 15_000

export function ClientsPanel({ page }: PanelProps) {
  const { connection, presence } = page
  const now = useNow(LOOK_EVERY_MS)
  const asOf = presence.asOf.value
  const entries = presence.entries.value
  return (
    <>
      {!connection.online.value && asOf !== undefined && (
        <p class="row-state">
          <Icon name="clock" />
          {later.clients.asOf(toMoment(asOf, now))}
        </p>
      )}
      {entries.length === 0 && <p class="muted">{later.clients.none}</p>}
      <ul class="cards" aria-label={later.clients.title}>
        {entries.map((entry, index) => (
          <li class="card" key={entry.instanceId ?? `${index} ${entry.host} ${entry.mode ?? ""}`}>
            <ClientCard
              entry={entry}
              isSelf={entry.instanceId === page.instanceId}
              since={page.health.toPageTime(entry.ts)}
              now={now}
            />
          </li>
        ))}
      </ul>
    </>
  )
}

interface ClientCardProps {
  readonly entry: PresenceEntry
  readonly isSelf: boolean
  /** By this browser's clock. */
  readonly since: number
  readonly now: number
}

/** What the gateway says of itself and of a connection is in the other lines of the card. */
const OWN_REASONS: readonly (string | undefined)[] = ["self", "connect"]

function ClientCard({ entry, isSelf, since, now }: ClientCardProps) {
  const { host, ip, lastInputSeconds, mode, platform, reason, tags = [], version } = entry
  const facts = [platform, version && `v${version}`, ip].filter(Boolean)
  return (
    <>
      <div class="card-line">
        <strong dir="auto">{host}</strong>
        {isSelf && <span class="tag">{later.clients.self}</span>}
        {mode !== undefined && (
          <span class="tag tag-quiet">{later.clients.modes[mode] ?? mode}</span>
        )}
        {tags.map((tag) => (
          <span key={tag} class="tag tag-quiet">
            {tag}
          </span>
        ))}
      </div>
      {!OWN_REASONS.includes(reason) && <div dir="auto">{entry.text}</div>}
      {facts.length > 0 && <div class="muted">{facts.join(" · ")}</div>}
      <div class="muted">
        <time dateTime={new Date(since).toISOString()} title={toFullTime(since)}>
          {later.clients.since(toMoment(since, now))}
        </time>
        {lastInputSeconds !== undefined &&
          // It was told at that time, and nothing was heard of it since.
          ` · ${later.clients.idle(text.duration(lastInputSeconds * 1_000 + Math.max(0, now - since)))}`}
      </div>
    </>
  )
}
