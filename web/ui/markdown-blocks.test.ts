import fc from "fast-check"
import { Lexer } from "marked"
import { expect, test } from "vitest"
import { createMarkdownBlocks } from "./markdown-blocks.ts"

const fragment = fc.constantFrom(
  "word ",
  "\n",
  "\n\n",
  "**bold",
  "**",
  "`code`",
  "- item\n",
  "  - nested\n",
  "1. one\n",
  "# heading\n",
  "```\n",
  "> quote\n",
  "| a | b |\n",
  "|---|---|\n",
  "---\n",
  "    indented\n",
  "<b>",
  "[link](http://a)",
)

test("a text that grows in any pieces has the blocks of the whole text", () => {
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 30 }), (fragments) => {
      const blocks = createMarkdownBlocks()
      let text = ""
      for (const next of fragments) {
        text += next
        const raw = (tokens: readonly { type: string; raw: string }[]) =>
          tokens.map(({ type, raw }) => [type, raw])
        expect(raw(blocks.read(text, { complete: false }))).toEqual(raw(new Lexer().lex(text)))
      }
    }),
    {
      numRuns: 200,
      examples: [[["|---|---|\n", "<b>", "\n", "---\n", "word ", "word "]]],
    },
  )
})

test("only the end is read again while a text grows", () => {
  const blocks = createMarkdownBlocks()
  const paragraph = "Some words that fill a line of an answer. ".repeat(4)
  let text = ""
  for (let count = 0; count < 100; count += 1) {
    for (const piece of [paragraph, "\n\n"]) {
      text += piece
      blocks.read(text, { complete: false })
    }
  }
  expect(blocks.lexedLength).toBeLessThan(6 * text.length)
})

test("blocks that did not change are the same objects, and only the last one does", () => {
  const blocks = createMarkdownBlocks()
  const before = blocks.read("one\n\ntwo\n\nthree\n\nfour", { complete: false })
  const after = blocks.read("one\n\ntwo\n\nthree\n\nfour and", { complete: false })
  expect(after.map((token, at) => token === before[at])).toEqual([
    ...before.slice(0, -1).map(() => true),
    false,
  ])
})

test("[WC12] nesting deeper than the lexer can follow is text", () => {
  const deep = ">".repeat(20_000)
  expect(createMarkdownBlocks().read(deep, { complete: true })).toMatchObject([{ type: "text" }])
})
