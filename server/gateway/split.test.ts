import fc from "fast-check"
import { expect, test } from "vitest"
import { splitText } from "./split.ts"

/** Text with all that splitting looks at: fences, paragraphs, lines, words, pairs of surrogates. */
const text = fc
  .array(
    fc.constantFrom(
      "```\n",
      "```js\n",
      "\n```\n",
      "\n\n",
      "\n",
      " ",
      "word",
      "x".repeat(90),
      "😀",
      "é",
    ),
    { maxLength: 200 },
  )
  .map((parts) => parts.join(""))
const maxLength = fc.integer({ min: 64, max: 400 })

const fencesOf = (piece: string) => piece.split("\n").filter((line) => line.startsWith("```"))
const withoutFencesAndSpace = (each: string) =>
  each
    .split("\n")
    .filter((line) => !line.startsWith("```"))
    .join("")
    .replace(/\s|`|js/g, "")

test("[M5] no piece is longer than the channel takes, none is empty, none ends inside a pair", () => {
  fc.assert(
    fc.property(text, maxLength, (each, max) => {
      for (const piece of splitText(each, max)) {
        expect(piece.length).toBeLessThanOrEqual(max)
        expect(piece.trim()).not.toBe("")
        expect(piece.isWellFormed()).toBe(true)
      }
    }),
  )
})

test("[M5] nothing but white space and fences is lost or doubled", () => {
  fc.assert(
    fc.property(text, maxLength, (each, max) => {
      const joined = splitText(each, max).map(withoutFencesAndSpace).join("")
      expect(joined).toBe(withoutFencesAndSpace(each))
    }),
  )
})

test("[M5] every piece but the last closes the code blocks that it opens", () => {
  fc.assert(
    fc.property(text, maxLength, (each, max) => {
      for (const piece of splitText(each, max).slice(0, -1)) {
        expect(fencesOf(piece).length % 2).toBe(0)
      }
    }),
  )
})

test("[M5] a long code block is closed and opened again with its language", () => {
  const code = Array.from({ length: 40 }, (_, index) => `line ${index}`).join("\n")
  const pieces = splitText(`Look:\n\`\`\`js\n${code}\n\`\`\`\nDone.`, 100)
  expect(pieces.length).toBeGreaterThan(2)
  expect(pieces[1]?.startsWith("```js\n")).toBe(true)
  for (const piece of pieces) expect(fencesOf(piece).length % 2).toBe(0)
  expect(pieces.at(-1)?.endsWith("```\nDone.")).toBe(true)
})

test.for([
  ["a paragraph", `${"a".repeat(60)}\n\n${"b".repeat(60)}`, ["a".repeat(60), "b".repeat(60)]],
  ["a line", `${"a".repeat(60)}\n${"b".repeat(60)}`, ["a".repeat(60), "b".repeat(60)]],
  ["a word", `${"a".repeat(60)} ${"b".repeat(60)}`, ["a".repeat(60), "b".repeat(60)]],
] as const)("[M5] a text is split at %s", ([, each, pieces]) => {
  expect(splitText(each, 100)).toEqual(pieces)
})

test("[M5] a text that fits is one piece, and blank text is none", () => {
  expect(splitText("  short \n", 64)).toEqual(["short"])
  expect(splitText(" \n\t ", 64)).toEqual([])
})

test("a channel that takes next to nothing is a mistake, not an endless loop", () => {
  expect(() => splitText("x".repeat(100), 16)).toThrow(/at least 64/)
})
