import * as v from "valibot"
import { expect, test } from "vitest"
import { describeIssues } from "./issues.ts"
import { SendParams } from "./send.ts"

function check(change: object): string {
  const result = v.safeParse(SendParams, { to: "+15550100", idempotencyKey: "k", ...change })
  return result.success ? "valid" : describeIssues(result.issues)
}

test("[M5, VA7] send needs someone to send to", () => {
  expect(check({ message: "x" })).toBe("valid")
  expect(check({ to: undefined })).toBe("/to required")
  expect(check({ to: "" })).toBe("/to: must not be empty")
})

test("[M5, VA9] a message has at most 65,536 characters", () => {
  expect(check({ message: "m".repeat(65_536) })).toBe("valid")
  expect(check({ message: "m".repeat(65_537) })).toBe(
    "/message: message too long (max 65536 characters)",
  )
})

test("[VA11] a media address has at most 8 KiB", () => {
  expect(check({ mediaUrl: "u".repeat(8192) })).toBe("valid")
  expect(check({ mediaUrl: "u".repeat(8193) })).toContain("/mediaUrl")
})

test("[I1, VA18] a request needs an idempotency key", () => {
  const { issues } = v.safeParse(SendParams, { to: "x" })
  expect(describeIssues(issues ?? [])).toBe("/idempotencyKey required")
  expect(check({ idempotencyKey: "" })).toContain("idempotencyKey required")
  expect(check({ idempotencyKey: 5 })).toContain("idempotencyKey required")
})

test("[I1, VA18] a key has at most 255 characters, none of them control characters", () => {
  expect(check({ idempotencyKey: "k".repeat(255) })).toBe("valid")
  expect(check({ idempotencyKey: "k".repeat(256) })).toContain("at most 255")
  for (const key of ["a\nb", "\u0000", "\u007F", "a\n"]) {
    expect(check({ idempotencyKey: key })).toContain("must not hold control characters")
  }
})
