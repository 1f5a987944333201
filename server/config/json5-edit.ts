// Changes one value in a JSON5 text and leaves the rest as it stands: comments, order, indentation, commas
// and quotes. Each step is one cut or one piece put in, after which the text is read anew.

import { isDeepStrictEqual } from "node:util"
import { isObject } from "#protocol"
import { toValue } from "./json5.ts"
import {
  commaBefore,
  commaBehind,
  commentsIn,
  endOfComments,
  indexOf,
  isComment,
  itemsOf,
  open,
  type Path,
  type Place,
  type Range,
  rangeOf,
} from "./json5-place.ts"
import {
  hasLineEnd,
  indentationAt,
  lineStartAt,
  writeKey,
  writeString,
  writeValue,
} from "./json5-text.ts"

/** The text with `value` at `path`; what is missing around it is made. Throws a Json5Error for broken text. */
export function setInJson5(text: string, path: readonly string[], value: unknown): string {
  return setAt(text.trim() === "" ? "{\n}\n" : text, path, value)
}

/** The text without what stands at `path`. Comments stay, except those inside of it. */
export function unsetInJson5(text: string, path: readonly string[]): string {
  const at = text.trim() === "" ? undefined : open(text, path.slice(0, -1))
  const index = at === undefined ? -1 : indexOf(at, path.at(-1) ?? "")
  return at === undefined || index === -1 ? text : removeItem(at, index)
}

function setAt(text: string, path: Path, value: unknown): string {
  const at = open(text, path)
  if (at !== undefined) return change(at, path, value)
  // The innermost thing that is there gets the rest.
  let depth = path.length - 1
  let around = open(text, path.slice(0, depth))
  while (around === undefined) {
    depth -= 1
    around = open(text, path.slice(0, depth))
  }
  const [step = "", ...rest] = path.slice(depth).map(String)
  const inner = rest.reduceRight<unknown>((item, key) => ({ [key]: item }), value)
  if (around.node.type !== "Object") return replace(around, { [step]: inner })
  return addItem(around, step, inner)
}

/** A list or an object with comments is changed item by item, so that they stay. */
function change(at: Place, path: Path, value: unknown): string {
  const old = toValue(at.node)
  if (isDeepStrictEqual(old, value)) return at.text
  if (commentsIn(at, rangeOf(at.node)).length === 0) return replace(at, value)
  if (at.node.type === "Object" && isObject(value)) return changeObject(at, path, value)
  if (at.node.type === "Array" && Array.isArray(value)) return changeArray(at, path, value)
  return replace(at, value)
}

function changeObject(
  { node, text }: Place,
  path: Path,
  value: Readonly<Record<string, unknown>>,
): string {
  const gone = itemsOf(node).flatMap(({ key = "" }) => (Object.hasOwn(value, key) ? [] : [key]))
  const kept = gone.reduce((before, key) => {
    const at = open(before, path)
    return at === undefined ? before : removeItem(at, indexOf(at, key))
  }, text)
  return Object.entries(value).reduce(
    (before, [key, item]) => setAt(before, [...path, key], item),
    kept,
  )
}

/** What is alike at the beginning and at the end is not touched. */
function changeArray({ node, text }: Place, path: Path, value: readonly unknown[]): string {
  const old = itemsOf(node).map((item) => toValue(item.node))
  const least = Math.min(old.length, value.length)
  let first = 0
  while (first < least && isDeepStrictEqual(old[first], value[first])) first += 1
  let last = 0
  while (last < least - first && isDeepStrictEqual(old.at(-1 - last), value.at(-1 - last))) {
    last += 1
  }
  const oldEnd = old.length - last
  const newEnd = value.length - last
  const both = Math.min(oldEnd, newEnd)
  let result = text
  for (let index = first; index < both; index += 1) {
    result = setAt(result, [...path, index], value[index])
  }
  for (let index = oldEnd - 1; index >= both; index -= 1) {
    const at = open(result, path)
    if (at !== undefined) result = removeItem(at, index)
  }
  for (let index = both; index < newEnd; index += 1) {
    const at = open(result, path)
    if (at !== undefined) result = addItem(at, index, value[index])
  }
  return result
}

function replace({ node, style, text }: Place, value: unknown): string {
  const { end, start } = rangeOf(node)
  const quote = text[start] === "'" || text[start] === '"' ? text[start] : style.quote
  const written =
    typeof value === "string"
      ? writeString(value, quote)
      : writeValue(value, style, roomAt(text, start))
  return splice(text, { start, end }, written)
}

function roomAt(text: string, offset: number) {
  const column = offset - lineStartAt(text, offset)
  return { indentation: indentationAt(text, offset), column }
}

function splice(text: string, { start, end }: Range, piece: string): string {
  return text.slice(0, start) + piece + text.slice(end)
}

