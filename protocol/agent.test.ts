import * as v from "valibot"
import { expect, test } from "vitest"
import { AgentEvent, AgentParams } from "./agent.ts"
import { describeIssues } from "./issues.ts"
import { LIMITS } from "./limits.ts"

function check(change: object): string {
  const result = v.safeParse(AgentParams, { message: "Hello.", idempotencyKey: "k", ...change })
  return result.success ? "valid" : describeIssues(result.issues)
}

test("[M6] a message and a key are enough", () => {
  expect(check({})).toBe("valid")
})

test("[M6, VA9] a message has at most 1,000,000 characters", () => {
  expect(check({ message: "m".repeat(LIMITS.maxAgentMessageLength) })).toBe("valid")
  expect(check({ message: "m".repeat(LIMITS.maxAgentMessageLength + 1) })).toBe(
    "/message: message too long (max 1000000 characters)",
  )
})

test("[M6, VA10] one visible character makes a message", () => {
  for (const message of [".", " a ", "😀", "\u200Bé"]) expect(check({ message })).toBe("valid")
})

test("[M6, VA15] a timeout is 1 to 86,400 whole seconds", () => {
  for (const timeout of [1, 60, 86_400]) expect(check({ timeout })).toBe("valid")
  for (const timeout of [
    0,
    -1,
    0.5,
    1.5,
    86_401,
    1e9,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "60",
  ]) {
    expect(check({ timeout })).toMatch(/^\/timeout: must be /)
  }
})

test("[M6, VA16] an unknown way of thinking is told the known ones", () => {
  for (const thinking of ["off", "minimal", "low", "medium", "high"]) {
    expect(check({ thinking })).toBe("valid")
  }
  expect(check({ thinking: "banana" })).toBe(
    "/thinking: must be one of off, minimal, low, medium, high",
  )
})

test("[M6] what a native client sends for a missing value is no error", () => {
  expect(check({ thinking: "default", to: "" })).toBe("valid")
})

test("[M6] at most eight attachments, in base64", () => {
  const attachments = (count: number, data = "aGVsbG8=") =>
    Array(count).fill({ mimeType: "image/png", data })
  expect(check({ attachments: attachments(8) })).toBe("valid")
  expect(check({ attachments: attachments(9) })).toBe(
    "/attachments: must have at most 8 attachments",
  )
  expect(check({ attachments: attachments(1, "no base64!") })).toContain("is not base64")
  expect(check({ attachments: attachments(1, "") })).toContain("/attachments/0/data")
})

test("[VA20] eight million bytes of bad attachments are one problem", () => {
  const result = v.safeParse(AgentParams, {
    message: "Hello.",
    idempotencyKey: "k",
    attachments: Array(2_700_000).fill({}),
  })
  expect(result.issues).toHaveLength(1)
})

test("[E6] an event of a run has the data of its stream", () => {
  const event = { runId: "r1", sessionKey: "main", seq: 1, ts: 1 }
  const delta = { messageId: "m1", offset: 0, delta: "a" }
  const is = (change: object) => v.is(AgentEvent, { ...event, ...change })
  expect(is({ stream: "assistant", data: delta })).toBe(true)
  expect(is({ stream: "thought", data: delta })).toBe(true)
  expect(is({ stream: "lifecycle", data: { phase: "interrupted" } })).toBe(true)
  expect(is({ stream: "tool", data: { phase: "end", callId: "c", name: "n", ok: true } })).toBe(
    true,
  )
  expect(is({ stream: "lifecycle", data: delta })).toBe(false)
  expect(is({ stream: "other", data: delta })).toBe(false)
  expect(is({ stream: "assistant", data: delta, seq: 0 })).toBe(false)
})
