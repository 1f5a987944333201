import * as fc from "fast-check"
import * as v from "valibot"
import { expect, test } from "vitest"
import { type ChatMessage, ChatMessage as ChatMessageSchema, type Part } from "#protocol"
import { bytesOf, fitMessage, fitTurn } from "./fit.ts"

const MAX_BYTES = 8 * 1024

const message = (parts: Part[]): ChatMessage => ({
  id: "m",
  role: "assistant",
  ts: 1,
  status: "ok",
  parts,
})

const tool = (callId: string, body = "x"): Part => ({
  type: "tool",
  callId,
  name: "look",
  title: "Look around",
  input: body,
  output: body,
  ok: true,
  startedAt: 1,
  endedAt: 2,
})

test("[M7] what fits is left as it is", () => {
  const small = message([tool("1"), { type: "text", text: "hello" }])
  expect(fitMessage(small, MAX_BYTES)).toBe(small)
})

test("[T4, M7] thousands of tool calls leave the text whole", () => {
  const tools = Array.from({ length: 3_000 }, (_none, index) => tool(String(index)))
  const fitted = fitMessage(message([...tools, { type: "text", text: "Done." }]), MAX_BYTES)
  expect(bytesOf(fitted)).toBeLessThanOrEqual(MAX_BYTES)
  expect(fitted.parts.at(-1)).toEqual({ type: "text", text: "Done." })
  expect(fitted.parts.length).toBeGreaterThan(1)
})

test("[T4, M7] thousands of tool calls with words in between keep the words", () => {
  const parts = Array.from({ length: 1_000 }, (_none, index): Part[] => [
    tool(String(index)),
    { type: "text", text: `${index} ` },
  ]).flat()
  const fitted = fitMessage(message(parts), MAX_BYTES)
  expect(bytesOf(fitted)).toBeLessThanOrEqual(MAX_BYTES)
  const text = fitted.parts.map((part) => (part.type === "text" ? part.text : "")).join("")
  expect(text).toBe(parts.map((part) => (part.type === "text" ? part.text : "")).join(""))
})

test("[T4, M7] thousands of thoughts with words in between keep the words", () => {
  const parts = Array.from({ length: 1_000 }, (_none, index): Part[] => [
    { type: "thought", text: "" },
    { type: "text", text: `${index} ` },
  ]).flat()
  const fitted = fitMessage(message(parts), MAX_BYTES)
  expect(bytesOf(fitted)).toBeLessThanOrEqual(MAX_BYTES)
  expect(fitted.parts).toMatchObject([{ type: "text", text: expect.stringContaining("1 2 3") }])
})

test("[M7] bodies of tools go before text does, and say that they are cut", () => {
  const fitted = fitMessage(
    message([tool("1", "y".repeat(20_000)), { type: "text", text: "Done." }]),
    MAX_BYTES,
  )
  expect(fitted.parts).toMatchObject([{ type: "tool", truncated: true }, { text: "Done." }])
})

test("[T4, M7] whatever a message holds, it fits, and is still a message", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 300 }).map((some) => some.repeat(10))
  const part = fc.oneof(
    fc.record({ type: fc.constant("text" as const), text }),
    fc.record({ type: fc.constant("thought" as const), text }),
    text.map((body) => tool("1", body)),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
      const fitted = fitMessage(message(parts), MAX_BYTES)
      expect(bytesOf(fitted)).toBeLessThanOrEqual(MAX_BYTES)
      expect(v.is(ChatMessageSchema, fitted)).toBe(true)
    }),
    { numRuns: 200 },
  )
})

test("[E6, M7] a running turn that is cut says that no delta continues it", () => {
  const turn = {
    runId: "r",
    messageId: "m",
    startedAt: 1,
    seq: 8,
    parts: [{ type: "text" as const, text: "漢".repeat(60_000) }],
  }
  const fitted = fitTurn(turn, MAX_BYTES)
  expect(bytesOf(fitted)).toBeLessThanOrEqual(MAX_BYTES)
  expect(fitted).toMatchObject({ truncated: true, seq: 8, parts: [{ truncated: true }] })
})
