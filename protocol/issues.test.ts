import fc from "fast-check"
import * as v from "valibot"
import { expect, test } from "vitest"
import { Hello } from "./frames.ts"
import { describeIssues, quote } from "./issues.ts"
import { METHOD_NAMES, METHODS } from "./methods.ts"

function problemsOf(schema: v.GenericSchema, value: unknown): string {
  const result = v.safeParse(schema, value)
  return result.success ? "" : describeIssues(result.issues)
}

const { params } = METHODS.agent
const request = { message: "Hello.", idempotencyKey: "k" }

test("[R2] the path and the problem are named", () => {
  expect(problemsOf(params, { ...request, attachments: [{ mimeType: "a", data: "!" }] })).toBe(
    "/attachments/0/data: is not base64",
  )
  expect(problemsOf(params, { ...request, deliver: "yes" })).toBe(
    '/deliver: must be boolean, not "yes"',
  )
  expect(problemsOf(params, { ...request, mesage: "x" })).toBe("/mesage: unknown key")
})

test("[R2, VA20] at most five problems are listed", () => {
  const text = problemsOf(Hello, {})
  expect(text).toBe(
    "/type required; /minProtocol required; /maxProtocol required; /client required",
  )
  const many = problemsOf(Hello, { caps: Array(9).fill(""), locale: "", userAgent: "" })
  expect(many.split("; ")).toHaveLength(6)
  expect(many).toMatch(/; and 10 more$/)
})

test("[R2, VA19] at most 80 characters of the sender's data are quoted in all", () => {
  const long = "Ω".repeat(300)
  const attachments = Array(8).fill({ mimeType: "a", data: "aa", [long]: 1 })
  const text = problemsOf(params, { ...request, attachments, deliver: long, [long]: 1 })
  // One of the 80 is the quotation mark before the value.
  expect(text.match(/Ω/g)).toHaveLength(79)
})

test("[R2, VA19] invisible characters and marks of direction are escaped", () => {
  expect(quote("a\n\u0007\u061C\u200B\u202E\u2066\uFEFF")).toBe(
    "a\\u000a\\u0007\\u061c\\u200b\\u202e\\u2066\\ufeff",
  )
  expect(quote("\uD83D")).toBe("\\ud83d")
  expect(quote("\u{E0041}")).toBe("\\udb40\\udc41")
  expect(quote("Grüße 😀")).toBe("Grüße 😀")
})

test("[R2, VA19] no params make the description long, invisible or false of what it lists", () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary", maxLength: 200 })),
  )
  fc.assert(
    fc.property(fc.constantFrom(...METHOD_NAMES), value, (method, any) => {
      const text = problemsOf(METHODS[method].params, any)
      expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      expect(text.length).toBeLessThan(1000)
    }),
  )
})
