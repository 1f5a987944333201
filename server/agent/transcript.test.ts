import fc from "fast-check"
import * as v from "valibot"
import { expect, test } from "vitest"
import { AgentEvent, LIMITS, Part } from "#protocol"
import type { TurnEvent } from "./engine.ts"
import { createTranscript } from "./transcript.ts"

const START = { stream: "tool", data: { phase: "start", callId: "1", name: "look" } } as const
const say = (delta: string): TurnEvent => ({ stream: "assistant", delta })
const think = (delta: string): TurnEvent => ({ stream: "thought", delta })

function play(events: readonly TurnEvent[]) {
  const transcript = createTranscript("m")
  const told = events.flatMap((event, index) => transcript.add(event, index * 10))
  return { told, transcript }
}

test("[E6] offsets count the text of each stream from its beginning, over tools and thoughts", () => {
  const { told } = play([say("héllo 😀"), think("hm"), START, say(" again"), think("!")])
  expect(told.map(({ data }) => data)).toMatchObject([
    { offset: 0, delta: "héllo 😀" },
    { offset: 0, delta: "hm" },
    { callId: "1" },
    { offset: 8, delta: " again" },
    { offset: 2, delta: "!" },
  ])
})

test("[E6, VA21] every event fits far below a frame and has the published shape", () => {
  const { told, transcript } = play([
    say("\u0001".repeat(100_000)),
    { stream: "tool", data: { ...START.data, input: "\u0001".repeat(100_000) } },
    {
      stream: "tool",
      data: { ...START.data, phase: "end", output: "€".repeat(100_000), ok: true },
    },
  ])
  for (const [index, each] of told.entries()) {
    const event = { runId: "r", sessionKey: "main", seq: index + 1, ts: 0, ...each }
    expect(v.is(AgentEvent, event)).toBe(true)
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(LIMITS.maxSentFrameBytes)
  }
  expect(transcript.parts[1]).toMatchObject({
    type: "tool",
    truncated: true,
    ok: true,
    endedAt: 20,
  })
})

const event = fc.oneof(
  fc.string({ unit: "grapheme" }).map(say),
  fc.string().map(think),
  fc.record({
    stream: fc.constant("tool" as const),
    data: fc.record(
      {
        phase: fc.constantFrom("start" as const, "update" as const, "end" as const),
        callId: fc.constantFrom("1", "2"),
        name: fc.constant("look"),
        input: fc.string(),
        output: fc.string(),
        ok: fc.boolean(),
      },
      { requiredKeys: ["phase", "callId", "name"] },
    ),
  }),
)

test("[E6, M7] what is told adds up to the parts, and the parts have the published shape", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      const { told, transcript } = play(events)
      for (const stream of ["assistant", "thought"] as const) {
        let heard = ""
        for (const each of told) {
          if (each.stream !== stream || !("delta" in each.data)) continue
          expect(each.data.offset).toBe(heard.length)
          heard += each.data.delta
        }
        const type = stream === "assistant" ? "text" : "thought"
        const kept = transcript.parts.map((part) => (part.type === type ? part.text : ""))
        expect(kept.join("")).toBe(heard)
      }
      for (const part of transcript.finish()) expect(v.is(Part, part)).toBe(true)
      const calls = transcript.parts.flatMap((part) => (part.type === "tool" ? part.callId : []))
      expect(new Set(calls).size).toBe(calls.length)
    }),
  )
})

test("[M7] a text above 1 MiB is cut there and marked, and a call that never ended has no ok", () => {
  const { transcript } = play([START, say("x".repeat(LIMITS.maxTextPartBytes + 10))])
  const [tool, text] = transcript.finish()
  expect(tool).not.toHaveProperty("ok")
  expect(tool).not.toHaveProperty("endedAt")
  expect(text).toMatchObject({ type: "text", truncated: true })
  expect(text?.type === "text" && text.text.length).toBe(LIMITS.maxTextPartBytes)
})

test("the answer is its texts without tools and thoughts", () => {
  const { transcript } = play([think("h"), think("m"), say(" One. \n"), START, say("Two.")])
  expect(transcript.text).toBe("One.\n\nTwo.")
  expect(transcript.parts[0]).toMatchObject({ type: "thought", text: "hm", durationMs: 10 })
})
