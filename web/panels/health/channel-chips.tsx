// The channels that are set up, each as a chip in the header.

import { text } from "../../text/index.ts"
import type { PanelProps } from "../panel.ts"
import { nameOf, toneOf, wordOf } from "./channel-state.ts"

export function ChannelChips({ page }: PanelProps) {
  const channels = Object.entries(page.health.snapshot.value?.channels ?? {})
  const shown = channels.filter(([, channel]) => channel.configured)
  if (shown.length === 0) return null
  return (
    <ul
      class={page.connection.online.value ? "chips" : "chips chips-old"}
      aria-label={text.header.channels}
    >
      {shown.map(([id, channel]) => (
        <li key={id} class="chip" title={channel.lastError}>
          <span class={`dot dot-${toneOf(channel)}`} />
          <span>{nameOf(id)}</span> <span class="chip-word">{wordOf(channel)}</span>
        </li>
      ))}
    </ul>
  )
}
