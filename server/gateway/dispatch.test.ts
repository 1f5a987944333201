import fc from "fast-check"
import * as v from "valibot"
import { expect, test } from "vitest"
import { RequestFrame, ResponseFrame } from "#protocol"
import { silentLogger } from "../host/logger.ts"
import type { Connection } from "./connection.ts"
import { createDispatch, type Handlers } from "./dispatch.ts"

const OVER_CAPACITY = { retryable: true, details: { reason: "over_capacity" } }

/** A dispatch with one handler, and a connection that remembers its responses. */
function start(health: Handlers["health"]) {
  const responses: ResponseFrame[] = []
  const ready = Promise.withResolvers<void>()
  const connection = {
    connId: "c",
    openRequests: new Set<string>(),
    followedRuns: new Set<string>(),
    respond: (text: string) => responses.push(JSON.parse(text) as ResponseFrame),
  } as Partial<Connection> as Connection
  const dispatch = createDispatch({
    handlers: { health } as Partial<Handlers> as Handlers,
    log: silentLogger,
    isShuttingDown: () => false,
    ready: ready.promise,
  })
  const request = (id: string, params = {}, from = connection) =>
    dispatch.frame(from, { type: "req", id, method: "health", params })
  return { connection, dispatch, ready, request, responses }
}

test("[A6] no request is worked on before what an earlier process left was taken up", async () => {
  let calls = 0
  const { dispatch, ready, request, responses } = start(async () => {
    calls += 1
    return {} as never
  })
  request("1")
  await new Promise((resolve) => setImmediate(resolve))
  expect([calls, responses]).toEqual([0, []])
  ready.resolve()
  await dispatch.settled()
  expect([calls, responses]).toMatchObject([1, [{ id: "1", ok: true }]])
})

test("[R7, CR11] what open requests keep in memory is bounded, over all connections", async () => {
  const { connection, dispatch, ready, request, responses } = start(async () => ({}) as never)
  const greedy = Array.from({ length: 3 }, (_, nth) => ({
    ...connection,
    connId: `greedy ${nth}`,
    openRequests: new Set<string>(),
  }))
  // Each may have half of what all share, and a little that is its own.
  const large = { text: "x".repeat(32 * 1024 * 1024 - 8) }
  const [first, ...others] = greedy
  request("1", large, first)
  request("2", { text: "one more" }, first)
  expect(responses).toMatchObject([{ id: "2", ok: false, error: OVER_CAPACITY }])
  for (const [nth, other] of others.entries()) request(String(nth + 3), large, other)
  expect(responses).toHaveLength(2)
  expect(responses[1]).toMatchObject({ id: "4", ok: false, error: OVER_CAPACITY })
  ready.resolve()
  await dispatch.settled()
  expect(responses).toHaveLength(4)
  // Answered, they are kept no longer.
  for (const [nth, other] of greedy.slice(0, 2).entries()) request(String(nth + 5), large, other)
  await dispatch.settled()
  for (const response of responses.slice(4)) {
    expect(response).toMatchObject({ error: { code: "INVALID_REQUEST" } })
  }
})

test("[R7] however greedy others are, a quiet client's requests are taken", async () => {
  const { connection, dispatch, ready, request, responses } = start(async () => ({}) as never)
  const large = { text: "x".repeat(8 * 1024 * 1024 - 8) }
  for (let nth = 0; nth < 20; nth += 1) {
    const greedy = { ...connection, connId: `greedy ${nth}`, openRequests: new Set<string>() }
    for (let id = 0; id < 5; id += 1) request(String(id), large, greedy)
  }
  expect(responses.length).toBeGreaterThan(90)
  const refused = responses.length
  const quiet = { ...connection, connId: "quiet", openRequests: new Set<string>() }
  for (let id = 0; id < 60; id += 1) request(String(id), { text: "y".repeat(1_000) }, quiet)
  expect(responses).toHaveLength(refused)
  ready.resolve()
  await dispatch.settled()
  expect(responses).toHaveLength(100 + 60)
})

test("[E6] a run is followed until its request is answered, and nothing of it is kept", async () => {
  const gate = Promise.withResolvers<never>()
  const { connection, dispatch, ready, request } = start(async (_params, { follow }) => {
    follow("run")
    return gate.promise
  })
  ready.resolve()
  request("1")
  await new Promise((resolve) => setImmediate(resolve))
  expect([...connection.followedRuns]).toEqual(["run"])
  gate.reject(new Error("broken"))
  await dispatch.settled()
  expect([...connection.followedRuns, ...connection.openRequests]).toEqual([])
})

test("[R3] what is no expected failure is UNAVAILABLE, and its cause stays inside", async () => {
  const { dispatch, ready, request, responses } = start(async () => {
    throw new Error("the secret cause")
  })
  ready.resolve()
  request("1")
  await dispatch.settled()
  expect(responses).toEqual([
    {
      type: "res",
      id: "1",
      ok: false,
      error: {
        code: "UNAVAILABLE",
        message: "Internal error.",
        details: { reason: "internal" },
        retryable: false,
      },
    },
  ])
})

test("[T4] an answer that is too large for a frame is not sent", async () => {
  const { dispatch, ready, request, responses } = start(
    async () => ({ text: "x".repeat(300_000) }) as never,
  )
  ready.resolve()
  request("1")
  await dispatch.settled()
  expect(responses).toMatchObject([{ ok: false, error: { code: "UNAVAILABLE" } }])
})

test("[R1, R4, R6] any values at all are answered one by one, in the published shape, and nothing stays open", async () => {
  const id = fc.oneof(fc.constantFrom("1", "2"), fc.string(), fc.jsonValue())
  const method = fc.oneof(fc.constantFrom("health", "toString", "__proto__"), fc.string())
  const frame = fc.record(
    { type: fc.constantFrom("req", "req", "req", "res"), id, method, params: fc.jsonValue() },
    { requiredKeys: [] },
  )
  const value = fc.oneof({ weight: 4, arbitrary: frame }, { weight: 1, arbitrary: fc.jsonValue() })
  await fc.assert(
    fc.asyncProperty(fc.array(value, { maxLength: 10 }), async (values) => {
      const { connection, dispatch, ready, responses } = start(async () => ({}) as never)
      let invalid = 0
      const rig = Object.assign(connection, {
        noteInvalidFrame() {
          invalid += 1
        },
      })
      for (const each of values) dispatch.frame(rig, each)
      ready.resolve()
      await dispatch.settled()
      expect(responses).toHaveLength(values.length)
      for (const response of responses) expect(v.is(ResponseFrame, response)).toBe(true)
      expect(invalid).toBe(values.filter((each) => !v.is(RequestFrame, each)).length)
      expect(connection.openRequests.size).toBe(0)
    }),
  )
})
