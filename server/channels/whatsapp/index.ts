// The row of WhatsApp. It knows WhatsApp's addresses, so that whoever writes to one is told that no
// account is linked; the connection itself is not part of this version.

import * as v from "valibot"
import type { ChannelDefinition, ChannelSettings } from "../channel.ts"
import { readTarget } from "./target.ts"

const Settings: v.GenericSchema<unknown, ChannelSettings> = v.pipe(
  v.strictObject({}),
  v.transform(() => ({ allowFrom: [], groups: {} })),
)

export const whatsapp: ChannelDefinition = {
  id: "whatsapp",
  name: "WhatsApp",
  maxTextLength: 4_000,
  Settings,
  needsLink: true,
  isConfigured: () => false,
  howToConfigure: "This version cannot link it yet.",
  readTarget,
}
