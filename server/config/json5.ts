// JSON5 that remembers where everything stood, so that a problem can be named by line and column.

import { parse, type Token, tokenize, type ValueNode } from "@humanwhocodes/momoa"
import { quote } from "#protocol"

export interface Position {
  readonly line: number
  readonly column: number
}

export interface LocatedValue {
  readonly value: unknown
  /** Where the value at `path` stands, or its key; the nearest thing around it if there is none. */
  locate(path: readonly PropertyKey[], what: "key" | "value"): Position
}

export class Json5Error extends Error {
  override readonly name = "Json5Error"
  readonly position: Position

  constructor(message: string, position: Position, options?: ErrorOptions) {
    super(message, options)
    this.position = position
  }
}

const MAX_DEPTH = 64
const START: Position = { line: 1, column: 1 }

/** Throws a Json5Error for broken text, and for what JSON5 allows but no configuration needs. */
export function parseJson5(text: string): LocatedValue {
  const root = parseDocument(text).body
  return { value: toValue(root), locate: (path, what) => locate(root, path, what) }
}

/** The text as a tree, with every token in the order of the text, comments too. Throws as `parseJson5` does. */
export function parseTree(text: string): { readonly root: ValueNode; readonly tokens: Token[] } {
  const { body, tokens = [] } = parseDocument(text, { tokens: true })
  toValue(body)
  return { root: body, tokens }
}

function parseDocument(text: string, { tokens = false } = {}): ReturnType<typeof parse> {
  refuseOpenText(text)
  try {
    return parse(text, { mode: "json5", tokens })
  } catch (error) {
    if (error instanceof RangeError) throw new Json5Error("too deeply nested", START)
    if (!(error instanceof Error)) throw error
    const position = positionOf(error)
    if (position === undefined || endsAt(text, error.message, position)) {
      throw new Json5Error("the text ends too early", endOf(text.trimEnd()), { cause: error })
    }
    throw new Json5Error(toWords(error.message), position, { cause: error })
  }
}

/** Comments, texts in quotes, and a quote at which a text begins that its line does not end. */
const PIECES =
  /\/\/[^\r\n]*|\/\*.*?(?:\*\/|$)|"(?:\\(?:\r\n|.)|[^"\\\r\n])*"|'(?:\\(?:\r\n|.)|[^'\\\r\n])*'|["']/gs

/** The reader would take what follows for a part of it, up to some other text's quote. */
function refuseOpenText(text: string): void {
  for (const { 0: piece, index } of text.matchAll(PIECES)) {
    if (piece.length > 1) continue
    const position = endOf(text.slice(0, index))
    throw new Json5Error("a text in quotes begins here and does not end on its line", position)
  }
}

function positionOf(error: Error): Position | undefined {
  if (!("line" in error) || !("column" in error)) return undefined
  const { line, column } = error
  return typeof line === "number" && typeof column === "number" ? { line, column } : undefined
}

/** Where something is missing at the end, the reader names the last word, or the beginning of the text. */
function endsAt(text: string, message: string, { column, line }: Position): boolean {
  if (/^Unexpected (?:end|token \w+Comment)/.test(message)) return true
  if (!/^Unexpected token (?!RBrace|RBracket)/.test(message)) return false
  try {
    const last = tokenize(text, { mode: "json5" }).findLast(({ type }) => !type.endsWith("Comment"))
    return last?.loc.start.line === line && last.loc.start.column === column
  } catch {
    // What cannot be read as words has more than one mistake; the first is the one to tell.
    return false
  }
}

function endOf(text: string): Position {
  const lines = text.split(/\r\n|[\r\n]/)
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 }
}

const SIGNS: Readonly<Record<string, string>> = {
  LBrace: "{",
  RBrace: "}",
  LBracket: "[",
  RBracket: "]",
  Colon: ":",
  Comma: ",",
}

/** The reader's own words for people who do not know its kinds of tokens. No value is in them. */
function toWords(message: string): string {
  const kind = /^Unexpected token (\w+) found/.exec(message)?.[1]
  if (kind === undefined) {
    return lowerFirst(quote(message.replace(/ \(\d+:\d+\)$/, "").replace(/\.$/, "")))
  }
  const sign = SIGNS[kind]
  if (sign !== undefined) return `unexpected ${sign}`
  const hint = "a comma, or a quote, may be missing before it"
  return `unexpected ${kind === "Identifier" ? "word" : "value"}; ${hint}`
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** What a node of the tree means. */
export function toValue(node: ValueNode, depth = 1): unknown {
  if (depth > MAX_DEPTH) throw new Json5Error("too deeply nested", node.loc.start)
  switch (node.type) {
    case "Object":
      return toObject(node, depth)
    case "Array":
      return node.elements.map((element) => toValue(element.value, depth + 1))
    case "String":
    case "Number":
    case "Boolean":
      return node.value
    case "Null":
      return null
    case "NaN":
      return Number.NaN
    case "Infinity":
      return node.sign === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
    default:
      return node satisfies never
  }
}

type ObjectNode = Extract<ValueNode, { type: "Object" }>
type MemberNode = ObjectNode["members"][number]

function toObject(node: ObjectNode, depth: number): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (const member of node.members) {
    const key = keyOf(member)
    // Two tokens in one file are a mistake, whichever would win; and no setting is called __proto__.
    if (Object.hasOwn(object, key)) {
      throw new Json5Error(`the key "${quote(key)}" stands here again`, member.name.loc.start)
    }
    if (key === "__proto__") throw new Json5Error("unknown key __proto__", member.name.loc.start)
    object[key] = toValue(member.value, depth + 1)
  }
  return object
}

export function keyOf({ name }: MemberNode): string {
  return name.type === "String" ? name.value : name.name
}

function locate(root: ValueNode, path: readonly PropertyKey[], what: "key" | "value"): Position {
  let node = root
  let position = root.loc.start
  for (const [index, step] of path.entries()) {
    const last = index === path.length - 1
    if (node.type === "Object") {
      const member = node.members.find((candidate) => keyOf(candidate) === String(step))
      if (member === undefined) return position
      node = member.value
      position = last && what === "key" ? member.name.loc.start : node.loc.start
    } else if (node.type === "Array") {
      const element = node.elements[Number(step)]
      if (element === undefined) return position
      node = element.value
      position = node.loc.start
    } else {
      return position
    }
  }
  return { line: position.line, column: position.column }
}
