// TABLE: the panels beside the conversation. A row here is the registration: the navigation follows.

import { text } from "../text/index.ts"
import { ChannelsPanel } from "./channels/channels.tsx"
import { ClientsPanel } from "./clients/clients.tsx"
import { HealthPanel } from "./health/health.tsx"
import type { Panel } from "./panel.ts"

export { ChannelChips } from "./channels/channel-chips.tsx"
export { ChatPanel } from "./chat/chat.tsx"
export { Banner } from "./connection/banner.tsx"
export { IncompatibleCard } from "./connection/incompatible-card.tsx"
export { LinkStatus } from "./connection/link-status.tsx"
export { TokenCard } from "./connection/token-card.tsx"
export { Linking } from "./linking/linking.tsx"

export const PANELS = {
  channels: { title: () => text.channels.title, icon: "channels", component: ChannelsPanel },
  clients: {
    title: (page) => text.clients.count(page.presence.entries.value.length),
    icon: "clients",
    component: ClientsPanel,
  },
  health: { title: () => text.health.title, icon: "health", component: HealthPanel },
} as const satisfies Record<string, Panel>

export type PanelName = keyof typeof PANELS
export const PANEL_NAMES = Object.keys(PANELS) as PanelName[]
