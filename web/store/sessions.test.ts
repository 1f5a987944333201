import { expect, test } from "vitest"
import { GatewayError, type SessionRow } from "#protocol"
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
  async function load(rows: readonly SessionRow[], cursor?: string) {
    const refreshed = sessions.refresh()
    const params = await gateway.answer("sessions.list", { sessions: rows, cursor })
    await refreshed
    return params
  }
  return { gateway, sessions, keys, load }
}

const gone = new GatewayError("INVALID_REQUEST", "there is no session")

test("[M9] the list is newest first, page by page, and follows what is heard", async () => {
  const { gateway, sessions, keys, load } = setUp()
  await load([row("main", 5), row("web:a", 4)], "c")
  expect(keys()).toEqual(["main", "web:a"])
  expect(sessions.hasMore.value).toBe(true)

  const more = sessions.loadMore()
  expect(sessions.fetching.value).toBe("loading")
  sessions.heard({ session: row("web:b", 9, { running: true }) })
  sessions.heard({ deleted: "web:d" })
  const asked = await gateway.answer("sessions.list", {
    sessions: [row("web:b", 3), row("web:d", 2), row("web:c", 2)],
  })
  await more
  expect(asked).toEqual({ cursor: "c" })
  expect(keys()).toEqual(["web:b", "main", "web:a", "web:c"])
  expect(sessions.find("web:b")).toMatchObject({ updatedAt: 9, running: true })
  expect(sessions.hasMore.value).toBe(false)

  sessions.heard({ deleted: "main" })
  expect(keys()).toEqual(["web:b", "web:a", "web:c"])
})

test("[M9] a refresh goes as far back as the list did, and what is heard meanwhile is newer", async () => {
  const { gateway, sessions, keys, load } = setUp()
  const rows = Array.from({ length: 60 }, (_, n) => row(`web:${n}`, 1_000 - n))
  await load(rows, "c")
  const refreshed = sessions.refresh()
  const first = await gateway.answer("sessions.list", { sessions: rows.slice(0, 50), cursor: "d" })
  expect(first).toEqual({ limit: 200 })
  sessions.heard({ deleted: "web:0" })
  sessions.heard({ session: row("web:59", 2_000, { title: "news" }) })
  const second = await gateway.answer("sessions.list", { sessions: rows.slice(50) })
  expect(second).toEqual({ limit: 200, cursor: "d" })
  await refreshed
  expect(keys()).toHaveLength(59)
  expect(keys()[0]).toBe("web:59")
  expect(sessions.find("web:59")?.title).toBe("news")
  expect(sessions.hasMore.value).toBe(false)
})

test("[M9] a page that did not come is asked for again, and what is there stays", async () => {
  const { gateway, sessions, keys, load } = setUp()
  const refreshed = expect(sessions.refresh()).rejects.toThrow("no session")
  await gateway.refuse("sessions.list", gone)
  await refreshed
  expect([sessions.loaded.value, sessions.fetching.value]).toEqual([false, "failed"])
  await load([row("main", 5)], "c")
  const more = sessions.loadMore()
  await gateway.refuse("sessions.list", gone)
  await more
  expect([keys(), sessions.fetching.value, sessions.hasMore.value]).toEqual([
    ["main"],
    "failed",
    true,
  ])
  const again = sessions.loadMore()
  await gateway.answer("sessions.list", { sessions: [row("web:a", 1)] })
  await again
  expect([keys(), sessions.fetching.value]).toEqual([["main", "web:a"], "idle"])
})

test("[M9] a new name shows at once; why it was refused is kept until it was seen", async () => {
  const { gateway, sessions, load } = setUp()
  await load([row("web:a", 1)])
  const renamed = sessions.rename("web:a", "Plans")
  expect(sessions.actions.value.get("web:a")).toEqual({ at: "busy", action: "rename" })
  expect(await sessions.remove("web:a")).toBe(false)
  const params = await gateway.answer("sessions.patch", row("web:a", 1, { title: "Plans" }))
  expect(params).toEqual({ sessionKey: "web:a", title: "Plans" })
  expect(await renamed).toBe(true)
  expect(sessions.find("web:a")?.title).toBe("Plans")
  expect(sessions.actions.value.size).toBe(0)

  const refused = sessions.rename("web:a", "x")
  await gateway.refuse("sessions.patch", gone)
  expect(await refused).toBe(false)
  expect(sessions.actions.value.get("web:a")).toMatchObject({
    at: "failed",
    action: "rename",
    error: { message: "there is no session" },
  })
  sessions.dismiss("web:a")
  expect(sessions.actions.value.size).toBe(0)
  expect(sessions.find("web:a")?.title).toBe("Plans")
})

test("[M9] a session is begun anew and deleted by its key; the row goes when that is heard", async () => {
  const { gateway, sessions, keys, load } = setUp()
  await load([row("web:a", 1)])
  const reset = sessions.reset("web:a")
  await gateway.answer("sessions.reset", { sessionKey: "web:a", sessionId: "new" })
  expect(await reset).toBe(true)
  const removed = sessions.remove("web:a")
  sessions.heard({ deleted: "web:a" })
  await gateway.answer("sessions.delete", { deleted: "web:a" })
  expect(await removed).toBe(true)
  expect(keys()).toEqual([])
})
