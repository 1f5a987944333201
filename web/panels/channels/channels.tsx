// The channels: how each is doing and what can be done about it, who may write to the agent, and what
// is not sent.

import { useEffect } from "preact/hooks"
import { createChannels } from "../../store/channels.ts"
import { later } from "../../text/later.ts"
import { Button } from "../../ui/button.tsx"
import { Icon } from "../../ui/icon.tsx"
import { toShortTime } from "../dates.ts"
import type { PanelProps } from "../panel.ts"
import { ChannelCard } from "./channel-card.tsx"
import { Deliveries } from "./deliveries.tsx"
import { Senders } from "./senders.tsx"

export function ChannelsPanel({ page }: PanelProps) {
  const { connection, health, stores } = page
  const channels = stores.of(createChannels)
  useEffect(() => channels.watch(), [channels])
  const snapshot = health.snapshot.value
  if (snapshot === undefined) return <p class="muted">{later.health.unknown}</p>
  const shown = Object.entries(snapshot.channels)
  const isOnline = connection.online.value
  return (
    <>
      {!isOnline && (
        <p class="row-state">
          <Icon name="clock" />
          {later.channels.asOf(toShortTime(health.toPageTime(snapshot.ts)))}
        </p>
      )}
      {isOnline && channels.refresh.value === "failed" && (
        <p class="row-state">
          <Icon name="alert" />
          {later.channels.stale}
          <Button label={later.channels.retry} look="quiet" onClick={() => channels.look()} />
        </p>
      )}
      {shown.length === 0 && <p class="muted">{later.health.noChannels}</p>}
      <ul class="cards" aria-label={later.health.channels}>
        {shown.map(([id, channel]) => (
          <ChannelCard key={id} page={page} id={id} channel={channel} />
        ))}
      </ul>
      <Senders page={page} />
      <Deliveries page={page} />
    </>
  )
}
