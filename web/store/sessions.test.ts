import { expect, test } from "vitest"
import type { SessionRow } from "#protocol"
import { createFakeRequests } from "../testing/fake-requests.ts"
import { createSessions } from "./sessions.ts"

const row = (key: string, updatedAt: number, more: Partial<SessionRow> = {}): SessionRow => ({
  key,
  sessionId: `id of ${key}`,
  channel: "webchat",
  updatedAt,
  unread: 0,
  running: false,
  ...more,
})

function setUp() {
  const gateway = createFakeRequests()
  const sessions = createSessions({ gateway: gateway.requests })
  const keys = () => sessions.rows.value.map(({ key }) => key)
  return { gateway, sessions, keys }
}

test("[M9] the list is newest first, page by page, and follows what is heard", async () => {
  const { gateway, sessions, keys } = setUp()
  const refreshed = sessions.refresh()
  await gateway.answer("sessions.list", {
    sessions: [row("main", 5), row("web:a", 4)],
    cursor: "c",
  })
  await refreshed
  expect(keys()).toEqual(["main", "web:a"])
  expect(sessions.hasMore.value).toBe(true)

  const more = sessions.loadMore()
  sessions.heard({ session: row("web:b", 9, { running: true }) })
  const asked = await gateway.answer("sessions.list", {
    sessions: [row("web:b", 3), row("web:c", 2)],
  })
  await more
  expect(asked).toEqual({ cursor: "c" })
  expect(keys()).toEqual(["web:b", "main", "web:a", "web:c"])
  expect(sessions.find("web:b")).toMatchObject({ updatedAt: 9, running: true })
  expect(sessions.hasMore.value).toBe(false)

  sessions.heard({ deleted: "main" })
  expect(keys()).toEqual(["web:b", "web:a", "web:c"])
})
