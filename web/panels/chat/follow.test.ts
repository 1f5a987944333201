import { expect, test } from "vitest"
import type { Row } from "../../store/arrange.ts"
import { countUnseen, followsAfter } from "./follow.ts"

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

const run = (key: string): Row => ({ kind: "run", key, runId: key })
const day = (key: string): Row => ({ kind: "day", key, ts: 0 })

test("new is what came since, wherever it stands, and no older page", () => {
  const seen = [day("monday"), run("a"), run("b")]
  expect(countUnseen(seen, seen)).toBe(0)
  expect(countUnseen([day("sunday"), run("y"), run("z"), ...seen], seen)).toBe(0)
  expect(countUnseen([...seen, day("tuesday"), run("c"), run("d")], seen)).toBe(2)
  expect(countUnseen([day("monday"), run("a"), run("between"), run("b")], seen)).toBe(1)
  // What was seen first may be gone since.
  expect(countUnseen([run("z"), run("a"), run("c")], seen)).toBe(1)
  expect(countUnseen([run("new")], seen)).toBe(1)
})
