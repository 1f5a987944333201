// What a person reads stands in the catalogue (web/text), and nowhere else in the page.

import { globSync, readFileSync } from "node:fs"
import { parseSync } from "vite"
import { expect, test } from "vitest"

/** Attributes whose value is read by a person, or to one. */
const READ =
  /^(?:label|title|alt|placeholder|doneLabel|question|yes|no|hint|aria-(?:label|description|placeholder|roledescription|valuetext))$/
/** Of a button it is read, of an icon or a field it is not. */
const ASKED = /Button$/
const LETTER = /\p{L}/u

interface Node {
  readonly type: string
  readonly start: number
  readonly [field: string]: unknown
}

/** Words in the markup of a file, with the line they stand in. */
function findWords(file: string, code: string): string[] {
  const { errors, program } = parseSync(file, code)
  expect(errors).toEqual([])
  const found: string[] = []
  const report = (node: Node, words: unknown) => {
    const line = code.slice(0, node.start).split("\n").length
    if (LETTER.test(String(words))) found.push(`${file}:${line} ${String(words).trim()}`)
  }
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item)
    if (!isNode(value)) return
    if (value.type === "JSXText") report(value, value["value"])
    if (value.type === "JSXOpeningElement") {
      const isNamed = ASKED.test(nameOf(value))
      for (const attribute of value["attributes"] as Node[]) {
        const name = nameOf(attribute)
        if (READ.test(name) || (isNamed && name === "name")) findLiterals(attribute, report)
      }
    }
    if (value.type === "JSXElement" || value.type === "JSXFragment") {
      for (const child of value["children"] as Node[]) {
        if (child.type === "JSXExpressionContainer") findLiterals(child, report)
      }
    }
    for (const part of Object.values(value)) visit(part)
  }
  visit(program)
  return [...new Set(found)]
}

/** Strings that an expression may come to; not those that it compares with, or hands to a function. */
function findLiterals(node: unknown, report: (node: Node, words: unknown) => void): void {
  if (!isNode(node)) return
  const next = (...fields: string[]) => {
    for (const field of fields) findLiterals(node[field], report)
  }
  switch (node.type) {
    case "Literal":
      if (typeof node["value"] === "string") report(node, node["value"])
      return
    case "TemplateLiteral":
      for (const part of node["quasis"] as Node[]) {
        report(part, (part["value"] as { cooked: string }).cooked)
      }
      return
    case "JSXAttribute":
      next("value")
      return
    case "JSXExpressionContainer":
      next("expression")
      return
    case "ConditionalExpression":
      next("consequent", "alternate")
      return
    case "LogicalExpression":
      next("left", "right")
      return
    case "BinaryExpression":
      if (node["operator"] === "+") next("left", "right")
  }
}

function nameOf(named: Node): string {
  const { name } = (named["name"] ?? {}) as { name?: unknown }
  return String(name)
}

function isNode(value: unknown): value is Node {
  return typeof (value as Node | null)?.type === "string"
}

test("no word stands in the markup of the page", () => {
  const files = globSync("web/**/*.tsx")
  expect(files).toContain("web/app.tsx")
  expect(files.flatMap((file) => findWords(file, readFileSync(file, "utf8")))).toEqual([])
})

test.for([
  "<p>Hello</p>",
  '<p>{"Hello"}</p>',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the code of a template.
  "<p>{`${n} Hello`}</p>",
  '<p>{a ? "Hello" : text.a}</p>',
  '<p>{a && "Hello"}</p>',
  '<Button label="Hello" />',
  '<button title={a ? "Hello" : text.b} />',
  '<div aria-label={"Hello" + a} />',
])("%s is found", (markup) => {
  expect(findWords("x.tsx", `export const x = ${markup}`)).toEqual([
    expect.stringContaining("Hello"),
  ])
})

test.for([
  "<p class='hello'>{text.hello} · {n}</p>",
  '<p>{a === "hello" && <b class="hello" />}</p>',
  '<p>{find("hello")}</p>',
  '<Button label={text.hello} icon="hello" look="quiet" />',
])("%s is no word to read", (markup) => {
  expect(findWords("x.tsx", `export const x = ${markup}`)).toEqual([])
})
