// What reaches clients of every speed, without a network: the real queue, the real counter of losses, and a
// link of which the test says how fast it is.

import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { expect, test } from "vitest"
import { type AgentEvent, createSequenceCounter, type EventFrame, LIMITS } from "#protocol"
import { createManualClock, type ManualClock } from "../testing/manual-clock.ts"
import { createOutbound, type Outbound } from "./outbound.ts"
import { createRunEvents, prepareEvent } from "./prepared-event.ts"

/** Asked for by a flag, because a million takes a while. */
const EVENTS = Number(process.env["CLAWDIS_EVENTS"] ?? 100_000)

type Frame = { readonly type: string; readonly id?: string } & Partial<Omit<EventFrame, "type">>

interface Link {
  readonly outbound: Outbound
  readonly slow: readonly number[]
  /** Lets what was sent arrive, up to so many bytes; a frame that fits only partly goes on the next time. */
  carry(bytes: number): void
}

/** A link that takes all at once and delivers as many bytes as the test lets through. */
function createLink(clock: ManualClock, arrived: (text: string) => void): Link {
  const slow: number[] = []
  let bufferedBytes = 0
  const way: { readonly arrive: () => void; left: number }[] = []
  const outbound = createOutbound({
    clock,
    socket: {
      send(text, flushed, asking) {
        const length = Buffer.byteLength(text)
        bufferedBytes += text.length
        const arrive = () => {
          bufferedBytes -= text.length
          flushed()
          arrived(text)
        }
        let from = 0
        for (; asking && from + asking.everyBytes < length; from += asking.everyBytes) {
          const mark = asking.mark(from + asking.everyBytes)
          way.push({ arrive: () => undefined, left: asking.everyBytes })
          way.push({ arrive: () => outbound.read(mark), left: 10 })
        }
        way.push({ arrive, left: length - from })
      },
      get bufferedBytes() {
        return bufferedBytes
      },
      ping: (mark) => void way.push({ arrive: () => outbound.read(mark ?? ""), left: 10 }),
    },
    stalledAfterMs: 10_000,
    onSlow: (waitingBytes) => slow.push(waitingBytes),
  })
  return {
    outbound,
    slow,
    carry(bytes) {
      let budget = bytes
      while (budget > 0) {
        const next = way[0]
        if (next === undefined) return
        const passing = Math.min(budget, next.left)
        next.left -= passing
        budget -= passing
        if (next.left > 0) return
        way.shift()
        next.arrive()
      }
    },
  }
}

/** A run that speaks, and what it has said so far. */
function createSpeaker(runId: string) {
  let said = 0
  let seq = 0
  const event = (words: Pick<AgentEvent, "stream" | "data">): AgentEvent => {
    seq += 1
    return { runId, sessionKey: "main", seq, ts: 0, ...words } as AgentEvent
  }
  return {
    get said() {
      return said
    },
    speak(text: string) {
      const data = { messageId: `of-${runId}`, offset: said, delta: text }
      said += text.length
      return event({ stream: "assistant", data })
    },
    end: () => event({ stream: "lifecycle", data: { phase: "ended" } }),
  }
}

/** Reads frames, and after a gap asks for what it lost, which it then has. */
function createReader(said: () => Iterable<readonly [runId: string, length: number]>) {
  const sequence = createSequenceCounter()
  const heard = new Map<string, number>()
  const seen = { gaps: 0, lost: 0, events: 0, surprises: 0, ended: 0, responses: [] as string[] }
  return {
    seen,
    heard,
    read(text: string) {
      const frame: Frame = JSON.parse(text)
      if (frame.type === "res") {
        seen.responses.push(frame.id ?? "")
        return
      }
      seen.events += 1
      const lost = sequence.see(frame.seq ?? 0)
      if (lost > 0) {
        seen.gaps += 1
        seen.lost += lost
        for (const [runId, length] of said()) heard.set(runId, length)
      }
      if (frame.event !== "agent") return
      const { data, runId, stream } = frame.payload as AgentEvent
      if (stream === "lifecycle") seen.ended += 1
      if (stream !== "assistant") return
      const have = heard.get(runId) ?? 0
      // More text than the client can join, and no gap that told of it: a loss that was missed.
      if (data.offset > have) seen.surprises += 1
      heard.set(runId, Math.max(have, data.offset + data.delta.length))
    },
  }
}

const response = (id: string, bytes: number) =>
  JSON.stringify({ type: "res", id, ok: true, payload: "x".repeat(bytes) })

test("[FL2, T4] a client on 256 kbit/s that reads a long history is never slow", async () => {
  const clock = createManualClock()
  const reader = createReader(() => [])
  const { carry, outbound, slow } = createLink(clock, reader.read)
  // The largest frame of all, then ten of the largest pages, all asked for at once.
  outbound.frame(response("largest", LIMITS.maxSentFrameBytes - 100))
  for (let page = 0; page < 10; page += 1) {
    outbound.frame(response(String(page), LIMITS.maxHistoryBytes - 100))
  }
  for (let second = 0; second < 45; second += 1) {
    await clock.advance(1_000)
    carry(32_000)
  }
  expect(slow).toEqual([])
  expect(reader.seen.responses).toHaveLength(11)
})

