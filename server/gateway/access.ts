// Who may talk to the agent. Fails closed: whoever no rule allows is dropped.

import type { ChannelSettings, InboundMessage } from "../channels/channel.ts"
import type { FactStore } from "../store/store.ts"

export type Access =
  | { readonly kind: "answer" }
  /** A stranger, or a group that is not listed: dropped, counted, and told nothing. */
  | { readonly kind: "stranger"; readonly id: string; readonly name?: string }
  /** An allowed conversation in which nobody spoke to the agent. */
  | { readonly kind: "not-addressed" }

const PINS = "pins"

export async function judgeAccess(
  message: InboundMessage,
  settings: ChannelSettings,
  facts: FactStore,
): Promise<Access> {
  const { group, sender } = message
  if (group === undefined) {
    return (await isAllowed(message, settings, facts)) ? { kind: "answer" } : stranger(sender)
  }
  const rule = Object.hasOwn(settings.groups, group.id) ? settings.groups[group.id] : undefined
  if (rule === undefined) {
    return stranger({ id: group.id, ...(group.title !== undefined && { name: group.title }) })
  }
  if (!rule.anyone && !(await isAllowed(message, settings, facts))) return stranger(sender)
  const addressed =
    !rule.mention ||
    group.mentioned ||
    rule.patterns.some((pattern) => matches(pattern, message.text))
  return addressed ? { kind: "answer" } : { kind: "not-addressed" }
}

async function isAllowed(
  { account, channel, sender }: InboundMessage,
  { allowFrom }: ChannelSettings,
  facts: FactStore,
): Promise<boolean> {
  if (allowFrom.includes("*") || allowFrom.includes(sender.id)) return true
  const handle = sender.handle?.toLowerCase()
  if (handle === undefined || !allowFrom.some((entry) => entry.toLowerCase() === handle))
    return false
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
