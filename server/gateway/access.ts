// Who may talk to the agent. Fails closed: whoever no rule allows is dropped.

import type { ChannelSettings, GroupRule, InboundMessage } from "../channels/channel.ts"
import type { FactStore } from "../store/store.ts"

export type Access =
  | { readonly kind: "answer" }
  /** A stranger, or a group that is not listed: dropped, counted, and told nothing. */
  | { readonly kind: "stranger"; readonly id: string; readonly name?: string }
  /** An allowed conversation in which nobody spoke to the agent. */
  | { readonly kind: "not-addressed" }

const PINS = "pins"

const GROUP_OF_OPERATOR: GroupRule = { anyone: false, mention: true, patterns: [] }

/** What decides, as it is at the moment a message is taken up. */
export interface AccessRules {
  readonly settings: ChannelSettings
  /** People and groups of this channel whom an operator allowed beside the configuration. */
  readonly allowed: ReadonlySet<string>
  readonly facts: FactStore
}

export async function judgeAccess(message: InboundMessage, rules: AccessRules): Promise<Access> {
  const { group, sender } = message
  if (group === undefined) {
    return (await isAllowed(message, rules)) ? { kind: "answer" } : stranger(sender)
  }
  const rule = ruleOf(group.id, rules)
  if (rule === undefined) {
    return stranger({ id: group.id, ...(group.title !== undefined && { name: group.title }) })
  }
  if (!rule.anyone && !(await isAllowed(message, rules))) return stranger(sender)
  const addressed =
    !rule.mention ||
    group.mentioned ||
    rule.patterns.some((pattern) => matches(pattern, message.text))
  return addressed ? { kind: "answer" } : { kind: "not-addressed" }
}

/**
 * Whether the bot has to do with this chat at all. What the owner of the account writes by hand is not
 * judged by who wrote it: it is context only where somebody else may talk to the agent.
 */
export function isOurChat(
  { channel, group, sessionKey }: InboundMessage,
  rules: AccessRules,
): boolean {
  if (group !== undefined) return ruleOf(group.id, rules) !== undefined
  const partner = sessionKey.slice(channel.length + 1)
  const { allowFrom } = rules.settings
  return allowFrom.includes("*") || allowFrom.includes(partner) || rules.allowed.has(partner)
}

function ruleOf(groupId: string, { allowed, settings }: AccessRules): GroupRule | undefined {
  if (Object.hasOwn(settings.groups, groupId)) return settings.groups[groupId]
  return allowed.has(groupId) ? GROUP_OF_OPERATOR : undefined
}

async function isAllowed(
  { account, channel, sender }: InboundMessage,
  { allowed, facts, settings: { allowFrom } }: AccessRules,
): Promise<boolean> {
  if (sender.self === true) return true
  const ids = [sender.id, ...(sender.aliases ?? [])]
  if (ids.some((id) => id !== "*" && (allowFrom.includes(id) || allowed.has(id)))) return true
  // The star means people of whom it is known who they are.
  if (sender.hidden === true) return false
  if (allowFrom.includes("*") || allowed.has("*")) return true
  const handle = sender.handle?.toLowerCase()
  const isNamed = (entry: string) => entry.toLowerCase() === handle
  if (handle === undefined || !(allowFrom.some(isNamed) || [...allowed].some(isNamed))) return false
  // A handle can be given up and taken by somebody else: it means whoever had it at first use.
  const pin = `${channel}:${account}:${handle}`
  const pinned = await facts.get(PINS, pin)
  if (pinned === undefined) await facts.set(PINS, pin, sender.id)
  return pinned === undefined || pinned === sender.id
}

function stranger({ id, name }: { id: string; name?: string }): Access {
  return { kind: "stranger", id, ...(name !== undefined && { name }) }
}

function matches(pattern: string, text: string): boolean {
  return text.toLowerCase().includes(pattern.toLowerCase())
}
