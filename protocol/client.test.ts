import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { AgentAck } from "./agent.ts"
import { type ClientSignal, createProtocolClient } from "./client.ts"
import type { EventFrame, ServerFrame } from "./frames.ts"
import { events, hello, helloError, helloOk } from "./testing/samples.ts"

function createTestClient() {
  const sent: string[] = []
  const signals: ClientSignal[] = []
  const { type: _, ...rest } = hello
  const client = createProtocolClient({
    hello: rest,
    send: (text) => sent.push(text),
    on: (signal) => signals.push(signal),
  })
  return {
    client,
    signals,
    receive: (frame: ServerFrame | object) => client.receive(JSON.stringify(frame)),
    lastSent: () => JSON.parse(sent.at(-1) ?? "null"),
    sent,
  }
}

const tick = (seq: number): EventFrame => ({
  type: "event",
  event: "tick",
  seq,
  payload: { ts: 1 },
})
const ack: AgentAck = { runId: "r1", status: "accepted", sessionKey: "main", sessionId: "s1" }
const final = { runId: "r1", status: "ok", summary: "done", text: "Hello." }

describe("hello", () => {
  test("[H1] the client speaks first, as soon as the socket is open", () => {
    const { client, sent, lastSent } = createTestClient()
    expect(sent).toEqual([])
    client.opened()
    expect(lastSent()).toEqual(hello)
  })

  test("[H2] hello-ok is told with all that it holds", () => {
    const { receive, signals } = createTestClient()
    receive(helloOk)
    expect(signals).toEqual([{ kind: "ready", helloOk }])
  })

  test("[H3] hello-error is told", () => {
    const { receive, signals } = createTestClient()
    receive(helloError)
    expect(signals).toEqual([{ kind: "refused", helloError }])
  })
})

describe("requests", () => {
  test("[R1] each answer finds its request, in any order", async () => {
    const { client, receive } = createTestClient()
    const first = client.request("health", {})
    const second = client.request("system-presence", {})
    expect(second.id).not.toBe(first.id)
    receive({ type: "res", id: second.id, ok: true, payload: [] })
    receive({ type: "res", id: first.id, ok: true, payload: helloOk.snapshot.health })
    expect(await second.result).toEqual([])
    expect(await first.result).toEqual(helloOk.snapshot.health)
  })

  test("[R1, R3] a failure rejects with the error that the gateway sent", async () => {
    const { client, receive } = createTestClient()
    const { id, result } = client.call("send", { to: "x" })
    const error = { code: "NOT_LINKED", message: "WhatsApp is not linked.", retryable: false }
    receive({ type: "res", id, ok: false, error, payload: { status: "error" } })
    await expect(result).rejects.toMatchObject({ ...error, payload: { status: "error" } })
  })

  test("[M6, A1] an agent request hears of its acceptance, then of its end", async () => {
    const { client, receive } = createTestClient()
    const acks: AgentAck[] = []
    const params = { message: "Hello.", idempotencyKey: "k" }
    const { id, result } = client.request("agent", params, { onAck: (each) => acks.push(each) })
    receive({ type: "res", id, ok: true, payload: ack })
    expect(acks).toEqual([ack])
    receive({ type: "res", id, ok: true, payload: final })
    expect(await result).toEqual(final)
  })

  test("[A2] a final that comes twice counts once", async () => {
    const { client, receive } = createTestClient()
    const { id, result } = client.request("agent", { message: "Hello.", idempotencyKey: "k" })
    receive({ type: "res", id, ok: true, payload: ack })
    receive({ type: "res", id, ok: true, payload: final })
    receive({ type: "res", id, ok: true, payload: { ...final, text: "Again." } })
    expect(await result).toEqual(final)
  })

  test("[T4] a request that is larger than the gateway takes is not sent, and what follows it is", async () => {
    const { client, receive, sent, lastSent } = createTestClient()
    receive({ ...helloOk, policy: { ...helloOk.policy, maxPayload: 200 } })
    const frame = (message: string) => ({ type: "req", id: "1", method: "x", params: { message } })
    const room = 200 - new TextEncoder().encode(JSON.stringify(frame(""))).length
    // Each sign is three bytes long, and the one behind them four.
    const fits = `${"語".repeat(Math.floor(room / 3) - 2)}😀`
    const last = "x".repeat(room - new TextEncoder().encode(fits).length)
    client.call("x", { message: fits + last })
    expect(sent).toHaveLength(1)
    const tooLarge = client.call("x", { message: `${fits}${last}x` })
    await expect(tooLarge.result).rejects.toMatchObject({
      code: "INVALID_REQUEST",
      message: expect.stringContaining("at most 200 bytes"),
      details: { reason: "request_too_large" },
    })
    expect(sent).toHaveLength(1)
    client.call("health", {})
    expect(lastSent()).toMatchObject({ method: "health" })
  })

  test("[T4] what waits when the gateway closes because a message was too large is told so", async () => {
    const { client } = createTestClient()
    const { result } = client.call("x", {})
    client.closed("close 1009", 1009)
    await expect(result).rejects.toMatchObject({
      reason: "connection_lost",
      details: { closeCode: 1009 },
    })
  })

  test("[D1] what still waits when the connection closes is rejected", async () => {
    const { client, receive } = createTestClient()
    const waiting = [client.call("health", {}), client.call("status", {})]
    client.closed("1012 service restart")
    for (const { id, result } of waiting) {
      await expect(result).rejects.toMatchObject({
        code: "UNAVAILABLE",
        reason: "connection_lost",
        message: expect.stringContaining("1012 service restart"),
      })
      receive({ type: "res", id, ok: true, payload: {} })
    }
  })

  test("an answer to a forgotten or unknown request is ignored", async () => {
    const { client, receive, signals } = createTestClient()
    const { id, forget, result } = client.call("health", {})
    forget()
    receive({ type: "res", id, ok: true, payload: {} })
    receive({ type: "res", id: "unknown", ok: true, payload: {} })
    client.closed("1000")
    expect(await Promise.race([result, Promise.resolve("still waiting")])).toBe("still waiting")
    expect(signals).toEqual([])
  })

  test("methods, params and results are typed by the table", () => {
    const { client } = createTestClient()
    // @ts-expect-error There is no such method.
    client.request("relay", {})
    // @ts-expect-error `to` is missing.
    client.request("send", { message: "x", idempotencyKey: "k" })
    // @ts-expect-error Only `agent` is answered twice.
    client.request("health", {}, { onAck: (each) => each.runId })
    // @ts-expect-error A presence list is no number.
    const wrong: Promise<number> = client.request("system-presence", {}).result
    expect(wrong).toBeInstanceOf(Promise)
  })
})

