import fc from "fast-check"
import { expect, test } from "vitest"
import type { AgentEvent, ChatHistory, ChatMessage } from "#protocol"
import { message } from "../testing/samples.ts"
import {
  addAcceptedRun,
  addMessage,
  applyAgentEvent,
  EMPTY_TRANSCRIPT,
  endRun,
  markMissed,
  mergeNewest,
  mergeOlder,
  overlaps,
  type Transcript,
} from "./transcript.ts"

function page(messages: ChatMessage[], more: Partial<ChatHistory> = {}): ChatHistory {
  return { sessionKey: "main", sessionId: "s", messages, ...more }
}

function newest(before: Transcript, ...given: Parameters<typeof page>): Transcript {
  return mergeNewest(before, { page: page(...given), asked: before })
}

const idsOf = ({ messages }: Transcript) => messages.map(({ id }) => id)

function delta(runId: string, text: string): AgentEvent {
  const data = { messageId: "m", offset: 0, delta: text }
  return { runId, sessionKey: "main", seq: 1, ts: 5, stream: "assistant", data }
}

test("a page never removes rows outside its own range", () => {
  const before = newest(EMPTY_TRANSCRIPT, [message("a", 1), message("b", 2)])
  const after = newest(before, [message("b", 2), message("c", 3)], { cursor: "1" })
  expect(idsOf(after)).toEqual(["a", "b", "c"])
  expect(after.cursor).toBeUndefined()
})

test("the gateway's version of a row replaces the one that is shown", () => {
  const before = newest(EMPTY_TRANSCRIPT, [message("a", 1)])
  const after = newest(before, [message("a", 1, { status: "error" })])
  expect(after.messages[0]?.status).toBe("error")
})

test("rows of the same moment keep the order of the page", () => {
  const live = addMessage(addMessage(EMPTY_TRANSCRIPT, message("b", 1)), message("a", 1))
  expect(idsOf(newest(live, [message("a", 1), message("b", 1)]))).toEqual(["a", "b"])
})

test("an earlier page comes before what is shown, and its cursor leads on", () => {
  const before = newest(EMPTY_TRANSCRIPT, [message("c", 3)], { cursor: "2" })
  const after = mergeOlder(before, page([message("a", 1), message("b", 2)], { cursor: "0" }))
  expect(idsOf(after)).toEqual(["a", "b", "c"])
  expect(after.cursor).toBe("0")
})

test("a reset begins an empty conversation", () => {
  const before = newest(EMPTY_TRANSCRIPT, [message("a", 1)], { cursor: "0" })
  const after = newest(before, [message("b", 2)], { sessionId: "other" })
  expect(idsOf(after)).toEqual(["b"])
  expect(mergeOlder(after, page([message("old", 0)]))).toBe(after)
})

test("what was heard before the first page comes again with the older ones if the page does not reach it", () => {
  const heard = addMessage(addMessage(EMPTY_TRANSCRIPT, message("b", 2)), message("z", 9))
  const first = newest(heard, [message("y", 8), message("z", 9)], { cursor: "2" })
  expect(idsOf(first)).toEqual(["y", "z"])
  const whole = mergeOlder(first, page([message("a", 1), message("b", 2)]))
  expect(idsOf(whole)).toEqual(["a", "b", "y", "z"])
})

test("a conversation that was emptied shows nothing of what was heard before", () => {
  const heard = addMessage(EMPTY_TRANSCRIPT, message("a", 1))
  const later = addMessage(heard, message("b", 2))
  expect(idsOf(mergeNewest(later, { page: page([]), asked: heard }))).toEqual(["b"])
})

test("a page with rows that are shown overlaps, a later one does not", () => {
  const shown = newest(EMPTY_TRANSCRIPT, [message("a", 1)])
  expect(overlaps(shown, page([message("a", 1)]))).toBe(true)
  expect(overlaps(shown, page([message("z", 9)]))).toBe(false)
  expect(overlaps(EMPTY_TRANSCRIPT, page([message("z", 9)]))).toBe(true)
})

test("[E8] what was heard after something was missed is no end of the hole", () => {
  const before = markMissed(newest(EMPTY_TRANSCRIPT, [message("a", 1)]))
  const live = addMessage(before, message("z", 9))
  expect(overlaps(live, page([message("y", 8), message("z", 9)]))).toBe(false)
  const whole = page([message("a", 1), message("b", 2), message("y", 8), message("z", 9)])
  expect(overlaps(live, whole)).toBe(true)
  const missedAgain = markMissed(live)
  expect(mergeNewest(missedAgain, { page: whole, asked: live }).gap).toBeDefined()
  expect(mergeNewest(live, { page: whole, asked: live })).toMatchObject({ gap: undefined })
})

