// The channels that are set up, each as a chip in the header that leads to the panel.

import { text } from "../../text/index.ts"
import { toMoment } from "../dates.ts"
import type { PanelProps } from "../panel.ts"
import { badgeOf, chipToneOf, nameOf, wordOf } from "./channel-state.ts"

interface ChannelChipsProps extends PanelProps {
  readonly onOpen: () => void
}

export function ChannelChips({ page, onOpen }: ChannelChipsProps) {
  const health = page.health.snapshot.value
  const shown = Object.entries(health?.channels ?? {}).filter(([, channel]) => channel.configured)
  if (health === undefined || shown.length === 0) return null
  const isOld = !page.connection.online.value
  return (
    <ul class={isOld ? "chips chips-old" : "chips"} aria-label={text.header.channels}>
      {shown.map(([id, channel]) => (
        <li key={id}>
          <button
            type="button"
            class={`chip chip-${chipToneOf(channel)}`}
            title={channel.lastError}
            onClick={onOpen}
          >
            <span class={`dot dot-${chipToneOf(channel)}`} />
            <span class="chip-name">{nameOf(id)}</span>{" "}
            <span class="chip-badge">{badgeOf(id)}</span>{" "}
            <span class="chip-word">{wordOf(channel)}</span>
            <span class="visually-hidden">{`(${text.channel.open})`}</span>
          </button>
        </li>
      ))}
      {isOld && (
        <li class="chips-as-of muted">
          {text.channel.asOf(toMoment(page.health.toPageTime(health.ts), Date.now()))}
        </li>
      )}
    </ul>
  )
}
