// The row of WhatsApp. Importing it does not load Baileys, and neither does `create`: an account that is
// linked, or being linked, does.

import type { ChannelDefinition } from "../channel.ts"
import { readAllowed } from "./jid.ts"
import { WhatsAppSettings } from "./settings.ts"
import { readTarget } from "./target.ts"

export const whatsapp: ChannelDefinition<WhatsAppSettings> = {
  id: "whatsapp",
  name: "WhatsApp",
  maxTextLength: 4_000,
  maxCaptionLength: 1_024,
  Settings: WhatsAppSettings,
  needsLink: true,
  dropsRepetitions: true,
  chatField: "toJid",
  isConfigured: ({ enabled }) => enabled,
  howToConfigure: "Link it with: clawdis login.",
  readAllowed,
  allowedForms:
    "a number such as +15550100000, an id such as 123456789012345@lid, or a group such as 120363000000000001@g.us",
  readTarget,
  async create(parts) {
    const { createWhatsAppChannel } = await import("./whatsapp-channel.ts")
    const { loadLibrary } = await import("./library.ts")
    const { createFetch } = await import("./proxied-fetch.ts")
    const { readNetwork } = await import("./network.ts")
    return createWhatsAppChannel(parts, {
      random: Math.random,
      loadLibrary,
      readNetwork,
      fetch: createFetch(parts.environment),
    })
  },
}
