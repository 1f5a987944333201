// TABLE: the panels beside the conversation. A row here is the registration: the navigation follows.

import { text } from "../text/index.ts"
import { createPart } from "../ui/part.ts"
import { permissionCard } from "./chat/answer.tsx"
import { toolList } from "./chat/tools.tsx"
import type { Panel } from "./panel.ts"
import { exporting } from "./sessions/export-line.tsx"
import { sessionForm } from "./sessions/session-item.tsx"

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
    part: createPart(
      () => import("./channels/channels.tsx"),
      (file) => file.ChannelsPanel,
    ),
  },
  clients: {
    title: (page) => text.panels.clients(page.presence.entries.value.length),
    icon: "clients",
    part: createPart(
      () => import("./clients/clients.tsx"),
      (file) => file.ClientsPanel,
    ),
  },
  health: {
    title: () => text.panels.health,
    icon: "health",
    part: createPart(
      () => import("./health/health.tsx"),
      (file) => file.HealthPanel,
    ),
  },
  logs: {
    title: () => text.panels.logs,
    icon: "logs",
    method: "logs.tail",
    wide: true,
    part: createPart(
      () => import("./logs/logs.tsx"),
      (file) => file.LogsPanel,
    ),
  },
  events: {
    title: () => text.panels.events,
    icon: "events",
    wide: true,
    part: createPart(
      () => import("./events/events.tsx"),
      (file) => file.EventsPanel,
    ),
  },
  settings: {
    title: () => text.panels.settings,
    icon: "settings",
    part: createPart(
      () => import("./settings/settings.tsx"),
      (file) => file.SettingsPanel,
    ),
  },
}

interface Loading {
  load(): Promise<unknown>
}

/** What an answer may show, and what is opened from it: they come beside the conversation. */
export const PARTS_OF_CHAT: readonly Loading[] = [permissionCard, toolList]

/** What is there already, when the gateway is away, for whoever goes on reading and looks how it was. */
export const PARTS_AHEAD: readonly Loading[] = [
  sessionForm,
  exporting,
  ...Object.values(PANELS).map(({ part }) => part),
]
