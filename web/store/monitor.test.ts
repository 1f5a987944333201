import { expect, test } from "vitest"
import type { EventFrame } from "#protocol"
import { createManualClock } from "../testing/manual-clock.ts"
import { createMonitor, MAX_ENTRIES } from "./monitor.ts"

const tick = (seq: number): EventFrame => ({
  type: "event",
  event: "tick",
  payload: { ts: seq },
  seq,
})

function setUp() {
  const clock = createManualClock()
  const monitor = createMonitor({ clock })
  const shown = () =>
    monitor.entries.value.map((entry) =>
      entry.kind === "event" ? `${entry.event} ${entry.seq}` : entry.kind,
    )
  return { clock, monitor, shown }
}

test("while nobody looks, nothing of an event is kept or even read", async () => {
  const { clock, monitor, shown } = setUp()
  const unread = new Proxy(tick(1), {
    get() {
      throw new Error("the frame was looked at")
    },
  })
  monitor.event(unread)
  monitor.missed(3)
  await clock.advance(1_000)
  const stop = monitor.watch()
  await clock.advance(1_000)
  expect(shown()).toEqual([])
  monitor.event(tick(2))
  await clock.advance(100)
  expect(shown()).toEqual(["tick 2"])
  stop()
  monitor.event(unread)
  expect(shown()).toEqual([])
})

test("[E1] events show with number, size and count, and what was lost between them", async () => {
  const { clock, monitor, shown } = setUp()
  monitor.watch()
  monitor.connected()
  monitor.event(tick(1))
  monitor.missed(4)
  monitor.event(tick(6))
  monitor.event({ type: "event", event: "shutdown", payload: { reason: "é" }, seq: 7 })
  expect(shown()).toEqual([])
  await clock.advance(100)
  expect(shown()).toEqual(["connected", "tick 1", "gap", "tick 6", "shutdown 7"])
  expect([...monitor.counts.value]).toEqual([
    ["tick", 2],
    ["shutdown", 1],
  ])
  expect(monitor.lost.value).toBe(4)
  const wire = '{"type":"event","event":"shutdown","payload":{"reason":"é"},"seq":7}'
  expect(monitor.entries.value.at(-1)).toMatchObject({
    bytes: new TextEncoder().encode(wire).length,
    payload: { reason: "é" },
  })
  monitor.clear()
  expect([shown(), monitor.counts.value.size, monitor.lost.value]).toEqual([[], 0, 0])
})

test("what comes during a pause is not shown, and the latest 500 are kept of what comes", async () => {
  const { clock, monitor, shown } = setUp()
  monitor.watch()
  monitor.event(tick(1))
  monitor.setPaused(true)
  expect(shown()).toEqual(["tick 1"])
  monitor.event(tick(2))
  monitor.setPaused(false)
  for (let seq = 3; seq < 3_000; seq += 1) monitor.event(tick(seq))
  await clock.advance(100)
  expect(shown()).toHaveLength(MAX_ENTRIES)
  expect(shown().at(-1)).toBe("tick 2999")
  expect(monitor.counts.value.get("tick")).toBe(2_998)
})

test("[M10] a code that links an account is not shown among the events", async () => {
  const { clock, monitor } = setUp()
  monitor.watch()
  const payload = { loginId: "l", state: "code", qr: "secret-1", code: "secret-2" } as const
  monitor.event({ type: "event", event: "login", payload, seq: 1 })
  await clock.advance(100)
  const kept = JSON.stringify(monitor.entries.value)
  expect(kept).toContain('"state":"code"')
  expect(kept).not.toContain("secret")
})
