import type { ComponentChildren, VNode } from "preact"
import { expect, test } from "vitest"
import { decodeEntities } from "./entities.ts"
import { isClosed, renderBlock, withoutOpenMark } from "./markdown.tsx"
import { lexMarkdown } from "./markdown-blocks.ts"

const labels = {
  code: "Code",
  copyCode: "Copy",
  copied: "Copied",
  wrap: "Wrap",
  more: "More",
  image: (alt: string) => `Image: ${alt}`,
}

/** The nodes as text: elements by name with the attributes that matter, components called. */
function show(node: ComponentChildren): string {
  if (node === null || node === undefined || typeof node === "boolean") return ""
  if (Array.isArray(node)) return node.map(show).join("")
  if (typeof node !== "object") return String(node)
  const { type, props } = node as VNode<{ href?: string; children?: ComponentChildren }>
  if (typeof type === "function") {
    if (type.name === "CodeBlock") return `{code ${(props as { code?: string }).code}}`
    return show((type as (given: object) => ComponentChildren)(props))
  }
  const href = props.href === undefined ? "" : ` ${props.href}`
  return `<${type}${href}>${show(props.children)}</${type}>`
}

const render = (text: string) =>
  show(lexMarkdown(text).map((token) => renderBlock(token, { labels, depth: 0 })))

test.each([
  ["**a** *b* ~~c~~ `d<e`", "<p><strong>a</strong> <em>b</em> <del>c</del> <code>d<e</code></p>"],
  ["# One", "<h3>One</h3>"],
  ["a &amp; b", "<p>a & b</p>"],
  ["[a](https://b.c)", "<p><a https://b.c>a</a></p>"],
  ["![cat](https://b.c/x.png)", "<p><a https://b.c/x.png>Image: cat</a></p>"],
  ["a\nb", "<p>a<br></br>b</p>"],
  ["- a\n- b", "<ul><li>a</li><li>b</li></ul>"],
  ["```js\nlet a\n```", "{code let a}"],
])("%j becomes %j", (text, nodes) => {
  expect(render(text)).toBe(nodes)
})

test.each([
  ["<img src=x onerror=alert(1)>", "<p><img src=x onerror=alert(1)></p>"],
  ["a <b>x</b>", "<p>a <b>x</b></p>"],
  ["[a](javascript:alert(1))", "<p><span>a</span></p>"],
  ["[a](JaVaScRiPt:alert(1))", "<p><span>a</span></p>"],
  ["[a](data:text/html,x)", "<p><span>a</span></p>"],
  ["![a](data:image/png;base64,x)", "<p><span>Image: a</span></p>"],
])("[WC12] %j is shown as text and never runs", (text, nodes) => {
  expect(render(text)).toBe(nodes)
})

test.each([
  ["```js\na", false],
  ["```js\na\n```", true],
  ["```js\na\n```\n\n", true],
  ["````js\na\n```", false],
  ["````js\na\n`````", true],
  ["```", false],
  ["~~~\n```", false],
  ["```\na ```", false],
  ["    indented", true],
])("whether the fence of %j has closed: %s", (raw, closed) => {
  expect(isClosed({ raw })).toBe(closed)
})

test("a last line of marks alone is not shown before it says what it is", () => {
  expect(withoutOpenMark("1. one\n   -")).toBe("1. one")
  expect(withoutOpenMark("1. one\n   - two")).toBe("1. one\n   - two")
  expect(withoutOpenMark("a - b -")).toBe("a - b -")
})

test("character references become characters, and what is none stays", () => {
  expect(decodeEntities("&lt;&#65;&#x41;&nope;&constructor;&#0;")).toBe(
    "<AA&nope;&constructor;\uFFFD",
  )
})
