import fc from "fast-check"
import { expect, test } from "vitest"
import type { AgentEvent } from "#protocol"
import {
  adoptRunningTurn,
  applyRunEvent,
  createLiveRun,
  fromRunningTurn,
  type LiveRun,
} from "./live-run.ts"

const base = { runId: "r", sessionKey: "main", ts: 1 }

function delta(seq: number, offset: number, text: string): AgentEvent {
  return { ...base, seq, stream: "assistant", data: { messageId: "m", offset, delta: text } }
}

const textOf = (run: LiveRun) =>
  run.parts.map((part) => (part.type === "tool" ? "" : part.text)).join("")

const play = (...events: AgentEvent[]) => events.reduce(applyRunEvent, createLiveRun("r", 0))

test("[E6] a delta that begins where the text ends is appended", () => {
  expect(textOf(play(delta(1, 0, "Hel"), delta(2, 3, "lo")))).toBe("Hello")
})

test("[E6] of a delta behind what is shown only what is new is taken", () => {
  expect(textOf(play(delta(1, 0, "Hello"), delta(2, 3, "lo, you")))).toBe("Hello, you")
  expect(textOf(play(delta(1, 0, "Hello"), delta(2, 1, "el")))).toBe("Hello")
})

test("[E6] a delta beyond what is shown asks for a page and adds nothing", () => {
  const run = play(delta(1, 0, "Hello"), delta(3, 9, "world"))
  expect(textOf(run)).toBe("Hello")
  expect(run.behind).toBe(true)
})

test("[E6] the offset counts over the parts that a tool call stands between", () => {
  const tool: AgentEvent = {
    ...base,
    seq: 2,
    stream: "tool",
    data: { phase: "start", callId: "c", name: "shell" },
  }
  const run = play(delta(1, 0, "Before. "), tool, delta(3, 8, "After."))
  expect(run.parts.map(({ type }) => type)).toEqual(["text", "tool", "text"])
  expect(textOf(run)).toBe("Before. After.")
  expect(run.behind).toBe(false)
})

test("[E6] a tool call is one part from its start to its end", () => {
  const at = (seq: number, ts: number, data: object) =>
    ({
      ...base,
      seq,
      ts,
      stream: "tool",
      data: { callId: "c", name: "shell", ...data },
    }) as AgentEvent
  const run = play(
    at(1, 10, { phase: "start", input: "ls" }),
    at(2, 20, { phase: "update", output: "a" }),
    at(3, 30, { phase: "end", output: "ab", ok: true }),
  )
  expect(run.parts).toEqual([
    {
      type: "tool",
      callId: "c",
      name: "shell",
      input: "ls",
      output: "ab",
      ok: true,
      startedAt: 10,
      endedAt: 30,
    },
  ])
})

test("a page older than what is shown does not take anything back", () => {
  const run = play(delta(1, 0, "Hello"))
  const turn = { runId: "r", messageId: "m", startedAt: 0, seq: 0, parts: [] }
  expect(adoptRunningTurn(run, turn)).toBe(run)
  expect(textOf(adoptRunningTurn({ ...run, behind: true }, turn))).toBe("")
})

test("[WC6] a run taken up from a page at any moment ends with the same text, whatever is heard twice", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 20 }),
      fc.nat(),
      fc.nat(),
      (pieces, joinAt, hearFrom) => {
        const whole = pieces.join("")
        const offsetOf = (index: number) => pieces.slice(0, index).join("").length
        const known = joinAt % (pieces.length + 1)
        const parts = [{ type: "text" as const, text: whole.slice(0, offsetOf(known)) }]
        const turn = { runId: "r", messageId: "m", startedAt: 0, seq: known, parts }
        const from = hearFrom % (known + 1)
        const heard = pieces
          .map((piece, index) => delta(index + 1, offsetOf(index), piece))
          .slice(from)
        const run = heard.reduce(applyRunEvent, fromRunningTurn(turn))
        expect(textOf(run)).toBe(whole)
        expect(run.behind).toBe(false)
      },
    ),
  )
})
