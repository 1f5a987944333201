// Who is connected to the gateway.

import type { PresenceEntry } from "#protocol"
import { text } from "../../text/index.ts"
import { toShortTime } from "../dates.ts"
import type { PanelProps } from "../panel.ts"

export function ClientsPanel({ page }: PanelProps) {
  const entries = page.presence.entries.value
  if (entries.length === 0) return <p class="muted">{text.clients.none}</p>
  return (
    <ul class="cards" aria-label={text.clients.title}>
      {entries.map((entry) => (
        <li class="card" key={`${entry.instanceId ?? entry.host} ${entry.mode ?? ""}`}>
          <ClientCard entry={entry} isSelf={entry.instanceId === page.instanceId} />
        </li>
      ))}
    </ul>
  )
}

function ClientCard({ entry, isSelf }: { entry: PresenceEntry; isSelf: boolean }) {
  const facts = [entry.platform, entry.version && `v${entry.version}`, entry.ip].filter(Boolean)
  return (
    <>
      <div class="card-line">
        <strong dir="auto">{entry.host}</strong>
        {isSelf && <span class="tag">{text.clients.self}</span>}
        {entry.mode !== undefined && <span class="tag tag-quiet">{entry.mode}</span>}
      </div>
      {facts.length > 0 && <div class="muted">{facts.join(" · ")}</div>}
      <div class="muted">
        {text.clients.since(toShortTime(entry.ts))}
        {entry.lastInputSeconds !== undefined &&
          ` · ${text.clients.idle(text.duration(entry.lastInputSeconds * 1000))}`}
      </div>
    </>
  )
}
