import { expect, test } from "vitest"
import { withoutAnsi } from "./ansi.ts"

test.each([
  ["\u001B[1;32mok\u001B[0m", "ok"],
  ["\u001B]8;;https://a.b\u0007link\u001B]8;;\u001B\\", "link"],
  ["\u009B31mred", "red"],
  ["\u001B(B\u001B[?25lx\u001B[K", "x"],
  ["10%\r50%\r100%\nnext", "100%\nnext"],
  ["a\r\nb", "a\nb"],
  ["bell\u0007 and\u0000 nul\tstay\n", "bell and nul\tstay\n"],
  ["[32m plain", "[32m plain"],
])("%j is shown as %j", (written, shown) => {
  expect(withoutAnsi(written)).toBe(shown)
})

test("a sequence that never ends costs no time", () => {
  const long = `\u001B]${"x".repeat(1_000_000)}`
  expect(withoutAnsi(long)).toBe("")
  expect(withoutAnsi("\r".repeat(100_000) + "\u001B[".repeat(100_000))).toBe("")
})
