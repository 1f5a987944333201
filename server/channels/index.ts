// The channels that the gateway has. A row here is all that the rest of the program knows of them.

import type { ChannelDefinition } from "./channel.ts"
import { telegram } from "./telegram/index.ts"
import { whatsapp } from "./whatsapp/index.ts"

export const CHANNELS = [whatsapp, telegram] as const satisfies readonly ChannelDefinition[]
