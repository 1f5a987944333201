// The row of the channel in memory. It stands in no product's table; a test puts it into its own.

import * as v from "valibot"
import type { ChannelDefinition, ChannelSettings } from "../channel.ts"
import { GroupRule } from "../group-rule.ts"
import { createMemoryChannel, type MemoryChannel } from "./memory-channel.ts"

export type { MemoryChannel } from "./memory-channel.ts"

export interface MemoryDefinitionOptions {
  readonly id?: string
  readonly needsLink?: boolean
  /** Hands the test what `create` made. */
  readonly created?: (channel: MemoryChannel) => void
}

export function createMemoryDefinition({
  id = "memory",
  needsLink = false,
  created,
}: MemoryDefinitionOptions = {}) {
  return {
    id,
    name: "Memory",
    maxTextLength: 4_096,
    maxCaptionLength: 1_024,
    chatField: "chatId",
    readAllowed: (text) => text.trim() || undefined,
    Settings,
    needsLink,
    isConfigured: () => true,
    howToConfigure: "Nothing needs to be configured.",
    readTarget(to, named) {
      const chat = to.startsWith(`${id}:`) ? to.slice(id.length + 1) : named ? to : ""
      if (chat === "") return undefined
      return { chat: chat.replace(/^group:/, ""), sessionKey: `${id}:${chat}` }
    },
    async create(parts) {
      const channel = createMemoryChannel(parts, { id, needsLink })
      created?.(channel)
      return channel
    },
  } satisfies ChannelDefinition
}

const Settings: v.GenericSchema<unknown, ChannelSettings> = v.strictObject({
  allowFrom: v.optional(v.array(v.string()), ["*"]),
  groups: v.optional(v.record(v.string(), GroupRule), {}),
})
