import fc from "fast-check"
import { expect, test } from "vitest"
import { type AgentEvent, type EventFrame, LIMITS } from "#protocol"
import { createManualClock } from "../testing/manual-clock.ts"
import { createOutbound, prepareEvent } from "./outbound.ts"

type Sent = { type: string; id?: string } & Partial<Omit<EventFrame, "type">>

/** An outbound over a socket that flushes when it is told to. */
function start() {
  const clock = createManualClock()
  const sent: Sent[] = []
  const flushes: (() => void)[] = []
  const slow: number[] = []
  const outbound = createOutbound({
    clock,
    socket: {
      remoteAddress: undefined,
      send(text, flushed) {
        sent.push(JSON.parse(text))
        flushes.push(flushed)
      },
      close: () => undefined,
      ping: () => undefined,
      terminate: () => undefined,
      admitted: () => undefined,
    },
    stalledAfterMs: 10_000,
    onSlow: (waitingBytes) => slow.push(waitingBytes),
  })
  const flush = () => flushes.shift()?.()
  const flushAll = () => {
    while (flushes.length > 0) flush()
  }
  const respond = (id: string, size = 0) =>
    outbound.frame(JSON.stringify({ type: "res", id, ok: true, payload: "x".repeat(size) }))
  /** Fills the window, so that what follows waits. */
  const block = () => respond("block", 200 * 1024)
  return { block, clock, flush, flushAll, outbound, respond, sent, slow }
}

function delta(runId: string, offset: number, text: string, seq = 1): AgentEvent {
  const data = { messageId: `message-${runId}`, offset, delta: text }
  return { runId, sessionKey: "main", seq, ts: 0, stream: "assistant", data }
}

const tick = (ts: number) => prepareEvent("tick", { ts })
const eventsOf = (sent: readonly Sent[]) => sent.filter((frame) => frame.type === "event")

test("[E1] seq counts from 1 by one, responses have none", () => {
  const { flushAll, outbound, respond, sent } = start()
  outbound.event(tick(1))
  respond("a")
  outbound.event(tick(2))
  flushAll()
  expect(sent.map((frame) => frame.seq)).toEqual([1, undefined, 2])
})

test("[E1, E4] what waits coalesces without using up a seq", () => {
  const { block, flushAll, outbound, sent } = start()
  block()
  for (let ts = 1; ts <= 5; ts += 1) outbound.event(tick(ts))
  outbound.event(prepareEvent("presence", { presence: [] }, { presence: 1, health: 0 }))
  outbound.event(prepareEvent("presence", { presence: [] }, { presence: 2, health: 0 }))
  flushAll()
  expect(eventsOf(sent)).toMatchObject([
    { event: "tick", payload: { ts: 5 }, seq: 1 },
    { event: "presence", stateVersion: { presence: 2, health: 0 }, seq: 2 },
  ])
})

test("[E6] deltas that wait are merged, and never across a response", () => {
  const { block, flushAll, outbound, respond, sent } = start()
  outbound.event(prepareEvent("agent", delta("r", 0, "first ", 1)))
  block()
  outbound.event(prepareEvent("agent", delta("r", 6, "second ", 2)))
  outbound.event(prepareEvent("agent", delta("r", 13, "third ", 3)))
  respond("between")
  outbound.event(prepareEvent("agent", delta("r", 19, "fourth", 4)))
  flushAll()
  expect(sent.map((frame) => frame.id ?? frame.payload)).toMatchObject([
    { seq: 1, data: { offset: 0, delta: "first " } },
    "block",
    { seq: 3, data: { offset: 6, delta: "second third " } },
    "between",
    { seq: 4, data: { offset: 19, delta: "fourth" } },
  ])
})

