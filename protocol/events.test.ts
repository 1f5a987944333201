import { expect, test } from "vitest"
import { EVENT_NAMES, EVENTS, type EventPayload } from "./events.ts"

test("every event of the table has its name in the list", () => {
  expect(EVENT_NAMES).toEqual(Object.keys(EVENTS))
})

test("payloads are typed by the table", () => {
  // @ts-expect-error A tick has a number.
  const tick: EventPayload<"tick"> = { ts: "now" }
  // @ts-expect-error There is no such event.
  const other: EventPayload<"heartbeat"> = {}
  expect([tick, other]).toHaveLength(2)
})
