import fc from "fast-check"
import { expect, test } from "vitest"
import { parseHtml } from "./html.ts"
import { Refusal } from "./refusal.ts"

test("nested tags become entities over the text without them", () => {
  const { text, entities } = parseHtml(
    '1 &lt; 2 <b>bold <i>both</i></b> <a href="http://x">link</a>',
  )
  expect(text).toBe("1 < 2 bold both link")
  expect(entities).toEqual([
    { type: "bold", offset: 6, length: 9 },
    { type: "italic", offset: 11, length: 4 },
    { type: "text_link", offset: 16, length: 4, url: "http://x" },
  ])
})

test("code inside pre is one block with its language", () => {
  const { text, entities } = parseHtml('<pre><code class="language-ts">let a</code></pre>')
  expect(text).toBe("let a")
  expect(entities).toEqual([{ type: "pre", offset: 0, length: 5, language: "ts" }])
})

test.for([
  ["é<x>", 'Unsupported start tag "x" at byte offset 2'],
  ["1 < 2", "Unclosed start tag at byte offset 2"],
  ["<b>", 'Can\'t find end tag corresponding to start tag "b"'],
  ["</b>", "Unexpected end tag at byte offset 0"],
  ["<b><i></b></i>", 'Unmatched end tag at byte offset 6, expected "</i>", found "</b>"'],
  ["<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
])("%s is refused: %s", ([source, reason]) => {
  expect(() => parseHtml(source ?? "")).toThrow(`Bad Request: can't parse entities: ${reason}`)
})

test("any text is parsed or refused, and nothing else happens", () => {
  const piece = fc.constantFrom("<", ">", "</", "b", "i", "&", "&lt;", "&#0;", '"', "=", " ", "é")
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      try {
        const { text, entities } = parseHtml(pieces.join(""))
        for (const { offset, length } of entities)
          expect(offset + length).toBeLessThanOrEqual(text.length)
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal)
      }
    }),
  )
})
