import fc from "fast-check"
import { expect, test } from "vitest"
import { findJsonFlaw, toCanonicalJson } from "./json.ts"

test("[R2, VA10] U+0000 is found wherever it stands", () => {
  const problem = "holds the character U+0000"
  expect(findJsonFlaw("a\0")).toEqual({ path: "", problem })
  expect(findJsonFlaw({ a: [{ b: "\0" }] })).toEqual({
    path: "/a/0/b",
    problem,
  })
  expect(findJsonFlaw({ a: { "\0": 1 } })).toEqual({ path: "/a", problem })
})

test("[R2, VA10] a lone surrogate is found, a pair passes", () => {
  const problem = "holds a lone surrogate"
  expect(findJsonFlaw({ a: "\uD83D" })).toEqual({ path: "/a", problem })
  expect(findJsonFlaw({ a: "\uDE00\uD83D" })).toEqual({ path: "/a", problem })
  expect(findJsonFlaw({ a: "😀 \uFEFF" })).toBeUndefined()
})

test("[R2] a string is bad exactly if it holds U+0000 or is not well formed", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "\0", "\uD83D", "\uDE00", "é"),
    maxLength: 6,
  })
  fc.assert(
    fc.property(text, (each) => {
      const bad = each.includes("\0") || !each.isWellFormed()
      expect(findJsonFlaw({ each: [each] }) !== undefined).toBe(bad)
    }),
  )
})

test("[R2] the path of a flaw is safe to show", () => {
  const flaw = findJsonFlaw({ ["\u202E\n".repeat(100)]: "\0" })
  expect(flaw).toMatchObject({ path: expect.stringMatching(/^\/[\\u0-9a-e]+…$/) })
})

test("[I2, ID11] order of keys and white space do not count", () => {
  const one = JSON.parse('{"to":"a","message":{"b":[1,2],"a":null}}')
  const other = JSON.parse('{ "message" : {"a":null, "b":[1, 2]}, "to":"a" }')
  expect(toCanonicalJson(one)).toBe('{"message":{"a":null,"b":[1,2]},"to":"a"}')
  expect(toCanonicalJson(other)).toBe(toCanonicalJson(one))
})

test("[I2] a key that is there but undefined counts as missing", () => {
  expect(toCanonicalJson({ to: "a", channel: undefined })).toBe(toCanonicalJson({ to: "a" }))
})

test("[I2, ID11] the canonical form depends on the value alone", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = toCanonicalJson(value)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      expect(toCanonicalJson(withKeysReversed(value))).toBe(text)
    }),
  )
})

function withKeysReversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withKeysReversed)
  if (typeof value !== "object" || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => [key, withKeysReversed(item)])
  return Object.fromEntries(entries.reverse())
}
