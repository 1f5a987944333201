import { signal } from "@preact/signals"
import { expect, onTestFinished, test } from "vitest"
import type { SessionRow } from "#protocol"
import type { ConnectionState } from "./store/connection.ts"
import { showInTab, type TabPage } from "./tab.ts"
import { helloOk } from "./testing/samples.ts"

const row = (more: Partial<SessionRow>): SessionRow => ({
  key: "main",
  sessionId: "s",
  channel: "webchat",
  updatedAt: 0,
  unread: 0,
  running: false,
  ...more,
})

test("the title counts what is unread, and the icon shows what a person would act on first", () => {
  const state = signal<ConnectionState>({ at: "ready", helloOk })
  const rows = signal<readonly SessionRow[]>([])
  const liveRun = signal<unknown>(undefined)
  const shown = { title: "", icon: "" }
  // Only what is listened to.
  const page = {
    connection: { state },
    sessions: { rows },
    reading: {
      unreadOf: (key: string) => rows.value.find((row) => row.key === key)?.unread ?? 0,
    },
    chats: { current: signal({ liveRun }) },
  } as unknown as TabPage
  const stop = showInTab(page, {
    setTitle(title) {
      shown.title = title
    },
    setIcon(icon) {
      shown.icon = icon
    },
  })
  onTestFinished(stop)
  expect(shown).toEqual({ title: "Clawdis", icon: "ready" })
  rows.value = [row({ unread: 1 }), row({ key: "telegram:1", unread: 2 })]
  expect(shown).toEqual({ title: "(3) Clawdis", icon: "unread" })
  rows.value = [row({ unread: 1, running: true })]
  expect(shown).toEqual({ title: "(1) Clawdis", icon: "running" })
  rows.value = []
  liveRun.value = { runId: "r" }
  expect(shown).toEqual({ title: "Clawdis", icon: "running" })
  state.value = { at: "offline", since: 0, retryAt: undefined }
  expect(shown.icon).toBe("offline")
})
