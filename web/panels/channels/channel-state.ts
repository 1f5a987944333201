// A channel's health in a word, a picture and a colour.

import { type ChannelHealth, toChannelWord } from "#protocol"
import { text } from "../../text/index.ts"
import type { IconName } from "../../ui/icon.tsx"

export type Tone = "good" | "busy" | "bad" | "quiet"

export const TONE_ICONS: Record<Tone, IconName> = {
  good: "check",
  busy: "clock",
  bad: "alert",
  quiet: "off",
}

export function toneOf(channel: ChannelHealth): Tone {
  if (!channel.configured || channel.state === "off") return "quiet"
  if (channel.linked === false) return "busy"
  switch (channel.state) {
    case "open":
      return "good"
    case "connecting":
    case "waiting":
      return "busy"
    case "replaced":
    case "logged_out":
    case "banned":
    case "failed":
      return "bad"
    default:
      return channel.state satisfies never
  }
}

/** In the header an account that is missing stands out, also where none ever was. */
export function chipToneOf(channel: ChannelHealth): Tone {
  return canBeLinked(channel) && !channel.linked ? "busy" : toneOf(channel)
}

export function wordOf(channel: ChannelHealth): string {
  return text.channel.state[toChannelWord(channel)]
}

export function nameOf(channelId: string): string {
  return text.channel.names[channelId] ?? channelId
}

/** A few letters for where there is little room. */
export function badgeOf(channelId: string): string {
  return text.channel.badges[channelId] ?? nameOf(channelId).slice(0, 2).toUpperCase()
}

/** A service with accounts to link says of each whether it is. */
export function canBeLinked({ linked, state, configured }: ChannelHealth): boolean {
  if (linked === undefined || !configured) return false
  // What is linked and was given up may be linked anew.
  return !linked || state === "failed"
}
