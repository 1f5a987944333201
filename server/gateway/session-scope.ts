// In which conversation a message belongs: by `session.scope`, the links of one person's identities, and
// the time since the last word. The same rules for what comes in and for a request's `to`.

import { MAIN_SESSION } from "#protocol"
import type { InboundMessage } from "../channels/channel.ts"
import type { SessionRecord, SessionStore } from "../store/store.ts"
import type { Channels, ResolvedTarget } from "./channels.ts"

export interface SessionSettings {
  readonly scope: "per-sender" | "main"
  /** One person's ids, such as `telegram:42`, by the name of the session that they share. */
  readonly links: Readonly<Record<string, readonly string[]>>
  /** A conversation that was silent for longer ends, and a new one begins; 0: never. */
  readonly idleMinutes: number
  /** How long the bot keeps quiet where the owner wrote by hand; 0: not at all. */
  readonly handoverMinutes: number
}

export interface SessionScope {
  ofMessage(message: InboundMessage): string
  ofTarget(target: ResolvedTarget): string
  /** The conversation under a key: the one that goes on, or a new one. */
  open(key: string, options: { channel: string; at: number }): Promise<SessionRecord>
}

export interface SessionScopeParts {
  readonly settings: Pick<SessionSettings, "scope" | "links" | "idleMinutes">
  readonly sessions: SessionStore
  readonly channels: Pick<Channels, "get">
  readonly isBusy: (sessionKey: string) => boolean
}

const MINUTE_MS = 60_000

export function createSessionScope(parts: SessionScopeParts): SessionScope {
  const { idleMinutes, links, scope } = parts.settings
  const linkOf = new Map(
    Object.entries(links).flatMap(([name, ids]) =>
      ids.map((id) => [toLinkedId(id, parts.channels), `link:${name}`]),
    ),
  )

  function ofDirectChat(ids: readonly string[], sessionKey: string): string {
    for (const id of ids) {
      const link = linkOf.get(id)
      if (link !== undefined) return link
    }
    return scope === "main" ? MAIN_SESSION : sessionKey
  }

  return {
    ofMessage({ channel, group, sender, sessionKey }) {
      if (group !== undefined) return sessionKey
      const ids = [sender.id, ...(sender.aliases ?? [])].map((id) => `${channel}:${id}`)
      return ofDirectChat([sessionKey, ...ids], sessionKey)
    },
    ofTarget({ channel, chat, sessionKey }) {
      if (isGroupSession(channel, sessionKey)) return sessionKey
      return ofDirectChat([sessionKey, `${channel}:${chat}`], sessionKey)
    },
    async open(key, options) {
      const session = await parts.sessions.open(key, options)
      const silentMs = options.at - session.updatedAt
      if (idleMinutes === 0 || silentMs <= idleMinutes * MINUTE_MS) return session
      if (parts.isBusy(key)) return session
      return (await parts.sessions.reset(key, options.at)) ?? session
    },
  }
}

/** Whether the session is that of a group of this channel. */
export function isGroupSession(channel: string, sessionKey: string): boolean {
  return sessionKey.startsWith(`${channel}:group:`)
}

/** A link names a person as an allow list does. */
function toLinkedId(text: string, channels: Pick<Channels, "get">): string {
  const colon = text.indexOf(":")
  const channel = text.slice(0, colon)
  const id = text.slice(colon + 1)
  return `${channel}:${channels.get(channel)?.definition.readAllowed(id) ?? id}`
}
