// `parse_mode: "Markdown"` and `"MarkdownV2"`: refuses what the service cannot parse, and gives the
// text without its marks. It makes no entities.

import type { FormattedText } from "./html.ts"
import { badRequest } from "./refusal.ts"

const V2_MARKS = ["||", "__", "_", "*", "~"] as const
const RESERVED = new Set("_*[]()~`>#+-=|{}.!")

export function parseMarkdownV2(source: string): FormattedText {
  const open: { readonly mark: string; readonly at: number }[] = []
  let text = ""
  let at = 0
  while (at < source.length) {
    const code = codeAt(source, at)
    const character = source.charAt(at)
    const mark = V2_MARKS.find((candidate) => source.startsWith(candidate, at))
    if (character === "\\" && at + 1 < source.length) {
      text += source.charAt(at + 1)
      at += 2
    } else if (code !== undefined) {
      text += code.text
      at = code.end
    } else if (mark !== undefined) {
      if (open.at(-1)?.mark === mark) open.pop()
      else open.push({ mark, at })
      at += mark.length
    } else if (character === "[" || source.startsWith("![", at)) {
      open.push({ mark: "[", at })
      at += character === "[" ? 1 : 2
    } else if (character === "]" && open.at(-1)?.mark === "[") {
      open.pop()
      at = afterAddress(source, at + 1)
    } else if (character === ">" && (at === 0 || source[at - 1] === "\n")) {
      at += 1
    } else if (RESERVED.has(character)) {
      throw badRequest(
        `can't parse entities: Character '${character}' is reserved and must be escaped with the preceding '\\'`,
      )
    } else {
      text += character
      at += 1
    }
  }
  const unclosed = open.at(-1)
  if (unclosed !== undefined) throw unended(source, unclosed.at)
  return { text, entities: [] }
}

export function parseMarkdown(source: string): FormattedText {
  let text = ""
  let at = 0
  while (at < source.length) {
    const code = codeAt(source, at)
    const character = source.charAt(at)
    if (character === "\\" && "_*`[".includes(source.charAt(at + 1) || " ")) {
      text += source.charAt(at + 1)
      at += 2
    } else if (code !== undefined) {
      text += code.text
      at = code.end
    } else if (character === "*" || character === "_" || character === "[") {
      const end = source.indexOf(character === "[" ? "]" : character, at + 1)
      if (end < 0) throw unended(source, at)
      text += source.slice(at + 1, end)
      at = character === "[" ? afterAddress(source, end + 1) : end + 1
    } else {
      text += character
      at += 1
    }
  }
  return { text, entities: [] }
}

function codeAt(source: string, at: number): { text: string; end: number } | undefined {
  const fence = ["```", "`"].find((candidate) => source.startsWith(candidate, at))
  if (fence === undefined) return undefined
  const end = source.indexOf(fence, at + fence.length)
  if (end < 0) throw unended(source, at)
  return { text: source.slice(at + fence.length, end), end: end + fence.length }
}

function afterAddress(source: string, at: number): number {
  if (source[at] !== "(") return at
  const end = source.indexOf(")", at)
  if (end < 0) throw badRequest("can't parse entities: Can't find end of a URL")
  return end + 1
}

function unended(source: string, at: number) {
  const bytes = Buffer.byteLength(source.slice(0, at))
  return badRequest(
    `can't parse entities: Can't find end of the entity starting at byte offset ${bytes}`,
  )
}
