import { expect, test } from "vitest"
import { message } from "../testing/samples.ts"
import { arrange, type Row } from "./arrange.ts"
import { createLiveRun } from "./live-run.ts"
import type { OutboxEntry } from "./outbox.ts"
import { EMPTY_TRANSCRIPT, type Transcript } from "./transcript.ts"

const entry = (key: string): OutboxEntry => ({
  key,
  sessionKey: "main",
  text: key,
  createdAt: 9,
  state: { at: "sending" },
})

const transcript = (more: Partial<Transcript>): Transcript => ({ ...EMPTY_TRANSCRIPT, ...more })
const keysOf = (rows: readonly Row[]) => rows.flatMap((row) => (row.kind === "day" ? [] : row.key))

test("[WC5] a sent row disappears only when a row of the gateway carries its key", () => {
  expect(keysOf(arrange(transcript({}), [entry("k")]))).toEqual(["sent:k"])
  const arrived = transcript({ messages: [message("u", 1, { idempotencyKey: "k" })] })
  const rows = arrange(arrived, [entry("k"), entry("other")])
  expect(keysOf(rows)).toEqual(["sent:k", "sent:other"])
  expect(rows.map(({ kind }) => kind)).toEqual(["day", "message", "pending"])
})

test("an answer keeps the key of its live run", () => {
  const live = transcript({ runs: new Map([["r", createLiveRun("r", 1)]]) })
  const done = transcript({ messages: [message("a", 1, { role: "assistant", runId: "r" })] })
  expect(keysOf(arrange(live, []))).toEqual(["run:r"])
  expect(keysOf(arrange(done, []))).toEqual(["run:r"])
})

test("an answer stands under what it answers, and what waits stands last", () => {
  const run = { ...createLiveRun("r1", 1), phase: "running" as const }
  const messages = [
    message("u1", 1, { runId: "r1" }),
    message("u2", 2, { runId: "r2" }),
    message("u0", 0, { runId: "r0" }),
    message("a0", 3, { role: "assistant", runId: "r0" }),
  ]
  const runs = new Map([
    ["r1", run],
    ["r2", createLiveRun("r2", 2)],
  ])
  const rows = arrange(transcript({ messages, runs }), [])
  expect(keysOf(rows)).toEqual(["message:u1", "run:r1", "message:u2", "message:u0", "run:r0"])
  expect(rows.find((row) => row.kind === "message" && row.queued)).toMatchObject({
    message: { id: "u2" },
  })
})

test("two rows never share a key", () => {
  const twice = ["a", "b"].map((id) => message(id, 1, { role: "assistant", runId: "r" }))
  const keys = keysOf(arrange(transcript({ messages: twice }), []))
  expect(new Set(keys).size).toBe(2)
})

test("an answer whose question is on an older page stands above what is here", () => {
  const messages = [
    message("u2", 2, { runId: "r2" }),
    message("a1", 3, { role: "assistant", runId: "r1" }),
    message("a2", 4, { role: "assistant", runId: "r2" }),
  ]
  const keys = ["run:r1", "message:u2", "run:r2"]
  expect(keysOf(arrange(transcript({ messages, cursor: "7" }), []))).toEqual(keys)
  const whole = transcript({ messages, cursor: undefined })
  expect(keysOf(arrange(whole, []))).toEqual(["message:u2", "run:r2", "run:r1"])
})