describe("events", () => {
  test("[E1] events arrive as they are", () => {
    const { receive, signals } = createTestClient()
    receive(helloOk)
    for (const frame of events) receive(frame)
    expect(signals.slice(1)).toEqual(events.map((frame) => ({ kind: "event", frame })))
  })

  test("[E1, E8] a gap is told before the event that shows it", () => {
    const { receive, signals } = createTestClient()
    receive(helloOk)
    for (const seq of [1, 4]) receive(tick(seq))
    expect(signals.slice(1)).toEqual([
      { kind: "event", frame: tick(1) },
      { kind: "gap", lost: 2 },
      { kind: "event", frame: tick(4) },
    ])
  })

  test("[E1] on a new connection the numbers begin anew", () => {
    const { client, receive, signals } = createTestClient()
    receive(helloOk)
    for (const seq of [1, 2, 3, 4]) receive(tick(seq))
    client.closed("gone")
    receive(helloOk)
    for (const seq of [1, 3]) receive(tick(seq))
    expect(signals.filter((signal) => signal.kind === "gap")).toEqual([{ kind: "gap", lost: 1 }])
  })

  test("[E1] an event of an unknown name is counted and ignored", () => {
    const { receive, signals } = createTestClient()
    receive(helloOk)
    receive(tick(1))
    receive({ type: "event", event: "weather", seq: 2, payload: {} })
    receive({ type: "event", event: "constructor", seq: 3, payload: {} })
    receive(tick(4))
    expect(signals.slice(1).map((signal) => signal.kind)).toEqual(["event", "event"])
  })

  test("[E1] whatever is lost on the way is reported exactly", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (arrives) => {
        const { receive, signals } = createTestClient()
        receive(helloOk)
        const seen = arrives.flatMap((here, index) => (here ? [index + 1] : []))
        for (const seq of seen) receive(tick(seq))
        const lost = signals.reduce((sum, each) => sum + (each.kind === "gap" ? each.lost : 0), 0)
        expect(lost).toBe((seen.at(-1) ?? 0) - seen.length)
      }),
    )
  })
})

describe("what is not the gateway", () => {
  test("[CL3] text that is no frame is garbage", () => {
    const { client, signals } = createTestClient()
    client.receive("HTTP/1.1 200 OK")
    client.receive("[]")
    client.receive('{"type":5}')
    expect(signals.map((signal) => signal.kind)).toEqual(["garbage", "garbage", "garbage"])
  })

  test("a frame of a newer protocol is ignored", () => {
    const { receive, signals } = createTestClient()
    receive({ type: "goodbye" })
    receive({ type: "constructor" })
    expect(signals).toEqual([])
  })

  test("a frame without its parts is garbage and spoils nothing", async () => {
    const { client, receive, signals } = createTestClient()
    const { id, result } = client.call("health", {})
    receive({ type: "hello-ok" })
    receive({ type: "hello-error" })
    receive({ type: "res", id, ok: false })
    receive({ type: "res", id })
    receive({ type: "event", event: "tick", payload: { ts: 1 } })
    expect(signals.map((signal) => signal.kind)).toEqual(Array(5).fill("garbage"))
    receive({ type: "res", id, ok: true, payload: 1 })
    expect(await result).toBe(1)
    receive(tick(3))
    expect(signals.at(-2)).toEqual({ kind: "gap", lost: 2 })
  })

  test("no text makes the client throw", () => {
    const frame = fc.record(
      {
        type: fc.constantFrom("hello-ok", "hello-error", "res", "event", "req", "__proto__"),
        id: fc.constantFrom("1", 1, null),
        ok: fc.oneof(fc.boolean(), fc.jsonValue()),
        event: fc.oneof(fc.constantFrom("tick", "agent", "toString"), fc.jsonValue()),
        seq: fc.oneof(fc.integer(), fc.jsonValue()),
        error: fc.jsonValue(),
        payload: fc.jsonValue(),
        snapshot: fc.jsonValue(),
        policy: fc.jsonValue(),
        code: fc.jsonValue(),
      },
      { requiredKeys: ["type"] },
    )
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      frame.map((each) => JSON.stringify(each)),
    )
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), (texts) => {
        const { client } = createTestClient()
        client.call("health", {}).result.catch((error: unknown) => expect(error).toBeDefined())
        for (const each of texts) client.receive(each)
        client.closed("end of the test")
      }),
      { numRuns: 1000 },
    )
  })
})
