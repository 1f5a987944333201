import { expect, test } from "vitest"
import { GatewayError } from "#protocol"
import { createManualClock } from "../testing/manual-clock.ts"
import type { Turn, TurnEvent } from "./engine.ts"
import { createScriptedEngine, type Script } from "./scripted.ts"

function turnOf(prompt: string): Turn {
  return {
    runId: "run-1",
    sessionKey: "main",
    sessionId: "session-1",
    prompt,
    notes: [],
    attachments: [],
    resources: [],
    thinking: "off",
    history: async () => [],
  }
}

function play(script: Script | undefined, prompt = "hello") {
  const clock = createManualClock()
  const engine = createScriptedEngine({ clock, ...(script !== undefined && { script }) })
  const events: TurnEvent[] = []
  const abort = new AbortController()
  const over = engine.run(turnOf(prompt), {
    emit: (event) => events.push(event),
    permit: async () => ({ by: "rule" }),
    signal: abort.signal,
  })
  return { clock, engine, events, abort, over }
}

test("without a script a prompt is answered with itself", async () => {
  const { engine, events, over } = play(undefined, "`$(x)` -rf")
  await over
  expect(events).toEqual([{ stream: "assistant", delta: "`$(x)` -rf" }])
  expect(engine.turns.map((turn) => turn.prompt)).toEqual(["`$(x)` -rf"])
  expect(engine.running).toBe(0)
})

test("steps play in order and a pause takes the clock's time", async () => {
  const tool = { phase: "start", callId: "1", name: "status" } as const
  const { clock, events, over } = play([
    { think: "hm" },
    { tool },
    { pauseMs: 1000 },
    { say: "done" },
  ])
  await clock.advance(999)
  expect(events).toEqual([
    { stream: "thought", delta: "hm" },
    { stream: "tool", data: tool },
  ])
  await clock.advance(1)
  await over
  expect(events.at(-1)).toEqual({ stream: "assistant", delta: "done" })
})

test("a step can wait for a gate and another one fail the turn", async () => {
  const gate = Promise.withResolvers<void>()
  const failure = new GatewayError("UNAVAILABLE", "Broken.", { reason: "agent_failed" })
  const { engine, over } = play([{ wait: gate.promise }, { fail: failure }])
  expect(engine.running).toBe(1)
  gate.resolve()
  await expect(over).rejects.toBe(failure)
  expect(engine.running).toBe(0)
})

test.each<[string, Script]>([
  ["a gate that never opens", [{ wait: new Promise(() => undefined) }, { say: "late" }]],
  ["a pause", [{ pauseMs: 60_000 }, { say: "late" }]],
])("[AG16] an abort ends %s and nothing is said after it", async (_name, script) => {
  const { abort, events, over } = play(script)
  abort.abort()
  await expect(over).rejects.toMatchObject({ code: "UNAVAILABLE", reason: "aborted" })
  expect(events).toEqual([])
})

test("[AG3] an abort with a reason for people ends the turn with that reason", async () => {
  const { abort, over } = play([{ wait: new Promise(() => undefined) }])
  const reason = new GatewayError("AGENT_TIMEOUT", "No answer in time.")
  abort.abort(reason)
  await expect(over).rejects.toBe(reason)
})
