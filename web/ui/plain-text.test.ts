import { expect, test } from "vitest"
import { toPlainText } from "./plain-text.ts"

test.each([
  ["# Plan\n\n**first** and *then* `code` &amp; more", "Plan\n\nfirst and then code & more"],
  ["1. one\n2. two\n   - [x] done", "1. one\n2. two\n   - [x] done"],
  ["| a | b |\n|---|---|\n| 1 | **2** |", "a\tb\n1\t2"],
  ["```ts\nconst a = **1**\n```", "const a = **1**"],
  ["[here](https://a.b) <https://a.b>", "here (https://a.b) https://a.b"],
  ["> quoted\n\n---\n\nafter", "quoted\n\nafter"],
  ["a <b>c</b>", "a <b>c</b>"],
  ["5 \\* 3", "5 * 3"],
])("%j is read as %j", (markdown, text) => {
  expect(toPlainText(markdown)).toBe(text)
})

test("[WC12] nesting deeper than the lexer can follow is left as it is", () => {
  const deep = ">".repeat(20_000)
  expect(toPlainText(deep)).toBe(deep)
})
