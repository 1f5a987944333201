// Splits a long reply into messages that a channel takes: at paragraphs, then lines, then words, never
// inside a surrogate pair, and with code blocks closed and opened again.

import assert from "node:assert/strict"

const FENCE = "```"
/** Less has no room for a fence that is opened and closed again around some text. */
const MIN_LENGTH = 64

/** The pieces of `text`, each at most `maxLength` UTF-16 units (at least 64); blank text has none. */
export function splitText(text: string, maxLength: number): string[] {
  assert(maxLength >= MIN_LENGTH, "a channel takes at least 64 units in a message")
  const pieces: string[] = []
  let rest = text.trim()
  while (rest.length > maxLength) {
    // Room for a fence that may have to be closed.
    const room = maxLength - FENCE.length - 1
    const end = findEnd(rest, room)
    const piece = rest.slice(0, end).trimEnd()
    const open = openFence(piece)
    pieces.push(open === undefined ? piece : `${piece}\n${FENCE}`)
    const following = rest.slice(end)
    rest = open === undefined ? following.trimStart() : `${open}\n${following.replace(/^\n/, "")}`
  }
  if (rest !== "") pieces.push(rest)
  return pieces
}

/** Where the first piece ends: as late as possible, but not so early that most of the room is wasted. */
function findEnd(text: string, room: number): number {
  const head = text.slice(0, room)
  const least = Math.floor(room / 2)
  for (const separator of ["\n\n", "\n", " "]) {
    const at = head.lastIndexOf(separator)
    if (at >= least) return at + separator.length
  }
  const last = head.charCodeAt(room - 1)
  return last >= 0xd800 && last <= 0xdbff ? room - 1 : room
}

/** The line that opened a code block which the piece does not close; long info strings are left out. */
function openFence(piece: string): string | undefined {
  let open: string | undefined
  for (const line of piece.split("\n")) {
    if (!line.startsWith(FENCE)) continue
    open = open === undefined ? (line.length <= 16 ? line : FENCE) : undefined
  }
  return open
}
