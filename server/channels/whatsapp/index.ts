// The row of WhatsApp. It knows WhatsApp's addresses, so that whoever writes to one is told that no
// account is linked; the connection itself is not part of this version.

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
  isConfigured: () => false,
  howToConfigure: "Link it with: clawdis login.",
  readAllowed,
  readTarget,
}