test("[E10] a live run gives way only to the message that carries its runId", () => {
  const live = applyAgentEvent(EMPTY_TRANSCRIPT, delta("r", "Hi"))
  const other = addMessage(live, message("x", 1, { role: "assistant", runId: "other" }))
  expect([...other.runs.keys()]).toEqual(["r"])
  const answered = addMessage(other, message("y", 2, { role: "assistant", runId: "r" }))
  expect([...answered.runs.keys()]).toEqual([])
  expect(applyAgentEvent(answered, delta("r", "late"))).toBe(answered)
})

test("[A2] a run that ended stays on the page, not live, until its message comes", () => {
  const accepted = addAcceptedRun(EMPTY_TRANSCRIPT, "r", 1)
  const ended = endRun(accepted, "r", { code: "UNAVAILABLE", message: "No." })
  expect(ended.runs.get("r")).toMatchObject({ phase: "over", error: { message: "No." } })
})

test("[E8] a run that a later page does not know is over; one that began meanwhile is not", () => {
  const older = applyAgentEvent(EMPTY_TRANSCRIPT, delta("old", "x"))
  const both = applyAgentEvent(older, delta("new", "y"))
  const after = mergeNewest(both, { page: page([]), asked: older })
  expect(after.runs.get("old")?.phase).toBe("over")
  expect(after.runs.get("new")?.phase).toBe("running")
})

// One gateway, one page: rows come into being at the gateway, and the page hears of them by events
// that may be lost with the connection, and by pages asked for and answered at any time.
type Step =
  | { readonly do: "say"; readonly tie: boolean }
  | { readonly do: "ask" }
  | { readonly do: "answer" }
  | { readonly do: "older"; readonly size: number }
  | { readonly do: "disconnect" }
  | { readonly do: "reconnect" }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("say" as const), tie: fc.boolean() }) },
  fc.record({ do: fc.constant("ask" as const) }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant("answer" as const) }) },
  fc.record({ do: fc.constant("older" as const), size: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant("disconnect" as const) }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant("reconnect" as const) }) },
)

const PAGE_SIZE = 4

function createWorld() {
  const log: ChatMessage[] = []
  let ts = 0
  let online = true
  // Answers and events of one connection keep their order.
  let line: ((transcript: Transcript) => Transcript)[] = []
  let transcript = EMPTY_TRANSCRIPT

  function slice(end: number, size: number) {
    const from = Math.max(0, end - size)
    return page(log.slice(from, end), from > 0 ? { cursor: String(from) } : {})
  }

  /** Pages back to what is shown, as the page fetches them. */
  function catchUp(before: Transcript, end: number): Transcript {
    let size = PAGE_SIZE
    while (size < end && !overlaps(before, slice(end, size))) size += PAGE_SIZE
    return mergeNewest(before, { page: slice(end, size), asked: before })
  }

  const world = {
    say(tie: boolean) {
      ts += tie ? 0 : 1
      const row = message(`m${log.length}`, ts)
      log.push(row)
      if (online) line.push((before) => addMessage(before, row))
    },
    ask() {
      const end = log.length
      if (online) line.push((before) => catchUp(before, end))
    },
    answer() {
      const next = line.shift()
      if (next !== undefined) transcript = next(transcript)
    },
    older(size: number) {
      const { cursor } = transcript
      if (online && cursor !== undefined) {
        transcript = mergeOlder(transcript, slice(Number(cursor), size))
      }
    },
    disconnect() {
      online = false
      line = []
    },
    reconnect() {
      if (online) return
      online = true
      world.ask()
    },
    finish() {
      world.reconnect()
      world.ask()
      while (line.length > 0) world.answer()
    },
    scrollToTop() {
      while (transcript.cursor !== undefined) world.older(3)
    },
    get transcript() {
      return transcript
    },
    log,
  }
  return world
}

test("[WC2] in any order of events, pages and reconnects no row is lost or doubled", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const world = createWorld()
      for (const next of steps) {
        if (next.do === "say") world.say(next.tie)
        else if (next.do === "older") world.older(next.size)
        else world[next.do]()
        const shown = idsOf(world.transcript)
        expect(new Set(shown).size).toBe(shown.length)
      }
      world.finish()
      const shown = idsOf(world.transcript)
      expect(shown).toEqual(
        idsOf({ ...world.transcript, messages: world.log }).slice(-shown.length),
      )
      world.scrollToTop()
      expect(idsOf(world.transcript)).toEqual(world.log.map(({ id }) => id))
    }),
    { numRuns: 1_000 },
  )
})
