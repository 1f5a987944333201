import { signal } from "@preact/signals"
import { expect, test } from "vitest"
import { GatewayError, type LogLine } from "#protocol"
import { createFakeRequests } from "../testing/fake-requests.ts"
import { createManualClock, settle } from "../testing/manual-clock.ts"
import { createLogs, MAX_LINES } from "./logs.ts"

const line = (n: number): LogLine => ({ ts: n, level: "info", area: "hub", text: `line ${n}` })

function setUp() {
  const clock = createManualClock()
  const gateway = createFakeRequests()
  const online = signal(true)
  let isVisible = true
  const logs = createLogs({
    gateway: gateway.requests,
    clock,
    connection: { online },
    isVisible: () => isVisible,
  })
  const tail = (lines: readonly LogLine[], cursor: string) =>
    gateway.answer("logs.tail", { lines, cursor })
  const shown = () => logs.lines.value.map(({ text }) => text)
  const setVisible = (next: boolean) => {
    isVisible = next
  }
  return { clock, gateway, logs, online, tail, shown, setVisible }
}

test("[M11] the log is followed forward while somebody looks at it, and not a moment longer", async () => {
  const { clock, gateway, logs, tail, shown } = setUp()
  await clock.advance(60_000)
  expect(gateway.waiting).toEqual([])
  const stop = logs.watch()
  const first = await tail([line(1), line(2)], "2")
  expect(first).toEqual({ minLevel: "info", limit: 500 })
  expect(gateway.waiting).toEqual([])
  await clock.advance(2_000)
  expect(await tail([line(3)], "3")).toEqual({ minLevel: "info", limit: 500, cursor: "2" })
  // There was something, so there may be more.
  expect(await tail([], "3")).toMatchObject({ cursor: "3" })
  expect(shown()).toEqual(["line 1", "line 2", "line 3"])
  stop()
  await clock.advance(60_000)
  expect(gateway.waiting).toEqual([])
})

test("[M11] nothing is asked while the page is hidden, offline or paused; then what was missed comes at once", async () => {
  const { clock, gateway, logs, online, tail, shown, setVisible } = setUp()
  logs.watch()
  await tail([line(1)], "1")
  setVisible(false)
  await clock.advance(10_000)
  expect(gateway.waiting).toEqual([])
  setVisible(true)
  logs.wake()
  await tail([line(2)], "2")
  await tail([], "2")

  online.value = false
  logs.wake()
  await clock.advance(10_000)
  expect(gateway.waiting).toEqual([])
  online.value = true
  logs.wake()
  await tail([], "2")

  logs.setPaused(true)
  await clock.advance(10_000)
  expect(gateway.waiting).toEqual([])
  logs.setPaused(false)
  await tail([line(3)], "3")
  await tail([], "3")
  expect(shown()).toEqual(["line 1", "line 2", "line 3"])
})

test("[M11] another level begins anew, and an answer to the one before changes nothing", async () => {
  const { gateway, logs, tail, shown } = setUp()
  logs.watch()
  await tail([line(1)], "1")
  logs.wake()
  logs.choose("error")
  expect(shown()).toEqual([])
  expect(logs.state.value.at).toBe("loading")
  await tail([line(2)], "2")
  expect(shown()).toEqual([])
  expect(gateway.waiting).toEqual(["logs.tail"])
  expect(await tail([line(9)], "9")).toEqual({ minLevel: "error", limit: 500 })
  expect(shown()).toEqual(["line 9"])
})

test("[M11] what cannot be read is said and tried again; what is shown stays, and can be cleared", async () => {
  const { clock, gateway, logs, tail, shown } = setUp()
  logs.watch()
  await tail([line(1)], "1")
  await clock.advance(2_000)
  await gateway.refuse("logs.tail", new GatewayError("UNAVAILABLE", "The gateway is stopping."))
  expect(logs.state.value).toMatchObject({ at: "failed", error: { code: "UNAVAILABLE" } })
  expect(shown()).toEqual(["line 1"])
  logs.clear()
  await clock.advance(2_000)
  await tail([line(2)], "2")
  await tail([], "2")
  expect(logs.state.value).toEqual({ at: "live" })
  expect(shown()).toEqual(["line 2"])
})

test("[M11] however much is logged, a bounded number of the latest lines is kept", async () => {
  const { gateway, logs, tail } = setUp()
  logs.watch()
  await tail([], "0")
  logs.wake()
  for (let page = 0; page < 10; page += 1) {
    await tail(
      Array.from({ length: 500 }, (_, n) => line(page * 500 + n)),
      String(page),
    )
  }
  await settle()
  // It is followed at its own pace.
  expect(gateway.waiting).toEqual([])
  expect(logs.lines.value).toHaveLength(MAX_LINES)
  expect(logs.lines.value.at(-1)?.text).toBe("line 4999")
  expect(new Set(logs.lines.value.map(({ id }) => id)).size).toBe(MAX_LINES)
})
