import { expect, test } from "vitest"
import { cutLines } from "./cut-lines.ts"

test("of what a tool gave the first 40 lines are shown, and not more than fits", () => {
  const long = Array.from({ length: 100 }, (_, index) => `line ${index}`).join("\n")
  const { lines, shown } = cutLines(long)
  expect(lines).toBe(100)
  expect(shown.split("\n")).toHaveLength(40)
  expect(shown.endsWith("line 39")).toBe(true)
  expect(cutLines("one\ntwo").shown).toBe("one\ntwo")
  expect(cutLines("x".repeat(100_000)).shown).toHaveLength(8_000)
})
