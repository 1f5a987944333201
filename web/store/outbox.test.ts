import { expect, test } from "vitest"
import { type AgentAck, type AgentFinal, GatewayError } from "#protocol"
import type { Requests } from "../gateway.ts"
import { createManualClock, settle } from "../testing/manual-clock.ts"
import { createMemoryStorage } from "../testing/memory-storage.ts"
import { createOutbox, type RunEnd } from "./outbox.ts"

interface Sent {
  readonly key: string
  readonly message: string
  ack(runId: string): void
  finish(runId: string): void
  fail(error: GatewayError): void
}

function setUp(storage = createMemoryStorage()) {
  const clock = createManualClock()
  const sent: Sent[] = []
  const ends: RunEnd[] = []
  const accepted: string[] = []
  const gateway: unknown = {
    request(_method: string, params: unknown, options?: { onAck?: (ack: AgentAck) => void }) {
      const { idempotencyKey: key, message } = params as { idempotencyKey: string; message: string }
      return new Promise((resolve, reject) => {
        sent.push({
          key,
          message,
          ack: (runId) =>
            options?.onAck?.({ runId, status: "accepted", sessionKey: "main", sessionId: "s" }),
          finish: (runId) => resolve({ runId, status: "ok", summary: "" } satisfies AgentFinal),
          fail: reject,
        })
      })
    },
  }
  let keys = 0
  const outbox = createOutbox({
    gateway: gateway as Requests,
    clock,
    createKey: () => {
      keys += 1
      return `k${keys}`
    },
    on: {
      accepted: ({ runId }) => void accepted.push(runId),
      ended: (end) => void ends.push(end),
    },
  })
  outbox.moveTo(storage)
  const add = (text: string) => outbox.add({ sessionKey: "main", text })
  const states = () => outbox.entries.value.map(({ key, state }) => `${key} ${state.at}`)
  return { outbox, clock, sent, ends, accepted, add, states, storage }
}

const lost = new GatewayError("UNAVAILABLE", "Lost.", { reason: "connection_lost" })

test("what is written offline goes out in order, one at a time", async () => {
  const { outbox, sent, add } = setUp()
  add("one")
  add("two")
  expect(sent).toEqual([])
  outbox.connected()
  expect(sent.map(({ message }) => message)).toEqual(["one"])
  sent[0]?.ack("r1")
  expect(sent.map(({ message }) => message)).toEqual(["one", "two"])
})

test("[WC14] what was under way when the connection was lost is sent again under its key", async () => {
  const { outbox, sent, add, states } = setUp()
  outbox.connected()
  add("one")
  sent[0]?.ack("r1")
  sent[0]?.fail(lost)
  outbox.disconnected()
  await settle()
  expect(states()).toEqual(["k1 queued"])
  outbox.connected()
  expect(sent.map(({ key }) => key)).toEqual(["k1", "k1"])
})

test("[WC5] what has arrived is not sent again", async () => {
  const { outbox, sent, add, states } = setUp()
  outbox.connected()
  add("one")
  outbox.arrived(["k1"])
  outbox.disconnected()
  outbox.connected()
  expect(sent).toHaveLength(1)
  expect(states()).toEqual([])
})

test("nothing blank is ever sent", () => {
  const { outbox, sent, add } = setUp()
  outbox.connected()
  expect(add(" \n")).toBe(false)
  expect(sent).toEqual([])
})

test("[R3] a refusal that had no effect is tried again by itself, under its key", async () => {
  const { outbox, clock, sent, add, states } = setUp()
  outbox.connected()
  add("one")
  const options = { retryable: true, retryAfterMs: 3_000 }
  sent[0]?.fail(new GatewayError("UNAVAILABLE", "Over capacity.", options))
  await settle()
  expect(states()).toEqual(["k1 waiting"])
  await clock.advance(3_000)
  expect(sent.map(({ key }) => key)).toEqual(["k1", "k1"])
})

test("any other refusal waits for the person, and does not hold up what follows", async () => {
  const { outbox, sent, add, states } = setUp()
  outbox.connected()
  add("one")
  add("two")
  sent[0]?.fail(new GatewayError("INVALID_REQUEST", "No."))
  await settle()
  expect(states()).toEqual(["k1 failed", "k2 sending"])
  outbox.disconnected()
  outbox.connected()
  expect(states()).toEqual(["k1 failed", "k2 sending"])
})

test("[A2] the end of a run is told whether or not the row is still here", async () => {
  const { outbox, sent, add, ends, accepted } = setUp()
  outbox.connected()
  add("one")
  sent[0]?.ack("r1")
  outbox.arrived(["k1"])
  sent[0]?.fail(new GatewayError("AGENT_TIMEOUT", "Too late."))
  await settle()
  expect(accepted).toEqual(["r1"])
  expect(ends).toMatchObject([{ runId: "r1", error: { code: "AGENT_TIMEOUT" } }])
})

test("a reload brings back what was not sent, under its keys", () => {
  const storage = createMemoryStorage()
  setUp(storage).add("one")
  const { outbox, sent } = setUp(storage)
  outbox.connected()
  expect(sent.map(({ key, message }) => [key, message])).toEqual([["k1", "one"]])
})

test("what does not look like entries in the storage is left alone", () => {
  const { states } = setUp(createMemoryStorage({ outbox: '[{"key":1},null,"x"]' }))
  expect(states()).toEqual([])
})
