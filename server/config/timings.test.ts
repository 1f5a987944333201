import { expect, test } from "vitest"
import type { ChannelTimings } from "../channels/channel.ts"
import { DEFAULT_TIMINGS, divideTimings } from "./timings.ts"

test("the channels' waits are the ones a channel asks for", () => {
  const timings: ChannelTimings = DEFAULT_TIMINGS.channels
  expect(timings.longPollMs).toBeLessThan(timings.requestTimeoutMs)
})

test("a divided wait is shorter, and never below 1 ms", () => {
  const timings = divideTimings(DEFAULT_TIMINGS, 100)
  expect(timings.gateway.helloTimeoutMs).toBe(100)
  expect(timings.agent.deltaPauseMs).toBe(1)
  expect(DEFAULT_TIMINGS.gateway.helloTimeoutMs).toBe(10_000)
})
