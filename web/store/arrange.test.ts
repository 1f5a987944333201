import { expect, test } from "vitest"
import { message } from "../testing/samples.ts"
import { arrange, isSameOutline, outlineOf, type Row } from "./arrange.ts"
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

const toDate = (ts: number) => new Date(ts).toISOString().slice(0, 10)
const transcript = (more: Partial<Transcript>): Transcript => ({ ...EMPTY_TRANSCRIPT, ...more })
const rowsOf = (shown: Transcript, outbox: readonly OutboxEntry[] = []) =>
  arrange(outlineOf(shown), { outbox, toDate }).rows
const keysOf = (rows: readonly Row[]) => rows.flatMap((row) => (row.kind === "day" ? [] : row.key))

test("[WC5] a sent row disappears only when a row of the gateway carries its key", () => {
  expect(keysOf(rowsOf(transcript({}), [entry("k")]))).toEqual(["sent:k"])
  const arrived = transcript({ messages: [message("u", 1, { idempotencyKey: "k" })] })
  const rows = rowsOf(arrived, [entry("k"), entry("other")])
  expect(keysOf(rows)).toEqual(["sent:k", "sent:other"])
  expect(rows.map(({ kind }) => kind)).toEqual(["day", "message", "pending"])
})

test("an answer keeps the key of its live run", () => {
  const live = transcript({ runs: new Map([["r", createLiveRun("r", 1)]]) })
  const done = transcript({ messages: [message("a", 1, { role: "assistant", runId: "r" })] })
  expect(keysOf(rowsOf(live))).toEqual(["run:r"])
  expect(keysOf(rowsOf(done))).toEqual(["run:r"])
})

const running = (runId: string) => ({ ...createLiveRun(runId, 1), phase: "running" as const })

test("an answer stands under what it answers, and what runs under what it is asked", () => {
  const messages = [
    message("u1", 1, { runId: "r1" }),
    message("u0", 0, { runId: "r0" }),
    message("a0", 3, { role: "assistant", runId: "r0" }),
  ]
  const rows = rowsOf(transcript({ messages, runs: new Map([["r1", running("r1")]]) }))
  expect(keysOf(rows)).toEqual(["message:u1", "run:r1", "message:u0", "run:r0"])
  expect(rows.at(-1)).toMatchObject({ question: { id: "u0" } })
})

test("[A4] what waits behind the run at work stands apart, in its order", () => {
  const messages = [
    message("u0", 0, { runId: "lost" }),
    message("u1", 1, { runId: "r1" }),
    message("u2", 2, { runId: "r2" }),
    // Known from history only, as after a reload.
    message("u3", 3, { runId: "r3" }),
    message("u4", 4),
    // It was taken back, and what came before it still waits.
    message("u5", 5, { runId: "r5" }),
    message("a5", 6, { role: "assistant", runId: "r5" }),
  ]
  const runs = new Map([
    ["r1", running("r1")],
    ["r2", createLiveRun("r2", 2)],
  ])
  const outline = outlineOf(transcript({ messages, runs }))
  const held = { ...entry("held"), state: { at: "queued" as const } }
  const failed = {
    ...entry("failed"),
    state: { at: "failed" as const, error: { code: "UNAVAILABLE" as const, message: "No." } },
  }
  const { next, rows } = arrange(outline, { outbox: [held, failed], toDate })
  expect(next.map(({ key }) => key)).toEqual(["message:u2", "message:u3", "sent:held"])
  expect(keysOf(rows)).toEqual([
    ...["message:u0", "message:u1", "run:r1", "message:u4", "message:u5", "run:r5", "sent:failed"],
  ])
  const over = outlineOf(transcript({ messages }))
  expect(arrange(over, { outbox: [held], toDate }).next).toEqual([])
  expect(keysOf(arrange(over, { outbox: [held], toDate }).rows)).toContain("sent:held")
})

test("the first accepted run is the one at work until it is heard of", () => {
  const messages = [message("u1", 1, { runId: "r1" }), message("u2", 2, { runId: "r2" })]
  const runs = new Map(["r1", "r2"].map((runId) => [runId, createLiveRun(runId, 1)]))
  const { next, rows } = arrange(outlineOf(transcript({ messages, runs })), { outbox: [], toDate })
  expect(keysOf(rows)).toEqual(["message:u1", "run:r1"])
  expect(next.map(({ key }) => key)).toEqual(["message:u2"])
})

test("an outline is the same while only the text of a run grows", () => {
  const before = transcript({ messages: [message("u", 1)], runs: new Map([["r", running("r")]]) })
  const part = { type: "text" as const, messageId: "m", text: "more" }
  const grown = { ...before, runs: new Map([["r", { ...running("r"), seq: 9, parts: [part] }]]) }
  const over = { ...before, runs: new Map([["r", { ...running("r"), phase: "over" as const }]]) }
  expect(isSameOutline(outlineOf(before), outlineOf(grown))).toBe(true)
  expect(isSameOutline(outlineOf(before), outlineOf(over))).toBe(false)
  const said = { ...before, messages: [message("u", 1)] }
  expect(isSameOutline(outlineOf(before), outlineOf(said))).toBe(false)
})

test("two rows never share a key", () => {
  const twice = ["a", "b"].map((id) => message(id, 1, { role: "assistant", runId: "r" }))
  const keys = keysOf(rowsOf(transcript({ messages: twice })))
  expect(new Set(keys).size).toBe(2)
})

test("an answer whose question is on an older page stands above what is here", () => {
  const messages = [
    message("u2", 2, { runId: "r2" }),
    message("a1", 3, { role: "assistant", runId: "r1" }),
    message("a2", 4, { role: "assistant", runId: "r2" }),
  ]
  const keys = ["run:r1", "message:u2", "run:r2"]
  expect(keysOf(rowsOf(transcript({ messages, cursor: "7" })))).toEqual(keys)
  const whole = transcript({ messages, cursor: undefined })
  expect(keysOf(rowsOf(whole))).toEqual(["message:u2", "run:r2", "run:r1"])
})

test("a day begins with the first message that the reader's calendar puts into it", () => {
  const messages = [21, 22, 23].map((hour) => message(`m${hour}`, Date.UTC(2026, 4, 12, hour)))
  const daysIn = (aheadHours: number) =>
    arrange(outlineOf(transcript({ messages })), {
      outbox: [],
      toDate: (ts) => toDate(ts + aheadHours * 3_600_000),
    }).rows.flatMap((row) => (row.kind === "day" ? row.key : []))
  expect(daysIn(0)).toEqual(["day:m21"])
  expect(daysIn(1)).toEqual(["day:m21", "day:m23"])
  expect(daysIn(2)).toEqual(["day:m21", "day:m22"])
})
