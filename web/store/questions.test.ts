import fc from "fast-check"
import { expect, test } from "vitest"
import type { AgentEvent, PermissionDecided, RunningTurn } from "#protocol"
import { permissionRequest } from "../testing/samples.ts"
import {
  adoptRunningTurn,
  applyRunEvent,
  createLiveRun,
  type LiveRun,
  questionsOf,
} from "./live-run.ts"
import { applyAgentEvent, EMPTY_TRANSCRIPT, endRun, mergeNewest } from "./transcript.ts"

const base = { runId: "r", sessionKey: "main", ts: 1 }
const YES = { optionId: "yes", by: "client" } as const

function asked(seq: number, requestId = "q"): AgentEvent {
  return { ...base, seq, stream: "permission", data: permissionRequest(requestId) }
}

function decided(
  seq: number,
  outcome: PermissionDecided["decided"] = YES,
  requestId = "q",
): AgentEvent {
  return { ...base, seq, stream: "permission", data: { requestId, decided: outcome } }
}

function turn(seq: number, ...waiting: string[]): RunningTurn {
  const permissions = waiting.map((requestId) => permissionRequest(requestId))
  return { runId: "r", messageId: "m", startedAt: 0, seq, parts: [], permissions }
}

const play = (...events: AgentEvent[]) => events.reduce(applyRunEvent, createLiveRun("r", 0))
const shown = (run: LiveRun) => questionsOf(run).map((one) => [one.requestId, one.outcome])

test("[M12, E6] a question waits until its end is heard", () => {
  expect(shown(play(asked(1)))).toEqual([["q", undefined]])
  expect(shown(play(asked(1), decided(2)))).toEqual([["q", YES]])
  expect(shown(play(asked(1), asked(2, "p"), decided(3)))).toEqual([
    ["q", YES],
    ["p", undefined],
  ])
})

test("[M12] what a rule has decided was no question", () => {
  const run = play(decided(1, { optionId: "no", by: "rule" }))
  expect(run.questions).toEqual([])
})

test("[M12, M7] after a reload the questions that wait are those of the history page", () => {
  const run = adoptRunningTurn(undefined, turn(4, "q", "p"))
  expect(shown(run)).toEqual([
    ["q", undefined],
    ["p", undefined],
  ])
  expect(shown(applyRunEvent(run, decided(5)))).toEqual([
    ["q", YES],
    ["p", undefined],
  ])
})

test("[M12, M7] a page without a question that was known says that it waits no more", () => {
  expect(shown(adoptRunningTurn(play(asked(3)), turn(5)))).toEqual([["q", "elsewhere"]])
})

test("[M12, M7] a question that a page has left behind is not opened by its event", () => {
  const run = adoptRunningTurn(undefined, turn(5))
  expect(shown(applyRunEvent(run, asked(3)))).toEqual([])
})

test("[M12, M7] a page from before a question takes nothing back", () => {
  const delta = { messageId: "m", offset: 9, delta: "lost" }
  const gap: AgentEvent = { ...base, seq: 2, stream: "assistant", data: delta }
  const waits = play(gap, asked(5))
  expect(waits.behind).toBe(true)
  expect(shown(adoptRunningTurn(waits, turn(3)))).toEqual([["q", undefined]])
  const over = play(gap, asked(5), decided(6))
  expect(shown(adoptRunningTurn(over, turn(5, "q")))).toEqual([["q", YES]])
})

test("[M12] what is heard in whatever order and however often, a decided question stays closed", () => {
  type Step = AgentEvent | RunningTurn
  const steps: readonly Step[] = [asked(2), decided(4), turn(1), turn(3, "q"), turn(5)]
  const apply = (run: LiveRun, step: Step) =>
    "stream" in step ? applyRunEvent(run, step) : adoptRunningTurn(run, step)
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...steps, ...steps], { minLength: 10, maxLength: 10 }),
      (heard) => {
        const run = heard.reduce(apply, createLiveRun("r", 0))
        expect(run.questions.map(({ outcome }) => outcome)).toEqual([YES])
      },
    ),
  )
})

test("[M12] with its run the question that waits is gone, however the end is heard of", () => {
  const running = [asked(1), asked(2, "p"), decided(3)].reduce(applyAgentEvent, EMPTY_TRANSCRIPT)
  const ended: AgentEvent = { ...base, seq: 4, stream: "lifecycle", data: { phase: "ended" } }
  const page = { sessionKey: "main", sessionId: "s", messages: [] }
  for (const over of [
    applyAgentEvent(running, ended),
    endRun(running, "r"),
    mergeNewest(running, { page, asked: running }),
  ]) {
    const run = over.runs.get("r")
    expect(run?.phase).toBe("over")
    expect(run && shown(run)).toEqual([["q", YES]])
  }
})
