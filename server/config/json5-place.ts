// Where something stands in a JSON5 text: a value with its members or elements, and what stands around it.

import type { Token, ValueNode } from "@humanwhocodes/momoa"
import { keyOf, parseTree } from "./json5.ts"
import { findStyle, type Style } from "./json5-text.ts"

/** From the root inwards: a member's key, an element's index. */
export type Path = readonly (string | number)[]

/** A place in a text: a value, with what is needed to change it. */
export interface Place {
  readonly text: string
  readonly tokens: readonly Token[]
  readonly style: Style
  readonly node: ValueNode
}

/** One member of an object or one element of an array. */
export interface Item {
  readonly key: string | undefined
  readonly node: ValueNode
  readonly start: number
  readonly end: number
}

export function open(text: string, path: Path): Place | undefined {
  const { root, tokens } = parseTree(text)
  let node: ValueNode | undefined = root
  for (const step of path) {
    if (node === undefined) return undefined
    const items = itemsOf(node)
    const item: Item | undefined =
      typeof step === "number" ? items[step] : items.find(({ key }) => key === step)
    node = item?.node
  }
  return node === undefined ? undefined : { text, tokens, style: findStyle(text), node }
}

export function itemsOf(node: ValueNode): readonly Item[] {
  if (node.type === "Object") {
    return node.members.map((member) => ({
      key: keyOf(member),
      node: member.value,
      start: member.loc.start.offset,
      end: member.loc.end.offset,
    }))
  }
  if (node.type !== "Array") return []
  return node.elements.map(({ value }) => ({ key: undefined, node: value, ...rangeOf(value) }))
}

export function indexOf({ node }: Place, step: string): number {
  return itemsOf(node).findIndex(({ key }) => key === step)
}

export interface Range {
  readonly start: number
  readonly end: number
}

export function rangeOf({ loc }: ValueNode | Token): Range {
  return { start: loc.start.offset, end: loc.end.offset }
}

export function isComment({ type }: Token): boolean {
  return type === "LineComment" || type === "BlockComment"
}

export function commentsIn({ tokens }: Place, { start, end }: Range): readonly Token[] {
  return tokens.filter(
    (token) => isComment(token) && token.loc.start.offset >= start && token.loc.end.offset <= end,
  )
}

export function commaBehind({ tokens }: Place, offset: number): Token | undefined {
  const next = tokens.find((token) => !isComment(token) && token.loc.start.offset >= offset)
  return next?.type === "Comma" ? next : undefined
}

/** The place behind the comments of that kind that follow on the same line. */
export function endOfComments({ text, tokens }: Place, offset: number, kind: RegExp): number {
  return tokens
    .filter(({ loc, type }) => kind.test(type) && loc.start.offset >= offset)
    .reduce(
      (end, { loc }) => (/^[\t ]*$/.test(text.slice(end, loc.start.offset)) ? loc.end.offset : end),
      offset,
    )
}

export function commaBefore({ tokens }: Place, offset: number): Token | undefined {
  const before = tokens.findLast((token) => !isComment(token) && token.loc.end.offset <= offset)
  return before?.type === "Comma" ? before : undefined
}
