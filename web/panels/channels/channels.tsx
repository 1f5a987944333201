// The channels: how each is doing and what can be done about it, who may write to the agent, and what
// is not sent.

import { useEffect } from "preact/hooks"
import { text } from "../../text/index.ts"
import { Button } from "../../ui/button.tsx"
import { Icon } from "../../ui/icon.tsx"
import { toShortTime } from "../dates.ts"
import type { PanelProps } from "../panel.ts"
import { ChannelCard } from "./channel-card.tsx"
import { Deliveries } from "./deliveries.tsx"
import { Senders } from "./senders.tsx"

export function ChannelsPanel({ page }: PanelProps) {
  const { channels, connection, health } = page
  useEffect(() => channels.watch(), [channels])
  const snapshot = health.snapshot.value
  if (snapshot === undefined) return <p class="muted">{text.health.unknown}</p>
  const shown = Object.entries(snapshot.channels)
  const isOnline = connection.online.value
  return (
    <>
      {!isOnline && (
        <p class="row-state">
          <Icon name="clock" />
          {text.channels.asOf(toShortTime(health.toPageTime(snapshot.ts)))}
        </p>
      )}
      {isOnline && channels.refresh.value === "failed" && (
        <p class="row-state">
          <Icon name="alert" />
          {text.channels.stale}
          <Button label={text.channels.retry} look="quiet" onClick={() => channels.changed()} />
        </p>
      )}
      {shown.length === 0 && <p class="muted">{text.health.noChannels}</p>}
      <ul class="cards" aria-label={text.health.channels}>
        {shown.map(([id, channel]) => (
          <ChannelCard key={id} page={page} id={id} channel={channel} />
        ))}
      </ul>
      <Senders page={page} />
      <Deliveries page={page} />
    </>
  )
}
