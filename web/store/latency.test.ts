import { signal } from "@preact/signals"
import { expect, test } from "vitest"
import { GatewayError } from "#protocol"
import { createFakeRequests } from "../testing/fake-requests.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { createLatency } from "./latency.ts"

function setUp({ isOnline = true, isOffered = true } = {}) {
  const clock = createManualClock()
  const gateway = createFakeRequests()
  const connection = { online: signal(isOnline), offers: () => isOffered }
  return {
    clock,
    gateway,
    latency: createLatency({ gateway: gateway.requests, clock, connection }),
  }
}

test("the time of the last answer counts, and one question is asked at a time", async () => {
  const { clock, gateway, latency } = setUp()
  const measured = latency.measure()
  void latency.measure()
  expect(gateway.waiting).toEqual(["commands.list"])
  await clock.advance(142)
  await gateway.answer("commands.list", { commands: [] })
  await measured
  expect(latency.ms.value).toBe(142)
})

test("a question that fails changes nothing, and another may follow", async () => {
  const { gateway, latency } = setUp()
  const measured = latency.measure()
  await gateway.refuse("commands.list", new GatewayError("UNAVAILABLE", "gone"))
  await measured
  expect(latency.ms.value).toBeUndefined()
  void latency.measure()
  expect(gateway.waiting).toEqual(["commands.list"])
})

test.for([{ isOnline: false }, { isOffered: false }])("nothing is asked with %o", async (parts) => {
  const { gateway, latency } = setUp(parts)
  await latency.measure()
  expect(gateway.waiting).toEqual([])
})
