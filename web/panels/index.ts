// TABLE: the panels beside the conversation. A row here is the registration: the navigation follows.

import { text } from "../text/index.ts"
import { importAgain } from "../ui/import-again.ts"
import type { Panel } from "./panel.ts"

export { ChannelChips } from "./channels/channel-chips.tsx"
export { ChatPanel } from "./chat/chat.tsx"
export { Banner } from "./connection/banner.tsx"
export { IncompatibleCard } from "./connection/incompatible-card.tsx"
export { LinkStatus } from "./connection/link-status.tsx"
export { TokenGate } from "./connection/token-gate.tsx"
export { Help } from "./help/help.tsx"
export { Linking } from "./linking/linking.tsx"
export { GoneNotice } from "./sessions/gone.tsx"
export { Rail } from "./sessions/rail.tsx"
export { titleOf } from "./sessions/title.ts"
export { useDrawer } from "./sessions/use-drawer.ts"
export { useReading } from "./sessions/use-reading.ts"

export const PANELS: Readonly<Record<string, Panel>> = {
  channels: {
    title: () => text.panels.channels,
    icon: "channels",
    load: async () => (await importAgain(() => import("./channels/channels.tsx"))).ChannelsPanel,
  },
  clients: {
    title: (page) => text.panels.clients(page.presence.entries.value.length),
    icon: "clients",
    load: async () => (await importAgain(() => import("./clients/clients.tsx"))).ClientsPanel,
  },
  health: {
    title: () => text.panels.health,
    icon: "health",
    load: async () => (await importAgain(() => import("./health/health.tsx"))).HealthPanel,
  },
  logs: {
    title: () => text.panels.logs,
    icon: "logs",
    method: "logs.tail",
    wide: true,
    load: async () => (await importAgain(() => import("./logs/logs.tsx"))).LogsPanel,
  },
  events: {
    title: () => text.panels.events,
    icon: "events",
    wide: true,
    load: async () => (await importAgain(() => import("./events/events.tsx"))).EventsPanel,
  },
  settings: {
    title: () => text.panels.settings,
    icon: "settings",
    load: async () => (await importAgain(() => import("./settings/settings.tsx"))).SettingsPanel,
  },
}
