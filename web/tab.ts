// What the browser's tab says of the page while a person looks at another: its title and its icon.

import { computed, effect } from "@preact/signals"
import type { Page } from "./store/page.ts"
import { text } from "./text/index.ts"

export type TabIcon = "ready" | "running" | "unread" | "offline"

export interface Tab {
  setTitle(title: string): void
  setIcon(icon: TabIcon): void
}

export type TabPage = Pick<Page, "chats" | "connection" | "reading" | "sessions">

/** Keeps the tab up to date until the result is called. */
export function showInTab(page: TabPage, { setIcon, setTitle }: Tab): () => void {
  const unread = computed(() =>
    page.sessions.rows.value.reduce((sum, { key }) => sum + page.reading.unreadOf(key), 0),
  )
  const icon = computed(() => toIcon(page, unread.value))
  const stops = [
    effect(() =>
      setTitle(unread.value === 0 ? text.brand : text.tab.unread(unread.value, text.brand)),
    ),
    effect(() => setIcon(icon.value)),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

/** The icon has room for one thing: the one that a person would act on first. */
function toIcon({ chats, connection, sessions }: TabPage, unread: number): TabIcon {
  const { at } = connection.state.value
  if (at === "offline" || at === "restarting" || at === "unauthorised" || at === "incompatible") {
    return "offline"
  }
  const isRunning = sessions.rows.value.some(({ running }) => running)
  if (isRunning || chats.current.value.liveRun.value !== undefined) return "running"
  return unread > 0 ? "unread" : "ready"
}
