// JSON5 that remembers where everything stood, so that a problem can be named by line and column.

import { parse, type Token, type ValueNode } from "@humanwhocodes/momoa"
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
  try {
    return parse(text, { mode: "json5", tokens })
  } catch (error) {
    if (error instanceof RangeError) throw new Json5Error("too deeply nested", START)
    if (!(error instanceof Error)) throw error
    const message = error.message.replace(/ \(\d+:\d+\)$/, "").replace(/\.$/, "")
    throw new Json5Error(lowerFirst(quote(message)), positionOf(error) ?? START, { cause: error })
  }
}

function positionOf(error: Error): Position | undefined {
  if (!("line" in error) || !("column" in error)) return undefined
  const { line, column } = error
  return typeof line === "number" && typeof column === "number" ? { line, column } : undefined
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
