import fc from "fast-check"
import { expect, test } from "vitest"
import { openFence } from "./fence.ts"
import { splitText } from "./split.ts"

/** Text with all that splitting looks at: fences, paragraphs, lines, words, pairs of surrogates. */
const text = fc
  .array(
    fc.constantFrom(
      "```\n",
      "```js\n",
      "\n```\n",
      "````\n",
      "~~~\n",
      "   ```\n",
      "- ```sh\n",
      "> ```\n",
      "> ",
      "x```",
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
/** With the name of a language behind it, which is said again. */
const FENCE_LINE = /^[\s>-]*(?:`{3,}[^`\n]*|~{3,}.*)$/gm
/** What surely belongs to no fence. */
const saidIn = (each: string) =>
  each
    .replace(FENCE_LINE, "")
    .match(/[wordxé😀]/gu)
    ?.join("")

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
      expect(saidIn(splitText(each, max).join("\n"))).toBe(saidIn(each))
    }),
  )
})

test("[M5] every piece but the last closes the code blocks that it opens", () => {
  fc.assert(
    fc.property(text, maxLength, (each, max) => {
      for (const piece of splitText(each, max).slice(0, -1)) {
        expect(openFence(piece)).toBeUndefined()
      }
    }),
  )
})

/** The lines that stand in blocks of code and the others, of all pieces. */
function sort(pieces: readonly string[]) {
  const code: string[] = []
  const prose: string[] = []
  for (const piece of pieces) {
    let read = ""
    for (const line of piece.split("\n")) {
      const before = openFence(read)
      read += `${line}\n`
      const after = openFence(read.slice(0, -1))
      if (before === undefined && after === undefined) prose.push(line.trim())
      else if (before !== undefined && after !== undefined) code.push(line)
    }
  }
  return { code, prose: prose.filter((line) => line !== "") }
}

test.for([
  [
    "in a list",
    "1. Do this:\n\n   ```sh\n",
    "   ",
    "   ```\n\n2. Then that.",
    ["1. Do this:", "2. Then that."],
    3,
  ],
  ["as the item of a list", "- ```sh\n", "  ", "  ```\n- b", ["- b"], 2],
  ["in tildes", "a\n~~~\n", "", "~~~\nb", ["a", "b"], 0],
  ["with fences in it", "a\n````md\n```js\n```\n", "", "````\nb", ["a", "b"], 0],
  ["in a quotation", "> a\n> ```sh\n", "> ", "> ```\n> b", ["> a", "> b"], 0],
] as const)(
  "[M5] a long block of code %s stays code, and nothing else becomes it",
  ([, before, lead, after, prose, outdent]) => {
    const lines = Array.from({ length: 40 }, (_, index) => `${lead}  line ${index} of it`)
    const whole = `${before}${lines.join("\n")}\n${after}`
    const pieces = splitText(whole, 120)
    expect(pieces.length).toBeGreaterThan(4)
    for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(120)
    const sorted = sort(pieces)
    expect(sorted.prose).toEqual(prose)
    const told = sorted.code.filter((line) => line.includes("line"))
    // Only in the first piece is there still the list that the code is moved in for.
    expect(told.slice(-30)).toEqual(lines.slice(-30).map((line) => line.slice(outdent)))
    expect(told.map((line) => line.trim())).toEqual(lines.map((line) => line.trim()))
  },
)

test("[M5] what goes on in the next message is no heading, item or quotation that it was not", () => {
  const words = fc
    .constantFrom("#", "###", "-", ">", "1.", "22)", "|", "~~~x", "```")
    .map((mark) => `a ${mark} word`)
  const line = fc.array(words, { minLength: 1, maxLength: 100 }).map((some) => some.join(" "))
  fc.assert(
    fc.property(fc.array(line, { maxLength: 10 }), maxLength, (lines, max) => {
      const pieces = splitText(lines.join("\n"), max)
      expect(pieces.join(" ").match(/\S+/g)).toEqual(lines.join(" ").match(/\S+/g))
      for (const piece of pieces) expect(piece).toMatch(/^[aw]/)
    }),
  )
})

test("[M5] the first line of a message is indented as it was", () => {
  const list = Array.from({ length: 30 }, (_, index) => `${index % 3 ? "    " : ""}- item ${index}`)
  expect(splitText(list.join("\n"), 100).join("\n")).toBe(list.join("\n"))
})

test("[M5] code between three backticks within a line opens no block", () => {
  const line = "```npm test``` and `` ```js `` are inline"
  const text = Array.from({ length: 9 }, () => line).join("\n")
  expect(splitText(text, 100).join("\n")).toBe(text)
  const glued = `\`\`\`\n${"x".repeat(96)}é\`\`\`js\n\`\`\`\n`
  for (const piece of splitText(glued, 103)) expect(piece).not.toMatch(/^```js/m)
})

test("[M5] a block of which there is only the first line begins in the next message", () => {
  const code = `${"x".repeat(60)}\n`.repeat(5)
  const pieces = splitText(`${"a".repeat(70)}\n\`\`\`js\n${code}\`\`\``, 90)
  expect(pieces[0]).toBe("a".repeat(70))
  expect(pieces[1]).toBe(`\`\`\`js\n${"x".repeat(60)}\n\`\`\``)
})

test("[M5] what is seen as one character is never split, nor a word where words have no spaces between them", () => {
  const families = "👨‍👩‍👧‍👦🇺🇦é".repeat(40)
  for (const piece of splitText(families, 64)) expect(piece).toMatch(/^(👨‍👩‍👧‍👦|🇺🇦|é)+$/u)
  const chinese = "今天天气很好我们去公园散步吧".repeat(30)
  const words = new Intl.Segmenter("zh", { granularity: "word" })
  const ends = new Set([...words.segment(chinese)].map(({ index }) => index))
  let at = 0
  for (const piece of splitText(chinese, 100)) {
    expect(ends.has(at)).toBe(true)
    at += piece.length
  }
  expect(at).toBe(chinese.length)
  const zalgo = `a${"\u0301".repeat(500)}`
  expect(splitText(zalgo, 64).join("")).toBe(zalgo)
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
