import * as v from "valibot"
import { expect, test } from "vitest"
import { LIMITS, PresenceEntry } from "#protocol"
import { createManualClock } from "../testing/manual-clock.ts"
import { createPresence, type PresenceClient } from "./presence.ts"

const EXPIRY_MS = 5 * 60_000

function start() {
  const clock = createManualClock()
  let changes = 0
  const presence = createPresence({
    clock,
    timings: { presenceExpiryMs: EXPIRY_MS },
    host: "box",
    version: "1.2.3",
    changed: () => {
      changes += 1
    },
  })
  const names = () =>
    presence
      .list()
      .slice(1)
      .map((entry) => entry.host)
  return { clock, names, presence, changes: () => changes }
}

function client(name: string, words: Partial<PresenceClient> = {}): PresenceClient {
  return { name, version: "1", platform: "linux", mode: "ui", ...words }
}

test("[P2] the gateway itself is always listed, first", async () => {
  const { clock, presence } = start()
  presence.connected("c1", client("page"))
  await clock.advance(10 * EXPIRY_MS)
  expect(presence.list()[0]).toMatchObject({ mode: "gateway", reason: "self", host: "box" })
})

test("[P1] an entry says who it is, in one line too", () => {
  const { presence } = start()
  presence.connected("c1", client("x".repeat(128), { version: "y".repeat(128), ip: "10.0.0.7" }))
  const [, entry] = presence.list()
  expect(entry).toMatchObject({ mode: "ui", platform: "linux", reason: "connect", ip: "10.0.0.7" })
  for (const each of presence.list()) expect(v.is(PresenceEntry, each)).toBe(true)
})

test("[P2, HS22] two connections of one instance are one entry, the later one's, until both have left", () => {
  const { names, presence } = start()
  presence.connected("c1", client("first", { instanceId: "Phone" }))
  presence.connected("c2", client("second", { instanceId: "pHONE" }))
  expect(names()).toEqual(["second"])
  presence.disconnected("c2")
  expect(names()).toEqual(["second"])
  presence.disconnected("c1")
  expect(names()).toEqual([])
})

test("[WC15] the fifty tabs of one browser are one client as long as one of them is open", () => {
  const { names, presence } = start()
  const tabs = Array.from({ length: 50 }, (_, n) => `c${n}`)
  for (const tab of tabs) presence.connected(tab, client("page", { instanceId: "browser" }))
  expect(names()).toEqual(["page"])
  const [first = "", ...others] = tabs
  for (const tab of others) presence.disconnected(tab)
  expect(names()).toEqual(["page"])
  presence.disconnected(first)
  expect(names()).toEqual([])
})

test("[P2] without an instance a connection is listed by itself, and a cli never", () => {
  const { names, presence } = start()
  presence.connected("c1", client("page"))
  presence.connected("c2", client("page"))
  presence.connected("c3", client("gw:status", { mode: "cli" }))
  expect(names()).toEqual(["page", "page"])
})

test("[P3] an open connection never expires, anything else does after five minutes", async () => {
  const { changes, clock, names, presence } = start()
  presence.connected("c1", client("page"))
  presence.note({ text: "lunch", host: "laptop" })
  await clock.advance(EXPIRY_MS - 1)
  expect(names()).toEqual(["page", "laptop"])
  const before = changes()
  await clock.advance(1)
  expect(names()).toEqual(["page"])
  expect(changes()).toBe(before + 1)
  await clock.advance(10 * EXPIRY_MS)
  expect(names()).toEqual(["page"])
})

test("[P3] a note begins its five minutes anew, and an instance that connects keeps what it said", async () => {
  const { clock, presence } = start()
  presence.note({ text: "one", host: "laptop", tags: ["a"] })
  await clock.advance(EXPIRY_MS - 1)
  presence.note({ text: "two", host: "LAPTOP" })
  await clock.advance(EXPIRY_MS - 1)
  expect(presence.list()[1]).toMatchObject({ text: "two", tags: ["a"] })

  presence.connected("c1", client("page", { instanceId: "phone" }))
  presence.note({ text: "in a meeting", instanceId: "PHONE", lastInputSeconds: 9 })
  await clock.advance(EXPIRY_MS)
  expect(presence.list()).toHaveLength(2)
  expect(presence.list()[1]).toMatchObject({ host: "page", text: "in a meeting", mode: "ui" })
})

test("[P3] the list holds at most 200 entries and 64 KiB: the gateway, open ones, then the newest", () => {
  const { names, presence } = start()
  presence.connected("c1", client("page"))
  for (let index = 0; index < 1_000; index += 1) {
    presence.note({ text: `note ${index}`, host: `host-${index}` })
  }
  expect(names()).toHaveLength(LIMITS.maxPresenceEntries - 1)
  expect(names()[0]).toBe("page")
  expect(names()[1]).toBe("host-999")

  for (let index = 0; index < 300; index += 1) {
    presence.note({
      text: "ö".repeat(256),
      host: `${"ö".repeat(120)}${index}`,
      platform: "ö".repeat(128),
      tags: Array.from({ length: 16 }, () => "ö".repeat(32)),
    })
  }
  expect(Buffer.byteLength(JSON.stringify(presence.list()))).toBeLessThanOrEqual(
    LIMITS.maxPresenceBytes,
  )
  expect(presence.list()[0]).toMatchObject({ reason: "self" })
})

test("[P3] however many notes come, no more wait to expire than could be listed", () => {
  const { clock, presence } = start()
  for (let index = 0; index < 5_000; index += 1) {
    presence.note({ text: "x", host: `host-${index}` })
  }
  expect(clock.waiting).toBeLessThanOrEqual(LIMITS.maxPresenceEntries)
  presence.stop()
  expect(clock.waiting).toBe(0)
})

test("[P2] a note about a host does not rewrite the entry of a connection", async () => {
  const { presence } = start()
  presence.connected("conn-1", { name: "page", version: "1", platform: "web", mode: "webchat" })
  presence.note({ text: "I am the page", host: "conn-1" })
  expect(presence.list().map(({ host, text }) => [host, text])).toEqual([
    expect.anything(),
    ["page", "page 1 on web"],
    ["conn-1", "I am the page"],
  ])
})
