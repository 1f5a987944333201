import * as v from "valibot"
import { expect, test } from "vitest"
import { describeIssues } from "./issues.ts"
import { PresenceEntry, SystemEventParams } from "./presence.ts"
import { entry } from "./testing/samples.ts"

function check(schema: v.GenericSchema, value: unknown): string {
  const result = v.safeParse(schema, value)
  return result.success ? "valid" : describeIssues(result.issues)
}

test("[P1] an entry keeps to its limits", () => {
  const is = (change: object) => v.is(PresenceEntry, { ...entry, ...change })
  expect(is({})).toBe(true)
  expect(is({ host: "h".repeat(128), text: "t".repeat(256) })).toBe(true)
  expect(is({ host: "h".repeat(129) })).toBe(false)
  expect(is({ text: "t".repeat(257) })).toBe(false)
  expect(is({ tags: Array(16).fill("t".repeat(32)) })).toBe(true)
  expect(is({ tags: Array(17).fill("t") })).toBe(false)
  expect(is({ tags: ["t".repeat(33)] })).toBe(false)
  expect(is({ ts: -1 })).toBe(false)
})

test("[M4, VA17] a system event needs a text and keeps to the limits of an entry", () => {
  expect(check(SystemEventParams, { text: "The lid was opened." })).toBe("valid")
  expect(check(SystemEventParams, {})).toBe("/text required")
  expect(check(SystemEventParams, { text: "" })).toBe("/text: must not be blank")
  const tags = Array(100_000).fill("tag")
  expect(check(SystemEventParams, { text: "x", tags })).toBe("/tags: must have at most 16 tags")
  expect(check(SystemEventParams, { text: "x", tag: "y" })).toBe("/tag: unknown key")
})
