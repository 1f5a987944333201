import { expect, test } from "vitest"
import { createManualClock } from "../../testing/manual-clock.ts"
import { createPace } from "./pace.ts"
import { open } from "./stub-channel.ts"

test("a group gets twenty messages a minute, thirty go out a second in all", async () => {
  const clock = createManualClock()
  const pace = createPace(clock, { chatIntervalMs: 1_000 })
  for (let count = 0; count < 20; count += 1) {
    expect(pace.waitMs("-5")).toBe(0)
    pace.begin("-5")
    pace.end("-5")
    await clock.advance(1_000)
  }
  expect(pace.waitMs("-5")).toBe(40_000)
  expect(pace.waitMs("42")).toBe(0)
  for (let chat = 1; chat <= 30; chat += 1) {
    expect(pace.waitMs(String(chat))).toBe(0)
    pace.begin(String(chat))
  }
  expect(pace.waitMs("31")).toBe(1_000)
  await clock.advance(1_000)
  expect(pace.waitMs("31")).toBe(0)
})

test("a burst to many chats is spread over the seconds, and every message arrives", async () => {
  const { stub, clock, send } = await open()
  const sends = Array.from({ length: 70 }, (_, index) => send("hi", { chat: String(index + 1) }))
  await clock.advance(3_000)
  await Promise.all(sends)
  const times = stub.callsOf("sendMessage").map(({ atMs }) => atMs)
  const perSecond = [0, 1_000, 2_000].map((at) => times.filter((time) => time === at).length)
  expect(perSecond).toEqual([30, 30, 10])
})
