import type { ChannelHealth } from "#protocol"
import { later } from "../../text/later.ts"

/** What a person can do about the state it is in. */
export function adviceOf(id: string, channel: ChannelHealth): string | undefined {
  if (!channel.configured) return later.channels.notConfigured(id)
  const isFresh = channel.linked === false && channel.state === "off"
  return isFresh ? later.channels.notLinked : later.channels.advice[channel.state]
}