test("[E7] a client on 32 kbit/s that reads is never slow, though it takes a minute for a frame", async () => {
  const clock = createManualClock()
  const reader = createReader(() => [])
  const { carry, outbound, slow } = createLink(clock, reader.read)
  outbound.frame(response("largest", LIMITS.maxSentFrameBytes - 100))
  outbound.event(prepareEvent("tick", { ts: 0 }))
  for (let second = 0; second < 70; second += 1) {
    await clock.advance(1_000)
    carry(4_000)
  }
  expect(slow).toEqual([])
  expect(reader.seen).toMatchObject({ responses: ["largest"], events: 1 })
})

test("[FL3] a burst and then calm: what waited arrives, and nobody is closed", async () => {
  const clock = createManualClock()
  const speaker = createSpeaker("run")
  const { prepare } = createRunEvents()
  const reader = createReader(() => [["run", speaker.said]])
  const { carry, outbound, slow } = createLink(clock, reader.read)
  for (let burst = 0; burst < 3; burst += 1) {
    for (let piece = 0; piece < 1_000; piece += 1)
      outbound.event(prepare(speaker.speak("x".repeat(1_000))))
    for (let second = 0; second < 40; second += 1) {
      await clock.advance(1_000)
      carry(32_000)
    }
  }
  expect(slow).toEqual([])
  expect(reader.seen.gaps).toBe(0)
  expect(reader.heard.get("run")).toBe(speaker.said)
})

test("[E7, FL9] an agent that says 10 MB a second: a healthy client hears all of it, a slow one its end", async () => {
  const clock = createManualClock()
  const speaker = createSpeaker("run")
  const { prepare } = createRunEvents()
  const fast = createReader(() => [["run", speaker.said]])
  const slow = createReader(() => [["run", speaker.said]])
  const links = [createLink(clock, fast.read), createLink(clock, slow.read)] as const
  for (let turn = 0; turn < 100; turn += 1) {
    for (let piece = 0; piece < 100; piece += 1) {
      const prepared = prepare(speaker.speak("x".repeat(1_000)))
      for (const { outbound } of links) outbound.event(prepared)
    }
    await clock.advance(10)
    links[0].carry(1_000_000)
    links[1].carry(320)
  }
  const end = prepare(speaker.end())
  for (const { outbound } of links) {
    outbound.event(end)
    outbound.frame(response("final", 100))
  }
  for (let second = 0; second < 120; second += 1) {
    await clock.advance(1_000)
    for (const { carry } of links) carry(32_000)
  }
  expect(speaker.said).toBe(10_000_000)
  expect(fast.heard.get("run")).toBe(speaker.said)
  expect(fast.seen).toMatchObject({ gaps: 0, surprises: 0, ended: 1, responses: ["final"] })
  expect(fast.seen.events).toBeLessThan(10_000 / 5)
  expect(slow.seen).toMatchObject({ surprises: 0, ended: 1, responses: ["final"] })
  expect(slow.seen.gaps).toBeGreaterThan(0)
  expect(links.flatMap((link) => link.slow)).toEqual([])
})

test("[E7, FL9] 10 MB in one moment close nobody who reads, and the final is not given up", async () => {
  const clock = createManualClock()
  const speaker = createSpeaker("run")
  const { prepare } = createRunEvents()
  const reader = createReader(() => [["run", speaker.said]])
  const { carry, outbound, slow } = createLink(clock, reader.read)
  for (let piece = 0; piece < 320; piece += 1)
    outbound.event(prepare(speaker.speak("x".repeat(32_000))))
  for (let call = 0; call < 50; call += 1) {
    const data = {
      phase: "end",
      callId: String(call),
      name: "read",
      output: "y".repeat(60_000),
    } as const
    outbound.event(
      prepare({ runId: "run", sessionKey: "main", seq: 9, ts: 0, stream: "tool", data }),
    )
  }
  outbound.event(prepare(speaker.end()))
  outbound.frame(response("final", 200_000))
  expect(outbound.waitingBytes).toBeLessThan(LIMITS.maxBufferedBytes + 512 * 1024)
  for (let turn = 0; turn < 100; turn += 1) {
    await clock.advance(10)
    carry(1_000_000)
  }
  expect(slow).toEqual([])
  expect(reader.seen).toMatchObject({ surprises: 0, ended: 1, responses: ["final"] })
  expect(reader.seen.gaps).toBeGreaterThan(0)
})

