// Values as JSON5 in the hand of the text that they are put into: its quotes, its indentation, its line ends.

import { isObject } from "#protocol"
import { keyOf, parseTree } from "./json5.ts"

export interface Style {
  readonly newline: "\n" | "\r\n"
  /** One step of indentation. */
  readonly unit: string
  readonly quote: '"' | "'"
  readonly quotesKeys: boolean
  /** Whether the last of several lines ends with a comma. */
  readonly trailingComma: boolean
}

/** A line that would become longer is broken. */
const MAX_COLUMNS = 100
const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$]*$/

export function findStyle(text: string): Style {
  const { root, tokens } = parseTree(text)
  const words = tokens.filter(({ type }) => !/Comment$/.test(type))
  const members = root.type === "Object" ? root.members : []
  const [first] = members
  const string = words.find(({ type }) => type === "String")
  const endsWithComma = words.some(
    ({ type }, index) => type === "Comma" && /^R/.test(words[index + 1]?.type ?? ""),
  )
  const indentation = first === undefined ? "" : indentationAt(text, first.loc.start.offset)
  return {
    newline: text.includes("\r\n") ? "\r\n" : "\n",
    unit: indentation === "" ? "  " : indentation,
    quote: string !== undefined && text[string.loc.start.offset] === "'" ? "'" : '"',
    quotesKeys: first?.name.type === "String" && IDENTIFIER.test(keyOf(first)),
    trailingComma: endsWithComma || first === undefined,
  }
}

/** What stands before the first word of the line. */
export function indentationAt(text: string, offset: number): string {
  return /^[\t ]*/.exec(text.slice(lineStartAt(text, offset), offset))?.[0] ?? ""
}

/** A line may end with a carriage return alone: a comment that it ends ends there. */
export function lineStartAt(text: string, offset: number): number {
  return Math.max(text.lastIndexOf("\n", offset - 1), text.lastIndexOf("\r", offset - 1)) + 1
}

export function hasLineEnd(text: string): boolean {
  return /[\r\n]/.test(text)
}

export function writeKey(key: string, { quote, quotesKeys }: Style): string {
  return IDENTIFIER.test(key) && !quotesKeys ? key : writeString(key, quote)
}

export interface Room {
  /** Of the line on which the value begins. */
  readonly indentation: string
  /** What stands on that line before the value, counted in characters. */
  readonly column: number
}

/** In one line if that is not too long. */
export function writeValue(value: unknown, style: Style, room: Room): string {
  const line = writeInLine(value, style)
  const isSmall = room.column + line.length < MAX_COLUMNS
  if (isSmall || typeof value !== "object" || value === null) return line
  const indentation = room.indentation + style.unit
  const entries = entriesOf(value).map(([key, item]) => {
    const name = key === undefined ? "" : `${writeKey(key, style)}: `
    const column = indentation.length + name.length
    return `${indentation}${name}${writeValue(item, style, { indentation, column })}`
  })
  const [open, close] = Array.isArray(value) ? "[]" : "{}"
  const end = style.trailingComma ? "," : ""
  return [open, `${entries.join(`,${style.newline}`)}${end}`, `${room.indentation}${close}`].join(
    style.newline,
  )
}

function writeInLine(value: unknown, style: Style): string {
  if (typeof value === "string") return writeString(value, style.quote)
  if (Object.is(value, -0)) return "-0"
  if (typeof value !== "object" || value === null) return String(value)
  const entries = entriesOf(value).map(([key, item]) =>
    key === undefined
      ? writeInLine(item, style)
      : `${writeKey(key, style)}: ${writeInLine(item, style)}`,
  )
  if (Array.isArray(value)) return `[${entries.join(", ")}]`
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`
}

function entriesOf(value: object): readonly (readonly [string | undefined, unknown])[] {
  if (Array.isArray(value)) return value.map((item) => [undefined, item] as const)
  return isObject(value) ? Object.entries(value) : []
}

export function writeString(text: string, quote: Style["quote"]): string {
  const inside = JSON.stringify(text)
    .slice(1, -1)
    // They end a line for some readers.
    .replace(/[\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`)
  if (quote === '"') return `"${inside}"`
  return `'${inside.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
