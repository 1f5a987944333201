// Blocks of code in Markdown, between fences of backticks or tildes, also within lists and quotations.

export interface Fence {
  /** The line that ends the block here. */
  readonly closing: string
  /** The line that begins it again in a message of its own. */
  readonly reopening: string
  /** Where its first line begins. */
  readonly at: number
  /** Nothing stands in it yet. */
  readonly isEmpty: boolean
  /** How far the list around it moves its lines in; 0 within a quotation, whose marks go on. */
  readonly indent: number
  readonly closes: (line: string) => boolean
}

/** What is longer is no block that a person or a model writes. */
const MAX_LEAD = 12
const MAX_MARKS = 8
/** A longer name of a language is left out. */
const MAX_LINE = 16

const OPENS =
  /^(?<lead>(?:[ \t]|>|[*+-][ \t]|\d{1,3}[.)][ \t])*)(?:(?<ticks>`{3,})(?<info>[^`]*)|(?<tildes>~{3,})(?<name>.*))$/

/** The block that is open at the end of `text`. */
export function openFence(text: string): Fence | undefined {
  let open: Fence | undefined
  let at = 0
  for (const line of text.split("\n")) {
    if (open === undefined) open = readFence(line, at)
    else if (open.closes(line)) open = undefined
    else open = { ...open, isEmpty: false }
    at += line.length + 1
  }
  return open
}

/** The lines of a text, each with whether it belongs to a block of code, fences included. */
export function* readLines(text: string): Generator<{ line: string; isCode: boolean }> {
  let open: Fence | undefined
  for (const line of text.split("\n")) {
    const before = open
    if (open === undefined) open = readFence(line, 0)
    else if (open.closes(line)) open = undefined
    yield { line, isCode: before !== undefined || open !== undefined }
  }
}

function readFence(line: string, at: number): Fence | undefined {
  const { lead = "", ticks, tildes, info = "", name = "" } = OPENS.exec(line)?.groups ?? {}
  const marks = ticks ?? tildes
  if (marks === undefined || marks.length > MAX_MARKS || lead.length > MAX_LEAD) return undefined
  const isQuoted = lead.includes(">")
  // Of a list only the place is kept: its item began before.
  const prefix = isQuoted ? lead.replace(/[^\s>]/g, " ") : ""
  const language = (info + name).trimEnd()
  return {
    closing: `${prefix}${marks}`,
    reopening: `${prefix}${marks}${marks.length + language.length <= MAX_LINE ? language : ""}`,
    at,
    isEmpty: true,
    indent: isQuoted ? 0 : lead.length,
    closes(other) {
      const bare = other.replace(/^[\s>]*/, "").trimEnd()
      return bare.length >= marks.length && bare === marks.charAt(0).repeat(bare.length)
    },
  }
}

/** What follows in the block, and its end, without the place that the list gave it. */
export function outdentBlock(text: string, { closes, indent }: Fence): string {
  if (indent === 0) return text
  const lines = text.split("\n")
  const end = lines.findIndex(closes)
  const margin = new RegExp(`^[ \\t]{1,${indent}}`)
  return lines
    .map((line, index) => (end === -1 || index <= end ? line.replace(margin, "") : line))
    .join("\n")
}
