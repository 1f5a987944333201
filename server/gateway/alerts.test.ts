import { expect, test } from "vitest"
import type { ChannelHealth } from "#protocol"
import type { Channel } from "../channels/channel.ts"
import { silentLogger } from "../host/logger.ts"
import type { NewDelivery } from "../store/store.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { createMemorySlot } from "../testing/memory-slot.ts"
import { createAlerts } from "./alerts.ts"
import { createChannels } from "./channels.ts"
import { createHandles } from "./handles.ts"

const HOUR_MS = 3_600_000

function start(to: string | undefined, facts = new Map<string, string>()) {
  const clock = createManualClock()
  const states = new Map<string, Partial<ChannelHealth>>()
  const slots = ["pigeon", "crow"].map((id) => {
    const health = () => ({ configured: true, state: "open", ...states.get(id) })
    // Nothing else is asked of it.
    return createMemorySlot({ id, channel: { id, health } as Channel })
  })
  const channels = createChannels(slots, clock)
  const store = {
    get: async (area: string, key: string) => facts.get(`${area} ${key}`),
    set: async (area: string, key: string, value: string) => {
      facts.set(`${area} ${key}`, value)
    },
  }
  const sent: NewDelivery[] = []
  const added: string[] = []
  const notices: string[] = []
  const alerts = createAlerts({
    channels,
    clock,
    to,
    handles: createHandles(store, channels),
    facts: store,
    outbox: { add: async (delivery) => void sent.push(delivery) },
    added: ({ id }) => added.push(id),
    notices: { add: (text) => notices.push(text) },
    log: silentLogger,
    timings: { alertEveryMs: HOUR_MS },
  })
  const enter = async (id: string, health: Partial<ChannelHealth>) => {
    states.set(id, health)
    alerts.look(id)
    alerts.look(id)
    await alerts.stop()
  }
  const texts = () => sent.map(({ channel, chat, items }) => [channel, chat, items[0]?.text])
  return { added, clock, enter, facts, notices, sent, texts }
}

test.for([
  ["logged_out", "Memory: The account was logged out. (bye)"],
  ["banned", "Memory: The service has banned the account. (bye)"],
  ["replaced", "Memory: Another client took over the connection. (bye)"],
  ["failed", "Memory: The connection was given up. (bye)"],
] as const)("a channel that is %s is told of through another one", async ([state, text]) => {
  const { added, enter, notices, sent, texts } = start("crow:7")
  await enter("pigeon", { state: "open" })
  await enter("pigeon", { state: "waiting" })
  expect(sent).toEqual([])
  await enter("pigeon", { state, lastError: "bye" })
  expect(texts()).toEqual([["crow", "7", text]])
  expect(added).toEqual(sent.map(({ id }) => id))
  expect(notices).toEqual([])
})

test("the same trouble is told once in a while, also by the next process, another one at once", async () => {
  const { clock, enter, facts, sent } = start("crow:7")
  for (const state of ["failed", "open", "failed", "open"] as const)
    await enter("pigeon", { state })
  expect(sent).toHaveLength(1)
  await enter("pigeon", { state: "banned" })
  expect(sent).toHaveLength(2)
  const next = start("crow:7", facts)
  await next.enter("pigeon", { state: "banned" })
  expect(next.sent).toEqual([])
  await clock.advance(HOUR_MS)
  await enter("pigeon", { state: "failed" })
  expect(sent).toHaveLength(3)
})

test("[WA23] trouble is told also where an earlier one was told by a clock that was ahead", async () => {
  const { clock, enter, sent } = start("crow:7")
  clock.set(365 * 24 * HOUR_MS)
  await enter("pigeon", { state: "failed" })
  clock.set(-365 * 24 * HOUR_MS)
  await enter("pigeon", { state: "open" })
  await enter("pigeon", { state: "failed" })
  expect(sent).toHaveLength(2)
})

test("trouble of the very channel that would carry it becomes a notice", async () => {
  const { enter, notices, sent } = start("crow:7")
  await enter("crow", { state: "logged_out" })
  expect(sent).toEqual([])
  expect(notices).toEqual(["Memory: The account was logged out."])
})

test("without an address nobody is told", async () => {
  const { enter, facts, notices, sent } = start(undefined)
  await enter("pigeon", { state: "failed" })
  expect([sent, notices, [...facts]]).toEqual([[], [], []])
})
