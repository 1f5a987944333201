// Code as a tree of marked pieces. It comes when the first code is shown, with the colours for it.

import hljs from "highlight.js/lib/core"
import bash from "highlight.js/lib/languages/bash"
import cpp from "highlight.js/lib/languages/cpp"
import css from "highlight.js/lib/languages/css"
import diff from "highlight.js/lib/languages/diff"
import go from "highlight.js/lib/languages/go"
import java from "highlight.js/lib/languages/java"
import javascript from "highlight.js/lib/languages/javascript"
import json from "highlight.js/lib/languages/json"
import python from "highlight.js/lib/languages/python"
import rust from "highlight.js/lib/languages/rust"
import sql from "highlight.js/lib/languages/sql"
import typescript from "highlight.js/lib/languages/typescript"
import xml from "highlight.js/lib/languages/xml"
import yaml from "highlight.js/lib/languages/yaml"
import "./highlight.css"

export type CodeNode = string | { readonly kind: CodeKind; readonly children: readonly CodeNode[] }

export type CodeKind = "comment" | "keyword" | "string" | "number" | "title" | "meta"

/** TABLE: a language brings its other names, such as `ts` and `tsx`. */
const LANGUAGES = {
  bash,
  cpp,
  css,
  diff,
  go,
  java,
  javascript,
  json,
  python,
  rust,
  sql,
  typescript,
  xml,
  yaml,
}

/** Names that people write and the languages do not bring. */
const ALIASES: Readonly<Record<string, string>> = {
  c: "cpp",
  console: "bash",
  fish: "bash",
  shell: "bash",
  vue: "xml",
}

/** What is not named here is shown as the text around it. */
const KINDS: Readonly<Record<string, CodeKind>> = {
  addition: "string",
  attr: "title",
  attribute: "title",
  built_in: "title",
  bullet: "number",
  char: "string",
  comment: "comment",
  deletion: "number",
  doctag: "comment",
  keyword: "keyword",
  link: "string",
  literal: "number",
  meta: "meta",
  name: "keyword",
  number: "number",
  property: "title",
  quote: "comment",
  regexp: "string",
  section: "keyword",
  "selector-class": "title",
  "selector-id": "title",
  "selector-tag": "keyword",
  string: "string",
  symbol: "string",
  title: "title",
  type: "title",
}

/** Gives the code with its pieces marked; undefined in a language that is not known here. */
export type Highlight = (code: string, language: string) => readonly CodeNode[] | undefined

export function createHighlight(): Highlight {
  const highlighter = hljs.newInstance()
  for (const [name, language] of Object.entries(LANGUAGES)) {
    highlighter.registerLanguage(name, language)
  }
  highlighter.configure({ __emitter: TreeEmitter })
  return (code, name) => {
    const wanted = name.toLowerCase()
    const alias = Object.hasOwn(ALIASES, wanted) ? ALIASES[wanted] : undefined
    const language = alias ?? wanted
    if (highlighter.getLanguage(language) === undefined) return undefined
    const { _emitter } = highlighter.highlight(code, { language, ignoreIllegals: true })
    return _emitter instanceof TreeEmitter ? simplify(_emitter.tree) : undefined
  }
}

interface Scope {
  readonly name: string
  readonly children: (string | Scope)[]
}

/** What the library needs to tell its tokens; it never makes HTML of them. */
class TreeEmitter {
  readonly tree: (string | Scope)[] = []
  readonly #open: (string | Scope)[][] = [this.tree]

  get #top(): (string | Scope)[] {
    return this.#open.at(-1) ?? this.tree
  }

  addText(text: string): void {
    if (text !== "") this.#top.push(text)
  }

  openNode(name: string): void {
    const scope: Scope = { name, children: [] }
    this.#top.push(scope)
    this.#open.push(scope.children)
  }

  closeNode(): void {
    if (this.#open.length > 1) this.#open.pop()
  }

  startScope(name: string): void {
    this.openNode(name)
  }

  endScope(): void {
    this.closeNode()
  }

  __addSublanguage(emitter: TreeEmitter, name: string): void {
    this.#top.push({ name: `language:${name}`, children: emitter.tree })
  }

  finalize(): void {
    this.#open.length = 1
  }

  toHTML(): string {
    return ""
  }
}

/** Without the scopes that have no look of their own, and with texts side by side joined. */
function simplify(tree: readonly (string | Scope)[]): readonly CodeNode[] {
  const nodes: CodeNode[] = []
  for (const node of tree.flatMap(toNodes)) {
    const last = nodes.at(-1)
    if (typeof node === "string" && typeof last === "string") nodes[nodes.length - 1] = last + node
    else nodes.push(node)
  }
  return nodes
}

function toNodes(node: string | Scope): readonly CodeNode[] {
  if (typeof node === "string") return [node]
  const children = simplify(node.children)
  const [first = ""] = node.name.split(".")
  const kind = Object.hasOwn(KINDS, first) ? KINDS[first] : undefined
  return kind === undefined ? children : [{ kind, children }]
}