const step = fc.oneof(
  fc.record({
    kind: fc.constant("delta" as const),
    run: fc.constantFrom("a", "b"),
    text: fc.string({ minLength: 1, maxLength: 2_000 }),
  }),
  fc.record({ kind: fc.constant("response" as const), size: fc.integer({ min: 0, max: 90_000 }) }),
  fc.record({
    kind: fc.constantFrom("tick" as const, "presence" as const, "health-like" as const),
  }),
  fc.record({ kind: fc.constant("flush" as const) }),
)

test("[E1, E6, R1] whatever is pushed and flushed, a receiver sees no gap, no lost text and each response in its place", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { flush, flushAll, outbound, respond, sent, slow } = start()
      const said: Record<string, string> = { a: "", b: "" }
      const saidBefore: Record<string, Record<string, string>> = {}
      let responses = 0
      for (const [index, each] of steps.entries()) {
        if (each.kind === "flush") flush()
        else if (each.kind === "delta") {
          const text = said[each.run] ?? ""
          outbound.event(prepareEvent("agent", delta(each.run, text.length, each.text, index + 1)))
          said[each.run] = text + each.text
        } else if (each.kind === "response") {
          responses += 1
          saidBefore[String(responses)] = { ...said }
          respond(String(responses), each.size)
        } else if (each.kind === "tick") outbound.event(tick(index))
        else
          outbound.event(prepareEvent("presence", { presence: [] }, { presence: index, health: 0 }))
        if (slow.length > 0) return
      }
      flushAll()

      expect(eventsOf(sent).map((frame) => frame.seq)).toEqual(
        eventsOf(sent).map((_, index) => index + 1),
      )
      const heard: Record<string, string> = { a: "", b: "" }
      let answered = 0
      for (const frame of sent) {
        if (frame.type === "res") {
          answered += 1
          expect(frame.id).toBe(String(answered))
          expect(heard).toEqual(saidBefore[String(answered)])
        } else if (frame.event === "agent") {
          const { data, runId } = frame.payload as Extract<AgentEvent, { stream: "assistant" }>
          expect(data.offset).toBe(heard[runId]?.length)
          heard[runId] += data.delta
        }
      }
      expect(heard).toEqual(said)
      expect(answered).toBe(responses)
      expect(outbound.waitingBytes).toBe(0)
    }),
  )
})

test("[T4] merged deltas stay far below the largest frame", () => {
  const { block, flushAll, outbound, sent } = start()
  block()
  const piece = "\u0001".repeat(5_000)
  for (let at = 0; at < 40; at += 1)
    outbound.event(prepareEvent("agent", delta("r", at * 5_000, piece)))
  flushAll()
  for (const frame of eventsOf(sent)) {
    expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThan(LIMITS.maxSentFrameBytes)
  }
})

test("a client whose queue passes the limit is slow: once, and nothing more is sent", async () => {
  const { block, clock, flushAll, respond, sent, slow } = start()
  block()
  for (let index = 0; slow.length === 0 && index < 100; index += 1) respond(`r-${index}`, 50_000)
  expect(slow).toHaveLength(1)
  expect(slow[0]).toBeGreaterThan(LIMITS.maxBufferedBytes)
  respond("late")
  flushAll()
  await clock.advance(60_000)
  expect(sent).toHaveLength(1)
  expect(slow).toHaveLength(1)
})

test("a client of whose queue nothing leaves for 10 s is slow, one that reads slowly is not", async () => {
  const { block, clock, flush, respond, slow } = start()
  block()
  for (let index = 0; index < 5; index += 1) respond(`r-${index}`, 130_000)
  for (let index = 0; index < 5; index += 1) {
    await clock.advance(9_999)
    flush()
  }
  expect(slow).toEqual([])
  await clock.advance(10_000)
  expect(slow).toHaveLength(1)
})

test("flushed resolves when all has left, and when nothing will", async () => {
  const { block, flushAll, outbound, respond } = start()
  await outbound.flushed()
  block()
  respond("waits")
  const flushed = outbound.flushed()
  flushAll()
  await flushed
  block()
  const never = outbound.flushed()
  outbound.stop()
  await never
})
