// Splits a long reply into messages that a channel takes: at paragraphs, then lines, then words, never
// inside what is seen as one character, and with code blocks closed and opened again.

import assert from "node:assert/strict"
import { type Fence, openFence, outdentBlock } from "./fence.ts"

/** Less has no room for a fence that is opened and closed again around some text. */
const MIN_LENGTH = 64
/** What a fence to be closed most often takes. */
const USUAL_CLOSING = "\n```".length
/** So much before the end of a text without spaces is looked at for a place to cut. */
const WINDOW = 64

/** Those before a text, whose first line keeps its indent: it may be the place of an item in a list. */
const BLANK_LINES = /^(?:[^\S\n]*\n)+/

/** What begins a block where a line begins with it: a fence, a heading, an item, a quotation, a table. */
const BEGINS_BLOCK = /^\s*(?:`{3}|~{3}|#{1,6}\s|(?:[-+*]|\d{1,9}[.)])\s|>|\|)/

/** The pieces of `text`, each at most `maxLength` UTF-16 units (at least 64); blank text has none. */
export function splitText(text: string, maxLength: number): string[] {
  assert(maxLength >= MIN_LENGTH, "a channel takes at least 64 units in a message")
  const pieces: string[] = []
  let rest = text.trim()
  /** How much of `rest` only opens a code block again. */
  let reopened = 0
  while (rest.length > maxLength) {
    const { end, open, piece } = cut(rest, maxLength, reopened)
    pieces.push(open === undefined ? piece : `${piece}\n${open.closing}`)
    const following = rest.slice(end)
    const isNewLine = rest.charAt(end - 1) === "\n"
    rest =
      open === undefined
        ? following.replace(isNewLine ? BLANK_LINES : /^\s+/, "")
        : `${open.reopening}\n${outdentBlock(following.replace(/^\n/, ""), open)}`
    reopened = open === undefined ? 0 : open.reopening.length + 1
  }
  if (rest !== "") pieces.push(rest)
  return pieces
}

interface Cut {
  readonly piece: string
  readonly end: number
  /** The code block that goes on in the next piece. */
  readonly open: Fence | undefined
}

function cut(text: string, maxLength: number, reopened: number): Cut {
  for (let reserve = USUAL_CLOSING; ; reserve += 1) {
    const end = findEnd(text, maxLength - reserve, reopened)
    const piece = text.slice(0, end).trimEnd()
    const open = openFence(piece)
    if (open === undefined) return { piece, end, open }
    // A block of which nothing has been said yet begins in the next piece.
    const before = text.slice(0, open.at).trimEnd()
    if (before !== "" && open.isEmpty) return { piece: before, end: open.at, open: undefined }
    if (end + 1 + open.closing.length <= maxLength) return { piece, end, open }
  }
}

/** Where the first piece ends: as late as possible, but not so early that most of the room is wasted. */
function findEnd(text: string, room: number, reopened: number): number {
  const head = text.slice(0, room)
  const least = Math.max(Math.floor(room / 2), reopened)
  for (const separator of ["\n\n", "\n"]) {
    const at = head.lastIndexOf(separator)
    if (at >= least) return at + separator.length
  }
  for (let at = head.lastIndexOf(" "); at >= least; at = head.lastIndexOf(" ", at - 1)) {
    if (mayBegin(text, at + 1)) return at + 1
  }
  return endWithoutSpaces(text, room, least)
}

function endWithoutSpaces(text: string, room: number, least: number): number {
  const from = Math.max(least, room - WINDOW)
  const around = text.slice(from, room + WINDOW)
  for (const granularity of ["word", "grapheme"] as const) {
    // Not before it is needed: the first one takes a tenth of the whole start, and 4 MB.
    const segmenter = new Intl.Segmenter(undefined, { granularity })
    const ends = [...segmenter.segment(around)].map(({ index }) => from + index)
    const end = ends.findLast((at) => at > from && at <= room && mayBegin(text, at))
    if (end !== undefined) return end
  }
  const last = text.charCodeAt(room - 1)
  return last >= 0xd800 && last <= 0xdbff ? room - 1 : room
}

/** What stands inside a line must not become something else by standing at the beginning of one. */
function mayBegin(text: string, at: number): boolean {
  return !BEGINS_BLOCK.test(text.slice(at, at + WINDOW))
}
