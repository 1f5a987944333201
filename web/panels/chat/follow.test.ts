import { expect, test } from "vitest"
import { followsAfter } from "./follow.ts"

const at = (top: number, below: number) => ({ top, below })

test("scrolling up lets go at once, also a little", () => {
  expect(followsAfter(true, at(1_000, 0), at(970, 30))).toBe(false)
  expect(followsAfter(true, at(1_000, 0), at(100, 900))).toBe(false)
})

test("coming down to the end takes up again", () => {
  expect(followsAfter(false, at(500, 500), at(940, 60))).toBe(true)
  expect(followsAfter(false, at(500, 500), at(800, 200))).toBe(false)
})

test("what grows or shrinks below says nothing of a wish", () => {
  expect(followsAfter(true, at(1_000, 0), at(1_000, 40))).toBe(true)
  expect(followsAfter(true, at(1_000, 0), at(600, 0))).toBe(true)
  expect(followsAfter(false, at(970, 30), at(970, 30))).toBe(false)
})
