import fc from "fast-check"
import { expect, test } from "vitest"
import { type AgentEvent, createSequenceCounter, type EventFrame, LIMITS } from "#protocol"
import { createManualClock } from "../testing/manual-clock.ts"
import { createOutbound } from "./outbound.ts"
import { createRunEvents, prepareEvent } from "./prepared-event.ts"

type Sent = { type: string; id?: string } & Partial<Omit<EventFrame, "type">>

/** An outbound over a socket whose frames leave, and are read, one by one when it is told so. */
function start(received: (frame: Sent) => void = () => undefined) {
  const clock = createManualClock()
  const sent: Sent[] = []
  const flushes: (() => void)[] = []
  const slow: number[] = []
  const pings = { answered: true }
  let bufferedBytes = 0
  const outbound = createOutbound({
    clock,
    socket: {
      send(text, flushed) {
        const frame: Sent = JSON.parse(text)
        sent.push(frame)
        received(frame)
        bufferedBytes += text.length
        flushes.push(() => {
          bufferedBytes -= text.length
          flushed()
        })
      },
      get bufferedBytes() {
        return bufferedBytes
      },
      ping(mark) {
        if (pings.answered) flushes.push(() => outbound.read(mark ?? ""))
      },
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
  const runEvents = createRunEvents()
  const say = (event: AgentEvent) => outbound.event(runEvents.prepare(event))
  return { block, clock, flush, flushAll, outbound, pings, respond, say, sent, slow }
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

test("[E7, FL5] what waits coalesces without using up a seq", () => {
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

test("[E7] what was said after a response was made does not overtake it, so the later word is the newer one", () => {
  const { block, flushAll, outbound, respond, sent } = start()
  const presence = (version: number) =>
    outbound.event(prepareEvent("presence", { presence: [] }, { presence: version, health: 0 }))
  block()
  presence(1)
  respond("as it was at 1")
  presence(2)
  presence(3)
  flushAll()
  expect(sent.map((frame) => frame.id ?? frame.stateVersion?.presence)).toEqual([
    "block",
    1,
    "as it was at 1",
    3,
  ])
})

test("[E7] deltas that wait are merged, and never across a response", () => {
  const { block, flushAll, respond, say, sent } = start()
  say(delta("r", 0, "first ", 1))
  block()
  say(delta("r", 6, "second ", 2))
  say(delta("r", 13, "third ", 3))
  respond("between")
  say(delta("r", 19, "fourth", 4))
  flushAll()
  expect(sent.map((frame) => frame.id ?? frame.payload)).toMatchObject([
    { seq: 1, data: { offset: 0, delta: "first " } },
    "block",
    { seq: 3, data: { offset: 6, delta: "second third " } },
    "between",
    { seq: 4, data: { offset: 19, delta: "fourth" } },
  ])
})

const run = fc.constantFrom("a", "b")
const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant("delta" as const),
      run,
      length: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 30_000 })),
      times: fc.integer({ min: 1, max: 10 }),
    }),
  },
  // More than may wait, at once.
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("delta" as const),
      run,
      length: fc.constant(30_000),
      times: fc.constant(70),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant("response" as const),
      size: fc.integer({ min: 0, max: 90_000 }),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constantFrom("tick" as const, "presence" as const) }),
  },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant("flush" as const) }) },
)

/** A client that takes over what it lost, as the rules say, and is surprised by nothing else. */
function createReader(said: Readonly<Record<string, string>>) {
  const heard: Record<string, string> = { a: "", b: "" }
  const sequence = createSequenceCounter()
  const heardAt: Record<string, string>[] = []
  let gaps = 0
  return {
    heard,
    heardAt,
    get gaps() {
      return gaps
    },
    read(frame: Sent) {
      if (frame.type === "res") {
        expect(frame.id).toBe(String(heardAt.length))
        heardAt.push({ ...heard })
        return
      }
      if (sequence.see(frame.seq ?? 0) > 0) {
        gaps += 1
        Object.assign(heard, said)
      }
      if (frame.event !== "agent") return
      const { data, runId } = frame.payload as Extract<AgentEvent, { stream: "assistant" }>
      const have = heard[runId]?.length ?? 0
      expect(data.offset).toBeLessThanOrEqual(have)
      heard[runId] += data.delta.slice(have - data.offset)
    },
  }
}