test("[E2, FL5] versions never go back, and none is told before what it counts", () => {
  const clock = createManualClock()
  const versions: unknown[] = []
  const { carry, outbound } = createLink(clock, (text) => {
    const { event, stateVersion }: Frame = JSON.parse(text)
    if (event !== undefined) versions.push([event, stateVersion])
  })
  outbound.frame(response("blocks", 200_000))
  outbound.event(prepareEvent("presence", { presence: [] }, { presence: 1, health: 0 }))
  const health = {} as Extract<EventFrame, { event: "health" }>["payload"]
  outbound.event(prepareEvent("health", health, { presence: 1, health: 1 }))
  outbound.event(prepareEvent("presence", { presence: [] }, { presence: 2, health: 1 }))
  carry(1_000_000)
  expect(versions).toEqual([
    ["presence", { presence: 2, health: 0 }],
    ["health", { presence: 2, health: 1 }],
  ])
})

test("[E1, E7, FL5, FL6] very many events for a mix of slow and fast clients: no false gap, and no missed true one", async () => {
  const clock = createManualClock()
  const speakers = ["a", "b", "c"].map((runId) => ({ runId, speaker: createSpeaker(runId) }))
  const said = () => speakers.map(({ runId, speaker }) => [runId, speaker.said] as const)
  const { prepare } = createRunEvents()
  // Bytes in each 10 ms.
  const speeds = [10_000_000, 200_000, 2_000, 320]
  const clients = speeds.map((speed) => {
    const reader = createReader(said)
    const ids: string[] = []
    return { reader, ids, speed, link: createLink(clock, reader.read) }
  })
  let pushed = 0
  const everybody = (push: (outbound: Outbound) => void) => {
    pushed += 1
    for (const { link } of clients) push(link.outbound)
  }
  for (let turn = 0; pushed < EVENTS; turn += 1) {
    for (const { speaker } of speakers) {
      // Sometimes a whisper, sometimes a flood.
      const length = turn % 7 === 0 ? 2_000 : 20
      for (let piece = 0; piece < 30; piece += 1) {
        const prepared = prepare(speaker.speak("x".repeat(length)))
        everybody((outbound) => outbound.event(prepared))
      }
    }
    const tick = prepareEvent("tick", { ts: turn })
    everybody((outbound) => outbound.event(tick))
    const presence = prepareEvent("presence", { presence: [] }, { presence: turn, health: 0 })
    everybody((outbound) => outbound.event(presence))
    if (turn % 50 === 0) {
      for (const { ids, link } of clients) {
        ids.push(String(turn))
        link.outbound.frame(response(String(turn), 500))
      }
    }
    if (turn % 20 === 0) await clock.advance(10)
    for (const { link, speed } of clients) link.carry(speed)
  }
  for (let second = 0; second < 100; second += 1) {
    await clock.advance(1_000)
    for (const { link } of clients) link.carry(100_000)
  }
  everybody((outbound) => outbound.event(prepareEvent("tick", { ts: 0 })))
  for (const { link } of clients) link.carry(100_000)

  for (const { ids, link, reader } of clients) {
    expect(link.slow).toEqual([])
    expect(reader.seen.surprises).toBe(0)
    expect(reader.seen.responses).toEqual(ids)
    for (const { runId, speaker } of speakers) expect(reader.heard.get(runId)).toBe(speaker.said)
  }
  const gaps = clients.map(({ reader }) => reader.seen.gaps)
  expect(gaps.slice(0, 2)).toEqual([0, 0])
  expect(gaps.at(-1)).toBeGreaterThan(0)
}, 600_000)

test("[E7, FL4] what a thousand clients that do not read have waiting stays below 64 MB", () => {
  setFlagsFromString("--expose-gc")
  const collect: () => void = runInNewContext("gc")
  const usedBytes = () => {
    collect()
    const { arrayBuffers, heapUsed } = process.memoryUsage()
    return arrayBuffers + heapUsed
  }
  const clock = createManualClock()
  const before = usedBytes()
  // What leaves is held by the socket as bytes, for ever.
  const held: Buffer[] = []
  const outbounds = Array.from({ length: 1_000 }, () => {
    const socket = {
      bufferedBytes: 0,
      send(text: string) {
        held.push(Buffer.from(text))
        socket.bufferedBytes += text.length
      },
      ping: () => undefined,
    }
    return createOutbound({ clock, socket, stalledAfterMs: 10_000, onSlow: () => undefined })
  })
  const speaker = createSpeaker("run")
  const { prepare } = createRunEvents()
  const entry = { host: "h", text: "x".repeat(200), ts: 0 }
  const presence = { presence: Array.from({ length: 200 }, () => entry) }
  for (let turn = 0; turn < 10; turn += 1) {
    const events = [
      ...Array.from({ length: 20 }, () => prepare(speaker.speak("x".repeat(10_000)))),
      prepareEvent("tick", { ts: turn }),
      prepareEvent("presence", presence, { presence: turn, health: 0 }),
    ]
    for (const outbound of outbounds) for (const event of events) outbound.event(event)
  }
  const cost = usedBytes() - before
  expect(held.length).toBeGreaterThanOrEqual(1_000)
  expect(cost).toBeLessThan(64 * 1024 * 1024)
  for (const outbound of outbounds) {
    expect(outbound.waitingBytes).toBeGreaterThan(0)
    outbound.stop()
  }
  held.length = 0
  expect(usedBytes() - before).toBeLessThan(16 * 1024 * 1024)
})
