import fc from "fast-check"
import { expect, test } from "vitest"
import { formatText } from "./format.ts"
import { whatsapp } from "./index.ts"

test.each([
  ["**bold** and __bold__", "*bold* and *bold*"],
  ["*slanted* and _slanted_", "_slanted_ and _slanted_"],
  ["***both***", "*_both_*"],
  ["**bold with *slanted* in it**", "*bold with _slanted_ in it*"],
  ["*slanted with **bold***", "_slanted with *bold*_"],
  ["~~gone~~", "~gone~"],
  ["(**a**), **b**.", "(*a*), *b*."],
  ["**Note:** text", "*Note:* text"],
])("emphasis: %s becomes %s", (markdown, text) => {
  expect(formatText(markdown)).toBe(text)
})

test.each(
  [
    "2 * 3 * 4",
    "2*3*4",
    "snake_case_name",
    "about ~5 minutes, ~6 at most",
    "a **** b",
    "**not closed",
    "closed only**",
    "* a",
    "**over\nlines**",
    "1. one\n2. two",
    "> quoted\n> more",
    "- [ ] to do",
    "https://example.com/__init__/a*_x_",
    "[1] and [x] and f(x)",
    "| a | b |",
  ].map((text) => [text]),
)("%j stays as it is", (text) => {
  expect(formatText(text)).toBe(text.replace(/^\* /, "- "))
})

test("inside a word, where WhatsApp knows no styles, doubled marks are left out", () => {
  expect(formatText("un**frigging**believable")).toBe("unfriggingbelievable")
  expect(formatText("**重要**です")).toBe("重要です")
})

test("headings are bold, and not twice so", () => {
  expect(formatText("# Title")).toBe("*Title*")
  expect(formatText("## A **bold** *title* ##")).toBe("*A bold _title_*")
  expect(formatText("#hashtag")).toBe("#hashtag")
  expect(formatText("a\n\n### b\nc")).toBe("a\n\n*b*\nc")
})

test("lists have hyphens, and rules are hyphens", () => {
  expect(formatText("* a\n+ b\n- **c**\n  * d")).toBe("- a\n- b\n- *c*\n  - d")
  expect(formatText("a\n\n* * *\n\nb")).toBe("a\n\n---\n\nb")
  expect(formatText("> **a**")).toBe("> *a*")
})

test("links show their words and where they lead", () => {
  expect(formatText("see [the page](https://example.com/a_b)")).toBe(
    "see the page (https://example.com/a_b)",
  )
  expect(formatText("[**bold**](https://example.com 'T')")).toBe("*bold* (https://example.com)")
  expect(formatText("[https://example.com](https://example.com)")).toBe("https://example.com")
  expect(formatText("<https://example.com> <mailto:a@b.example>")).toBe(
    "https://example.com a@b.example",
  )
  expect(formatText("![a cat](https://example.com/(cat).png)")).toBe(
    "a cat (https://example.com/(cat).png)",
  )
  expect(formatText("[![x](https://a.example)](https://b.example)")).toBe(
    "x (https://a.example) (https://b.example)",
  )
  expect(formatText("[up](#top)")).toBe("up")
  expect(formatText("**https://example.com**")).toBe("*https://example.com*")
})

test("what is escaped is no mark", () => {
  expect(formatText("\\*a\\* snake\\_case \\`x\\`")).toBe("*a* snake_case `x`")
})

test("[M5] code stays as it is, however it is marked", () => {
  const code = "**a** _b_ [c](d) # e\n* f\n\\*"
  expect(formatText(`\`\`\`\n${code}\n\`\`\``)).toBe(`\`\`\`\n${code}\n\`\`\``)
  expect(formatText(`~~~~js\n${code}\n~~~~\n**x**`)).toBe(`\`\`\`\n${code}\n\`\`\`\n*x*`)
  expect(formatText("~~~word\na\n~~~")).toBe("```\na\n```")
  expect(formatText("    ~~~\na\n~~~")).toBe("    ```\na\n```")
  expect(formatText(`\`\`\`js\n${code}`)).toBe(`\`\`\`js\n${code}`)
  expect(formatText("`**a**` and ``_b_`` **c**")).toBe("`**a**` and `_b_` *c*")
  expect(formatText("``a ` **b**``")).toBe("``a ` **b**``")
  expect(formatText("x `a **b**\nc **d**` **e**")).toBe("x `a **b**\nc **d**` *e*")
  expect(formatText("```**a**``` **b**")).toBe("```**a**``` *b*")
  expect(formatText("text\n\n    **a**")).toBe("text\n\n    **a**")
  expect(formatText("- item\n\n    **a**")).toBe("- item\n\n    *a*")
  expect(formatText("`not **closed**")).toBe("`not *closed*")
})

test("[M5] a text of which nothing would be left stays as it is", () => {
  for (const text of ["# ", "## ##", "[](#top)", "[]( )"]) expect(formatText(text)).toBe(text)
})

const marks = fc.constantFrom(
  ..."* ** *** __ _ ~~ ` `` ``` ~~~ [ ]( ) ! < > # \\ - 1. | https://a.example (".split(" "),
  "\n",
  "\n\n",
  " ",
  "    ",
  "a",
  "word",
  "😀",
)
const markdown = fc.oneof(
  fc.array(marks, { maxLength: 60 }).map((pieces) => pieces.join("")),
  fc.string({ unit: "binary" }),
)

/** A language and a place within the text are names that are left out. */
const NAMES = /^\s*(`{3,}|~{3,}).*(word|😀)|\(\s*<?#.*(word|😀)/mu

test("[M5] no text grows, and none disappears", () => {
  fc.assert(
    fc.property(markdown, (text) => {
      const formatted = formatText(text)
      expect(formatted.length).toBeLessThanOrEqual(text.length)
      expect(formatted.trim() === "").toBe(text.trim() === "")
      const words = (of: string) => of.match(/word|😀/gu) ?? []
      if (!NAMES.test(text)) expect(words(formatted)).toEqual(words(text))
    }),
    { numRuns: 2_000 },
  )
})

test("[M5] whatever stands around it, a block of code is not changed", () => {
  const safe = marks.filter((mark) => !/[`~\n]/.test(mark))
  const line = fc.array(safe, { maxLength: 8 }).map((pieces) => pieces.join(""))
  const code = fc.array(line, { minLength: 1, maxLength: 5 }).map((lines) => lines.join("\n"))
  fc.assert(
    fc.property(line, code, line, (before, inner, after) => {
      const block = `\`\`\`\n${inner}\n\`\`\``
      expect(formatText(`${before}\n${block}\n${after}`)).toContain(block)
      expect(formatText(`x \`${inner.replaceAll("\n", " ")}y\` z`)).toContain(
        `\`${inner.replaceAll("\n", " ")}y\``,
      )
    }),
    { numRuns: 500 },
  )
})

test("[M5] the longest text is read to its end, even if it is nothing but marks", () => {
  const marks = [
    "*",
    "**",
    "[",
    "`",
    "_a",
    "[a](",
    "<",
    "![",
    "~~",
    "> ",
    "# ",
    "```\n",
    "` `` ",
    "a\n",
  ]
  for (const mark of marks) {
    const text = mark.repeat(whatsapp.maxTextLength / mark.length)
    expect(formatText(text).length).toBeLessThanOrEqual(text.length)
  }
})
