import { expect, test } from "vitest"
import { createRecall } from "./recall.ts"

test("Up in an empty box takes up one's last message, and goes back from there", () => {
  const { press } = createRecall(() => ["one", "two"])
  expect(press("ArrowUp", "")).toBe("two")
  expect(press("ArrowUp", "two")).toBe("one")
  expect(press("ArrowUp", "one")).toBeUndefined()
  expect(press("ArrowDown", "one")).toBe("two")
  expect(press("ArrowDown", "two")).toBe("")
  expect(press("ArrowDown", "")).toBeUndefined()
})

test("Escape gives the empty box back, and a text that was touched is a draft", () => {
  const { press } = createRecall(() => ["one"])
  expect(press("ArrowUp", "half a thought")).toBeUndefined()
  expect(press("ArrowUp", "")).toBe("one")
  expect(press("Escape", "one")).toBe("")
  expect(press("ArrowUp", "")).toBe("one")
  expect(press("Escape", "one more")).toBeUndefined()
  expect(press("ArrowUp", "one")).toBeUndefined()
})

test("in a text of several lines the arrows stay in it", () => {
  const { press } = createRecall(() => ["first", "a\nb"])
  expect(press("ArrowUp", "")).toBe("a\nb")
  expect(press("ArrowUp", "a\nb")).toBeUndefined()
  expect(press("Escape", "a\nb")).toBe("")
})

test("with nothing said there is nothing to take up", () => {
  expect(createRecall(() => []).press("ArrowUp", "")).toBeUndefined()
})
