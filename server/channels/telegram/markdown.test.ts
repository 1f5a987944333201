import fc from "fast-check"
import { expect, test, vi } from "vitest"
import { toFormatted } from "./markdown.ts"
import type { Entity } from "./text-writer.ts"

vi.mock(import("marked"), async (original) => {
  const marked = await original()
  const lexer = (markdown: string) => {
    if (markdown === "stumble") throw new Error("Infinite loop on byte: 115")
    return marked.lexer(markdown)
  }
  return { ...marked, lexer: lexer as typeof marked.lexer }
})

/** The text with each entity as `type(…)` around what it marks, so that a test reads at a glance. */
function show(markdown: string): string {
  const { text, entities } = toFormatted(markdown)
  const at = (place: number) => {
    const closing = entities
      .filter(({ offset, length }) => offset + length === place)
      .map(() => ")")
    const opening = entities.filter(({ offset }) => offset === place).map(nameOf)
    return [...closing, ...opening].join("")
  }
  return [...text.split("").map((letter, place) => at(place) + letter), at(text.length)].join("")
}

function nameOf({ type, url, language }: Entity): string {
  return `${type}${url === undefined ? "" : `<${url}>`}${language === undefined ? "" : `<${language}>`}(`
}

test.for([
  ["plain words\nin two lines", "plain words\nin two lines"],
  [
    "**bold** _italic_ ~~gone~~ <u>under</u>",
    "bold(bold) italic(italic) strikethrough(gone) underline(under)",
  ],
  ["**b _i_**", "bold(b italic(i))"],
  ["`a*b*`", "code(a*b*)"],
  ["```ts\nlet a = 1\n\nlet b\n```", "pre<ts>(let a = 1\n\nlet b)"],
  ["[here](https://x.y/z)", "text_link<https://x.y/z>(here)"],
  ["![a cat](https://x.y/cat.png)", "text_link<https://x.y/cat.png>(a cat)"],
  ["https://x.y and <a@x.y> and www.x.y", "https://x.y and a@x.y and www.x.y"],
  ["[file](/etc/hosts)", "file (/etc/hosts)"],
  ["[run](javascript:alert(1))", "run (javascript:alert(1))"],
  ["# Head\ntext", "bold(Head)\ntext"],
  ["## Head\n\ntext", "bold(Head)\n\ntext"],
  ["- a\n- b\n  - c\n\nend", "• a\n• b\n  • c\n\nend"],
  ["3. a\n4. b\n   more", "3. a\n4. b\n   more"],
  ["- [x] done\n- [ ] open", "• ☑ done\n• ☐ open"],
  ["> quoted\n> more\n\nanswer", "blockquote(quoted\nmore)\n\nanswer"],
  ["> a\n> > b", "blockquote(a\nb)"],
  ["a\n\n---\n\nb", "a\n\n———\n\nb"],
  ["| a | b |\n|---|---|\n| long | **2** |", "pre(a    | b\nlong | 2)"],
  [
    "| run | why |\n|---|---|\n| `ls | wc` | count |\n",
    "pre(| run | why |\n|---|---|\n| `ls | wc` | count |)",
  ],
  ["| a | b |\n|---|---|\n| 1 \\| 2 | 3 | |", "pre(a     | b\n1 | 2 | 3)"],
  ["2 \\* 3 &lt; 7 &amp;&amp; &#128512;", "2 * 3 < 7 && 😀"],
  ["a<br>b <i>c</i>", "a\nb <i>c</i>"],
  ["[d]: https://x.y\ntext", "text"],
] as const)("%j is shown as it is meant", ([markdown, shown]) => {
  expect(show(markdown)).toBe(shown)
})

test("nothing is in or around code, and nothing of a kind is within its own kind", () => {
  expect(show("**a `b` c**")).toBe("bold(a) code(b) bold(c)")
  expect(show("# `b`")).toBe("code(b)")
  expect(show("[a `b`](https://x.y)")).toBe("text_link<https://x.y>(a b)")
  expect(show("# a **b**")).toBe("bold(a b)")
  expect(show("> ```\n> x\n> ```")).toBe("blockquote(pre(x))")
})

test("offsets count UTF-16 units, and white space is at no end of an entity", () => {
  expect(toFormatted("😀 **👩‍👩‍👧 x**").entities).toEqual([{ type: "bold", offset: 3, length: 10 }])
  expect(
    toFormatted("**a ~~`b`~~ c**  \n").entities.map(({ offset, length }) => [offset, length]),
  ).toEqual([
    [0, 1],
    [2, 1],
    [4, 1],
  ])
})

test("code keeps the white space at its ends, also where it is all that is quoted", () => {
  expect(toFormatted("a\n\n> \t  b")).toEqual({
    text: "a\n\n  b",
    entities: [
      { type: "blockquote", offset: 3, length: 3 },
      { type: "pre", offset: 3, length: 3 },
    ],
  })
})

test("what has no text of its own, or would grow, is given as it is", () => {
  for (const markdown of [
    "[d]: https://x.y",
    "   ",
    "# ",
    ">".repeat(4_096),
    "|a|b|\n|-|-|\n|1|2|\n".repeat(3),
  ]) {
    expect(toFormatted(markdown).text.length).toBeLessThanOrEqual(markdown.length)
    expect(toFormatted(markdown).text).not.toBe("")
  }
})

test("no text is longer than its Markdown, and its entities are such as the service takes", () => {
  const piece = fc.constantFrom(
    ..."**|_|~~|`|```|\n|\n\n|# |> |- |1. |  |[|](https://x.y)|![|<u>|</u>|<br>|&amp;|😀|é|a|b c|\\|---|| a | b ||\n|-|-|\n|https://x.y|\t".split(
      /(?<!\|)\|(?!\|)/,
    ),
    "|a|b|\n|-|-|\n|c|d|\n",
    "|",
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const markdown = pieces.join("")
      const { text, entities } = toFormatted(markdown)
      expect(text.length).toBeLessThanOrEqual(markdown.length)
      for (const [index, entity] of entities.entries())
        check(text, entity, entities.slice(index + 1))
    }),
    { numRuns: 500 },
  )
})

const PIECEMEAL = /bold|italic|underline|strikethrough/

function check(text: string, { type, offset, length }: Entity, later: readonly Entity[]): void {
  const end = offset + length
  const marked = text.slice(offset, end)
  expect(length).toBeGreaterThan(0)
  expect(end).toBeLessThanOrEqual(text.length)
  expect(marked.isWellFormed()).toBe(true)
  const code = [{ type, offset, length }, ...later].filter((one) => /code|pre/.test(one.type))
  const isCode = (at: number) =>
    code.some((one) => at >= one.offset && at < one.offset + one.length)
  for (const at of [offset, end - 1]) expect(isCode(at) || /\S/.test(text.charAt(at))).toBe(true)
  for (const other of later) {
    if (other.offset >= end) continue
    expect(other.offset + other.length).toBeLessThanOrEqual(end)
    expect(type).not.toMatch(/code|pre/)
    expect(other.type).not.toBe(type)
    if (/code|pre/.test(other.type)) expect(type).not.toMatch(PIECEMEAL)
    if (other.type === "text_link") expect(type).not.toBe("text_link")
  }
}

test("where the parser stumbles the text comes back as it is", () => {
  expect(toFormatted("stumble")).toEqual({ text: "stumble", entities: [] })
})
