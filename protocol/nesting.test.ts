import fc from "fast-check"
import { expect, test } from "vitest"
import { LIMITS } from "./limits.ts"
import { findTooDeep } from "./nesting.ts"

const nest = (depth: number, open = "[", close = "]") =>
  open.repeat(depth) + (open === "[" ? "" : "1") + close.repeat(depth)

test("[T5] 64 levels pass, 65 do not, whatever they are made of", () => {
  for (const [open, close] of [
    ["[", "]"],
    ['{"a":', "}"],
    ['[{"a":', "}]"],
  ] as const) {
    const levels = open.length === 6 ? 2 : 1
    expect(findTooDeep(nest(LIMITS.maxDepth / levels, open, close))).toBeUndefined()
    expect(findTooDeep(nest(LIMITS.maxDepth / levels + 1, open, close))).toEqual({ id: undefined })
  }
})

test("[T5] brackets in strings are no nesting, and a quote behind a backslash ends no string", () => {
  const brackets = "[".repeat(1_000)
  for (const text of [brackets, `\\"${brackets}`, `\\\\\\"${brackets}`, `"${brackets}`]) {
    expect(findTooDeep(JSON.stringify({ text }))).toBeUndefined()
    expect(findTooDeep(JSON.stringify({ [text]: [text] }))).toBeUndefined()
  }
  expect(findTooDeep(`["\\\\",${brackets}`)).toEqual({ id: undefined })
  expect(findTooDeep(`"${brackets}`)).toBeUndefined()
})

test.for([
  ["before", `{"id":"a","params":${nest(65)}}`, "a"],
  ["behind", `{"params":${nest(65)},"id":"a"}`, "a"],
  ["with spaces and escapes", ` {\n "id" : "\\u0061b" , "x":${nest(65)}`, "ab"],
  ["twice: the last one", `{"id":"a","id":"b","x":${nest(65)}}`, "b"],
  ["inside", `{"params":{"id":"a","x":${nest(65)}}}`, undefined],
  ["as a value", `{"x":"id","y":"a","z":${nest(65)}}`, undefined],
  ["in an array", `["id","a",${nest(65)}]`, undefined],
  ["as a number", `{"id":1,"x":${nest(65)}}`, undefined],
  ["empty", `{"id":"","x":${nest(65)}}`, undefined],
  ["too long", `{"id":"${"x".repeat(129)}","x":${nest(65)}}`, undefined],
  ["of a megabyte", `{"id":"${"x".repeat(1_000_000)}","x":${nest(65)}}`, undefined],
  ["broken", `{"id":"\\x","x":${nest(65)}}`, undefined],
  ["half a surrogate", `{"id":"\\ud800","x":${nest(65)}}`, undefined],
] as const)("[FR12] the id of what nests too deep, %s", ([, text, id]) => {
  expect(findTooDeep(text)).toEqual({ id })
})

test("[T5] of any JSON the depth is told as the parsed value has it", () => {
  const depthOf = (value: unknown): number =>
    typeof value === "object" && value !== null
      ? 1 + Math.max(0, ...Object.values(value).map(depthOf))
      : 0
  const text = fc.string({ unit: fc.constantFrom("a", "[", "]", "{", "}", '"', "\\", ",", "\n") })
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constant(null),
      text,
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(text, tie("value"), { maxKeys: 3 }),
    ),
  }))
  fc.assert(
    fc.property(value, fc.nat(70), fc.boolean(), (inner, around, pretty) => {
      let whole: unknown = inner
      for (let level = 0; level < around; level += 1)
        whole = level % 2 === 0 ? [whole] : { a: whole }
      const json = JSON.stringify(whole, undefined, pretty ? 1 : 0)
      expect(findTooDeep(json) !== undefined).toBe(depthOf(whole) > LIMITS.maxDepth)
    }),
  )
})

test("[T5] no text makes it throw", () => {
  const unit = fc.constantFrom("[", "{", "]", "}", '"', "\\", ",", ":", "id", "x")
  fc.assert(
    fc.property(fc.string({ unit, minLength: 0, maxLength: 300 }), (text) => {
      expect(findTooDeep(text)?.id).toBeOneOf([undefined, expect.any(String)])
    }),
  )
})
