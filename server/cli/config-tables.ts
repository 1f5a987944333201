// What a configuration may name: the channels and the agents that there are.

import { PRESETS } from "../agent/acp/presets.ts"
import { CHANNELS } from "../channels/index.ts"
import type { ConfigInput } from "../config/config.ts"

export const CONFIG_TABLES: Pick<ConfigInput, "channels" | "presets"> = {
  channels: CHANNELS,
  presets: PRESETS.map(({ name }) => name),
}
