import { expect, test } from "vitest"
import { parseMarkdown, parseMarkdownV2 } from "./markdown.ts"

test("marks that are closed and escaped leave the text", () => {
  expect(parseMarkdownV2("*bold* _it_ `a.b` [x](http://y.z) no\\.").text).toBe("bold it a.b x no.")
  expect(parseMarkdown("*bold* _it_ `a.b` [x](http://y.z) no.").text).toBe("bold it a.b x no.")
})

test.for(["*open", "_open", "`open", "[open", "dot.", "a-b", "*_x*_"])(
  "MarkdownV2 refuses %s",
  (source) => {
    expect(() => parseMarkdownV2(source)).toThrow("Bad Request: can't parse entities: ")
  },
)

test.for(["*open", "snake_case", "`open", "[open"])("Markdown refuses %s", (source) => {
  expect(() => parseMarkdown(source)).toThrow("Bad Request: can't parse entities: ")
})
