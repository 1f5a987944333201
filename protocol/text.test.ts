import * as v from "valibot"
import { expect, test } from "vitest"
import { describeIssues } from "./issues.ts"
import { Count, notArray, shortList, shortText } from "./text.ts"

test("[VA20] a list beyond its limit is one problem, its items stay unread", () => {
  let read = 0
  const item = v.pipe(
    v.unknown(),
    v.check(() => {
      read += 1
      return false
    }),
  )
  const list = shortList(item, 3, "tags")
  const result = v.safeParse(list, Array(10_000).fill(0))
  expect(result.issues?.map((issue) => issue.message)).toEqual(["must have at most 3 tags"])
  expect(read).toBe(0)
  expect(v.safeParse(list, [1, 2, 3]).issues).toHaveLength(3)
})

test("[VA20] a list within its limit is read", () => {
  const list = shortList(shortText(2), 3, "tags")
  expect(v.parse(list, ["a", "b", "c"])).toEqual(["a", "b", "c"])
  expect(v.is(list, ["abc"])).toBe(false)
  expect(v.is(list, "abc")).toBe(false)
})

test("[VA4] an array is no object, even where no key is required", () => {
  const schema = notArray(v.strictObject({ a: v.optional(v.string()) }))
  expect(v.is(schema, {})).toBe(true)
  const result = v.safeParse(schema, [])
  expect(describeIssues(result.issues ?? [])).toBe("must be Object, not Array")
  // @ts-expect-error The type is that of the schema.
  const wrong: number = v.parse(schema, { a: "x" }).a
  expect(wrong).toBe("x")
})

test("a count is a whole number from 0 that a double holds exactly", () => {
  for (const count of [0, 1, Number.MAX_SAFE_INTEGER]) expect(v.is(Count, count)).toBe(true)
  for (const count of [-1, 0.5, 2 ** 53, Number.NaN, "1"]) expect(v.is(Count, count)).toBe(false)
})
