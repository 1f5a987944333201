// How deep a JSON text nests, told without parsing it: a parser follows eight million brackets for a second
// and more, in which nobody else is served (rule T5).

import { LIMITS } from "./limits.ts"

export interface TooDeep {
  /** The `id` of the object that the text is, if it has one that can be used. */
  readonly id: string | undefined
}

const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Undefined if the text stays within the limit. Looks at each character once, and allocates nothing for it. */
export function findTooDeep(text: string): TooDeep | undefined {
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) {
      at = endOfString(text, at)
    } else if (unit === OPEN_ARRAY || unit === OPEN_OBJECT) {
      depth += 1
      if (depth > LIMITS.maxDepth) return { id: findId(text) }
    } else if (unit === CLOSE_ARRAY || unit === CLOSE_OBJECT) {
      depth -= 1
    }
  }
  return undefined
}

/** The last string under the key `id` of the outermost object, before or behind what nests too deep. */
function findId(text: string): string | undefined {
  let depth = 0
  let key: string | undefined
  let id: string | undefined
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) {
      const end = endOfString(text, at)
      if (depth === 1) {
        const word = text.slice(at, end + 1)
        if (key === '"id"') id = toId(word)
        key ??= word
      }
      at = end
    } else if (unit === OPEN_ARRAY || unit === OPEN_OBJECT) {
      if (depth === 0 && unit === OPEN_ARRAY) return undefined
      depth += 1
    } else if (unit === CLOSE_ARRAY || unit === CLOSE_OBJECT) {
      depth -= 1
    } else if (unit === COMMA && depth === 1) {
      key = undefined
    }
  }
  return id
}

/** Where the string that begins at `start` ends: at its closing quote, or with the text. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end === -1 ? text.length : end
}

function isEscaped(text: string, quote: number): boolean {
  let before = quote
  while (text.charCodeAt(before - 1) === BACKSLASH) before -= 1
  return (quote - before) % 2 === 1
}

function toId(word: string): string | undefined {
  if (word.length > MAX_ID_WORD) return undefined
  try {
    const id: unknown = JSON.parse(word)
    const usable = typeof id === "string" && id !== "" && id.length <= LIMITS.maxRequestIdLength
    return usable && id.isWellFormed() && !id.includes("\0") ? id : undefined
  } catch {
    return undefined
  }
}

/** Each unit may be written as six characters. */
const MAX_ID_WORD = 6 * LIMITS.maxRequestIdLength + 2
