// What is to become of a message that waits in the journal. Judged anew whenever it is looked at, so that
// what the configuration and the operator say now decides, also after a restart.

import type { InboundMessage } from "../channels/channel.ts"
import type { SessionRecord, Store } from "../store/store.ts"
import { type AccessRules, isOurChat, judgeAccess } from "./access.ts"
import type { ChannelSlot, Channels } from "./channels.ts"
import { type ReadCommand, readCommand } from "./commands.ts"
import type { Handover } from "./handover.ts"
import type { SessionScope } from "./session-scope.ts"

export type Verdict =
  | { readonly kind: "turn"; readonly sessionKey: string }
  /** A turn of its own: the last one of the conversation again. */
  | { readonly kind: "retry"; readonly sessionKey: string }
  | { readonly kind: "command"; readonly sessionKey: string }
  /** It starts nothing, and is there to understand what follows. */
  | { readonly kind: "context" }
  /** It came too late to be answered. */
  | { readonly kind: "expired" }
  /** Counted, and told nothing. */
  | { readonly kind: "stranger"; readonly id: string; readonly name?: string }
  | { readonly kind: "dropped" }

/** `ageMs` is how old the message is now. */
export type Judge = (message: InboundMessage, ageMs: number) => Promise<Verdict>

interface Aged {
  readonly message: InboundMessage
  readonly ageMs: number
}

export interface JudgeParts {
  readonly store: Pick<Store<InboundMessage>, "facts" | "senders" | "sessions">
  readonly channels: Pick<Channels, "get">
  readonly scope: SessionScope
  readonly handover: Handover
  readonly maxAgeMs: number
}

/** A judge for one look at the journal, who asks for what many messages share only once. */
export async function createJudge(parts: JudgeParts): Promise<Judge> {
  const { channels, handover, scope, store } = parts
  const allowed = new Map<string, Set<string>>()
  for (const { channel, id } of await store.senders.list()) {
    const ids = allowed.get(channel) ?? new Set<string>()
    allowed.set(channel, ids.add(id))
  }
  const sessions = new Map<string, Promise<SessionRecord | undefined>>()

  async function isMuted(sessionKey: string): Promise<boolean> {
    const session = sessions.get(sessionKey) ?? store.sessions.get(sessionKey)
    sessions.set(sessionKey, session)
    return (await session)?.muted === true
  }

  async function judge(message: InboundMessage, ageMs: number): Promise<Verdict> {
    const slot = channels.get(message.channel)
    if (slot === undefined) return { kind: "dropped" }
    const rules: AccessRules = {
      settings: slot.settings,
      allowed: allowed.get(message.channel) ?? new Set(),
      facts: store.facts,
    }
    const command = findCommand(message, slot)
    if (message.byOwner === true) return judgeOwner({ message, ageMs }, rules, command)
    const access = await judgeAccess(message, rules)
    if (access.kind === "stranger") return access
    const addressed = access.kind === "answer" || command?.botName !== undefined
    if (!addressed) return { kind: "context" }
    return judgeAddressed({ message, ageMs }, command)
  }

  async function judgeOwner(
    { message, ageMs }: Aged,
    rules: AccessRules,
    command: ReadCommand | undefined,
  ): Promise<Verdict> {
    if (!isOurChat(message, rules)) return { kind: "dropped" }
    const { group } = message
    const addressed = group === undefined || group.mentioned || command?.botName !== undefined
    if (command !== undefined && addressed) return judgeAddressed({ message, ageMs }, command)
    await handover.tookOver(message, ageMs)
    return { kind: "context" }
  }

  async function judgeAddressed(
    { message, ageMs }: Aged,
    command: ReadCommand | undefined,
  ): Promise<Verdict> {
    if (ageMs > parts.maxAgeMs) return { kind: "expired" }
    const sessionKey = scope.ofMessage(message)
    if (command !== undefined) {
      return { kind: command.name === "retry" ? "retry" : "command", sessionKey }
    }
    const isSilent = (await isMuted(sessionKey)) || (await handover.isQuiet(message))
    return isSilent ? { kind: "context" } : { kind: "turn", sessionKey }
  }

  return judge
}

/** One that is meant for another bot is none. */
function findCommand(
  { media = [], text }: InboundMessage,
  { channel }: ChannelSlot,
): ReadCommand | undefined {
  const command = media.length > 0 ? undefined : readCommand(text)
  if (command?.botName === undefined) return command
  const ourName = channel?.health().self?.replace(/^@/, "").toLowerCase()
  return command.botName === ourName ? command : undefined
}
