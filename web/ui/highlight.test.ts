import { expect, test, vi } from "vitest"
import { type CodeNode, createHighlight } from "./highlight.ts"

vi.mock("./highlight.css", () => ({}))

const highlight = createHighlight()

const textOf = (nodes: readonly CodeNode[]): string =>
  nodes.map((node) => (typeof node === "string" ? node : textOf(node.children))).join("")

const kindOf = (code: string, language: string, piece: string) => {
  const find = (nodes: readonly CodeNode[]): string | undefined => {
    for (const node of nodes) {
      if (typeof node === "string") continue
      if (textOf(node.children) === piece) return node.kind
      const inside = find(node.children)
      if (inside !== undefined) return inside
    }
    return undefined
  }
  return find(highlight(code, language) ?? [])
}

test.each([
  ["const a = 1 // b", "ts", "const", "keyword"],
  ["const a = 1 // b", "ts", "// b", "comment"],
  ["print('a')", "Python", "'a'", "string"],
  ["echo hi # x", "console", "# x", "comment"],
  ["int main() { return 0; }", "c", "return", "keyword"],
  ['<a href="b">', "html", '"b"', "string"],
  ["-old\n+new", "diff", "+new", "string"],
])("in %j as %s, %j is a %s", (code, language, piece, kind) => {
  expect(kindOf(code, language, piece)).toBe(kind)
})

test("[WC12] all of the code is there, as text, and HTML in it stays text", () => {
  const code = "<script>alert(1)</script>\n<img onerror=x> &amp; $a\n\u202E"
  for (const language of ["html", "ts", "bash", "json", "css", "sql", "yaml", "rust"]) {
    expect(textOf(highlight(code, language) ?? [])).toBe(code)
  }
})

test("a language that nobody knows is left alone, and so are names that every object has", () => {
  for (const language of ["klingon", "", "constructor", "__proto__"]) {
    expect(highlight("a", language)).toBeUndefined()
  }
})
