// Catalogues that nobody speaks, made out of the English one. They show in tests what is not in the
// catalogue, what has no room to grow, and what does not turn with the direction of writing.

import type { Catalogue } from "./catalogue.ts"
import { en } from "./en.ts"
import { enLater } from "./en-later.ts"

const PLAIN = "abcdeghijklnorstuwyzACDEGHIJLNORSTUWYZ"
const ACCENTED = "åƀçđéğĥîĵķļñöŕšţûŵýžÅÇĐÉĞĤÎĴĻÑÖŔŠŢÛŴÝŽ"
/** About as many letters as makes words longer by two fifths. */
const DOUBLED = /[aeiourstAEIOURST]/

function accent(words: string): string {
  const [, before = "", middle = "", after = ""] = /^(\s*)(.*?)(\s*)$/s.exec(words) ?? []
  // It grows within its words: what begins with the words of a button must go on doing so.
  const accented = middle.replace(/[a-zA-Z]/g, (letter) => {
    const other = ACCENTED[PLAIN.indexOf(letter)] ?? letter
    return DOUBLED.test(letter) ? other + other : other
  })
  return `${before}${accented}${after}`
}

const RIGHT_TO_LEFT = "\u202E"
const END = "\u202C"
const mirror = (words: string) => (/\p{L}/u.test(words) ? RIGHT_TO_LEFT + words + END : words)

export const accented = change({ ...en, ...enLater }, accent)
export const mirrored = change({ ...en, ...enLater }, mirror)

function change(catalogue: Catalogue, how: (words: string) => string): Catalogue {
  const changed = (value: unknown): unknown => {
    if (typeof value === "string") return how(value)
    if (typeof value === "function") {
      return (...values: unknown[]) => aroundValues(value(...values), values, how)
    }
    if (Array.isArray(value)) return value.map(changed)
    if (typeof value !== "object" || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, changed(part)]))
  }
  // The same names and the same kinds of values, which is what the type asks for.
  return changed(catalogue) as Catalogue
}

/** What was put into a sentence stays as it is. */
function aroundValues(result: unknown, values: unknown[], how: (words: string) => string): unknown {
  if (typeof result !== "string") return result
  const known = values.filter((value) => typeof value === "string" && value !== "") as string[]
  let pieces = [result]
  for (const value of known) {
    pieces = pieces.flatMap((piece) => {
      if (known.includes(piece)) return piece
      return piece.split(value).flatMap((part, index) => (index === 0 ? part : [value, part]))
    })
  }
  return pieces
    .map((piece) => (known.includes(piece) || piece.trim() === "" ? piece : how(piece)))
    .join("")
}
