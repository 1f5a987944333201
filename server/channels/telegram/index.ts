// The row of Telegram. Importing it does not load grammY; `create` does.

import type { ChannelDefinition } from "../channel.ts"
import { readAllowed, TelegramSettings } from "./settings.ts"
import { readTarget } from "./target.ts"

export const telegram = {
  id: "telegram",
  name: "Telegram",
  maxTextLength: 4_096,
  maxCaptionLength: 1_024,
  chatField: "chatId",
  Settings: TelegramSettings,
  isConfigured: ({ botToken }) => botToken !== undefined,
  howToConfigure: "Set channels.telegram.botToken to the token that @BotFather gave your bot.",
  readAllowed,
  allowedForms:
    "the id of a person or a group, which is a number, or a name of at least 4 characters such as @anna",
  readTarget,
  async create(parts) {
    const { createTelegramChannel } = await import("./telegram-channel.ts")
    return createTelegramChannel(parts, { random: Math.random })
  },
} as const satisfies ChannelDefinition<TelegramSettings>
