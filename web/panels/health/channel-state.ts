// A channel's health in a word and a colour.

import type { ChannelHealth } from "#protocol"
import { text } from "../../text/index.ts"

export type Tone = "good" | "busy" | "bad" | "quiet"

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

export function wordOf(channel: ChannelHealth): string {
  const isUnlinked = channel.linked === false && channel.state !== "connecting"
  return isUnlinked ? text.health.notLinked : text.health.channelState[channel.state]
}

export function nameOf(channelId: string): string {
  return text.health.channelNames[channelId] ?? channelId
}