test("[E1, E6, E7, R1] whatever is pushed and flushed, every loss shows as a gap, nothing else does, and each response is in its place", () => {
  let gaps = 0
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const said: Record<string, string> = { a: "", b: "" }
      const saidAt: Record<string, string>[] = []
      const reader = createReader(said)
      const { flush, flushAll, outbound, respond, say, slow } = start(reader.read)
      for (const [index, each] of steps.entries()) {
        if (each.kind === "flush") flush()
        else if (each.kind === "delta") {
          for (let time = 0; time < each.times; time += 1) {
            const text = said[each.run] ?? ""
            const piece = String(time % 10).repeat(each.length)
            // What is said counts from the moment that it is on its way.
            said[each.run] = text + piece
            say(delta(each.run, text.length, piece, index + 1))
          }
        } else if (each.kind === "response") {
          saidAt.push({ ...said })
          respond(String(saidAt.length - 1), each.size)
        } else if (each.kind === "tick") outbound.event(tick(index))
        else
          outbound.event(prepareEvent("presence", { presence: [] }, { presence: index, health: 0 }))
        if (slow.length > 0) return
      }
      flushAll()
      outbound.event(tick(0))
      flushAll()
      expect(reader.heard).toEqual(said)
      expect(reader.heardAt).toHaveLength(saidAt.length)
      if (reader.gaps === 0) expect(reader.heardAt).toEqual(saidAt)
      gaps += reader.gaps
    }),
    { numRuns: 60 },
  )
  expect(gaps).toBeGreaterThan(0)
})

test("[T4] merged deltas stay far below the largest frame", () => {
  const { block, flushAll, say, sent } = start()
  block()
  const piece = "\u0001".repeat(5_000)
  for (let at = 0; at < 40; at += 1) say(delta("r", at * 5_000, piece))
  flushAll()
  for (const frame of eventsOf(sent)) {
    expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThan(LIMITS.maxSentFrameBytes)
  }
})

test("[E7, FL1] a client whose queue passes the limit is slow: once, and nothing more is sent", async () => {
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

test("[E7, FL1, FL2] a client of whose queue nothing leaves for 10 s is slow, one that reads slowly is not", async () => {
  const { block, clock, flush, respond, slow } = start()
  block()
  for (let index = 0; index < 5; index += 1) respond(`r-${index}`, 130_000)
  for (let index = 0; index < 8; index += 1) {
    await clock.advance(9_999)
    flush()
  }
  expect(slow).toEqual([])
  await clock.advance(10_000)
  expect(slow).toHaveLength(1)
})

test("[E7] while a long message of the client arrives its pong is waited for, if it reads", async () => {
  const reading = start()
  reading.pings.answered = false
  const text = "x".repeat(30_000)
  for (let at = 0; at < 10; at += 1) {
    reading.say(delta("r", at * text.length, text, at + 1))
    reading.flushAll()
  }
  expect(reading.sent.length).toBeLessThan(10)
  for (let times = 0; times < 10; times += 1) {
    await reading.clock.advance(9_000)
    reading.outbound.receiving()
  }
  expect(reading.slow).toEqual([])
  await reading.clock.advance(10_000)
  expect(reading.slow).toHaveLength(1)

  const deaf = start()
  deaf.block()
  deaf.outbound.event(tick(1))
  await deaf.clock.advance(9_000)
  deaf.outbound.receiving()
  await deaf.clock.advance(1_000)
  expect(deaf.slow).toHaveLength(1)
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

test("[E7] after some of a text was given up, more of it waits only once the client has learned of that", () => {
  const { block, flushAll, outbound, say, sent } = start()
  block()
  const piece = "x".repeat(30_000)
  let at = 0
  const speak = (times: number) => {
    for (let time = 0; time < times; time += 1, at += piece.length) say(delta("r", at, piece))
  }
  while (outbound.waitingBytes > 1_000_000 || at < 1_500_000) speak(1)
  const { waitingBytes } = outbound
  speak(20)
  expect(outbound.waitingBytes).toBe(waitingBytes)
  say(delta("other", 0, "hello"))
  flushAll()
  speak(1)
  flushAll()
  expect(eventsOf(sent)).toMatchObject([
    { payload: { runId: "other", data: { delta: "hello" } } },
    { payload: { runId: "r", data: { offset: at - piece.length } } },
  ])
  const [first] = eventsOf(sent)
  expect(first?.seq).toBeGreaterThan(20)
})

test("[E7] no more events leave than the client is known to read, and a pong that nobody asked for says nothing", async () => {
  const pings: string[] = []
  const sent: string[] = []
  const outbound = createOutbound({
    clock: createManualClock(),
    socket: {
      send(text, flushed) {
        sent.push(text)
        queueMicrotask(flushed)
      },
      bufferedBytes: 0,
      ping: (mark) => void pings.push(mark ?? ""),
    },
    stalledAfterMs: 10_000,
    onSlow: () => undefined,
  })
  const { prepare } = createRunEvents()
  const piece = "x".repeat(30_000)
  for (let at = 0; at < 20; at += 1) outbound.event(prepare(delta("r", at * 30_000, piece)))
  await turn()
  expect(sent).toHaveLength(4)
  for (const mark of ["", "x", "-1", "1e9", "99999999"]) outbound.read(mark)
  await turn()
  expect(sent).toHaveLength(4)
  outbound.read(pings.at(-1) ?? "")
  await turn()
  expect(sent).toHaveLength(8)
  // A response waits for no pong, and neither does what it must not overtake.
  outbound.frame("response")
  await turn()
  expect(sent.at(-1)).toBe("response")
  expect(sent).toHaveLength(21)
})

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