/** Puts an item in: into an object behind its last one, into an array at its index. */
function addItem(at: Place, step: string | number, value: unknown): string {
  const { node, style, text } = at
  const items = itemsOf(node)
  const last = items.at(-1)
  if (last === undefined) return addFirst(at, step, value)
  const before = typeof step === "number" ? items[step] : undefined
  const neighbour = before ?? last
  const previous = items[items.indexOf(neighbour) - 1]
  const isLines = hasLineEnd(text.slice(previous?.end ?? rangeOf(node).start, neighbour.start))
  const indentation = indentationAt(text, neighbour.start)
  const gap = isLines ? style.newline + indentation : " "
  const column = isLines ? indentation.length : roomAt(text, last.end).column
  const entry = writeEntry(at, step, value, { indentation, column })
  if (before !== undefined) return splice(text, empty(before.start), `${entry},${gap}`)

  const comma = commaBehind(at, last.end)
  const end = comma?.loc.end.offset ?? last.end
  const place = isLines ? endOfComments(at, end, /Comment$/) : end
  if (comma !== undefined) return splice(text, empty(place), `${gap}${entry},`)
  if (isLines) return splice(splice(text, empty(place), gap + entry), empty(last.end), ",")
  return splice(text, empty(endOfComments(at, end, /^Block/)), `,${gap}${entry}`)
}

function empty(offset: number): Range {
  return { start: offset, end: offset }
}

function writeEntry(
  { node, style }: Place,
  step: string | number,
  value: unknown,
  room: { readonly indentation: string; readonly column: number },
): string {
  if (typeof step === "number") return writeValue(value, style, room)
  // The neighbours' way of writing their keys counts.
  const neighbour = node.type === "Object" ? node.members.at(-1)?.name.type : undefined
  const quotesKeys = neighbour === undefined ? style.quotesKeys : neighbour === "String"
  const name = writeKey(step, { ...style, quotesKeys })
  const column = room.column + name.length + 2
  return `${name}: ${writeValue(value, style, { ...room, column })}`
}

function addFirst(at: Place, step: string | number, value: unknown): string {
  const { node, style, text, tokens } = at
  const { end, start } = rangeOf(node)
  const outer = indentationAt(text, start)
  const indentation = outer + style.unit
  const isRoot = tokens.find((token) => !isComment(token))?.loc.start.offset === start
  const comment = commentsIn(at, { start, end }).at(-1)
  const inside = comment?.loc.end.offset ?? start + 1
  const isLines = hasLineEnd(text.slice(inside, end))
  if (comment === undefined && !isLines && !isRoot) {
    return replace(at, typeof step === "number" ? [value] : { [step]: value })
  }
  const comma = style.trailingComma ? "," : ""
  if (isLines || isRoot) {
    const entry = writeEntry(at, step, value, { indentation, column: indentation.length })
    const close = `${style.newline}${outer}${text[end - 1]}`
    const piece = `${style.newline}${indentation}${entry}${comma}${close}`
    return splice(text, { start: inside, end }, piece)
  }
  const entry = writeEntry(at, step, value, roomAt(text, inside))
  return splice(text, { start: inside, end }, ` ${entry} ${text[end - 1]}`)
}

/** Takes an item out, with the comma that it does not leave behind. */
function removeItem(at: Place, index: number): string {
  const { node, text, tokens } = at
  const item = itemsOf(node)[index]
  if (item === undefined) return text
  const around = rangeOf(node)
  if (itemsOf(node).length === 1 && commentsIn(at, around).length === 0) {
    return splice(text, around, node.type === "Array" ? "[]" : "{}")
  }
  const own = tokens.filter(
    ({ loc }) => loc.start.offset >= item.start && loc.end.offset <= item.end,
  )
  const value = rangeOf(item.node)
  // A comment between the key and the value stays; one inside of the value belongs to it.
  const words = own
    .filter(({ loc }) => loc.start.offset < value.start)
    .filter((token) => !isComment(token))
  const comma = commaBehind(at, item.end) ?? commaBefore(at, item.start)
  const cuts = [...words.map(rangeOf), value, ...(comma === undefined ? [] : [rangeOf(comma)])]
  return join(text, cuts).reduceRight(cut, text)
}

/**
 * The ranges in their order, as one where there is nothing but white space between two. A comma at the end
 * of a line stays apart, for what follows on the next one is not to move up.
 */
function join(text: string, ranges: readonly Range[]): readonly Range[] {
  const joined: Range[] = []
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    const before = joined.at(-1)
    const gap = text.slice(before?.end, range.start)
    const isLineEnd = before !== undefined && text[before.start] === "," && hasLineEnd(gap)
    if (before !== undefined && gap.trim() === "" && !isLineEnd) {
      joined[joined.length - 1] = { start: before.start, end: range.end }
    } else {
      joined.push(range)
    }
  }
  return joined
}

/** Cuts a range out, and the white space that would then be too much. */
function cut(text: string, { start, end }: Range): string {
  const lineStart = lineStartAt(text, start)
  const [behind = ""] = /^[\t ]*(?:\r\n|\r|\n)?/.exec(text.slice(end)) ?? []
  const isFirst = text.slice(lineStart, start).trim() === ""
  const isLast = hasLineEnd(behind)
  if (isFirst && isLast) return splice(text, { start: lineStart, end: end + behind.length }, "")
  if (isLast) {
    const kept = text.slice(0, start).replace(/[\t ]+$/, "").length
    return splice(text, { start: kept, end }, "")
  }
  // What follows moves up; before a bracket one space is enough, and it is there.
  const isComma = text[start] === ","
  return splice(text, { start, end: isComma ? end : end + behind.length }, "")
}
