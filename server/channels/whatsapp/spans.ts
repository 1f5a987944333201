// What stands inside a line of Markdown (emphasis, code, links), as WhatsApp writes it. Nothing grows.

type Style = "bold" | "italic" | "strike"

const MARKS: Record<Style, string> = { bold: "*", italic: "_", strike: "~" }
const MAX_DEPTH = 3
const MAX_LINK_TEXT = 1_000

const PUNCTUATION = /[!-/:-@[-`{-~]/
const WORD = /[\p{L}\p{N}]/u
const ADDRESS = /https?:\/\/[^\s<>*`[\]()]+(?:\([^\s<>*`[\]()]*\)[^\s<>*`[\]()]*)*/y
const AUTOLINK = /<((?:https?:\/\/|mailto:)[^\s<>]+)>/y
const TARGET =
  /\(\s*(?:<([^<>\n]*)>|((?:[^\s()\\]|\\.|\([^\s()]*\))+))(?:\s+(?:"[^"\n]*"|'[^'\n]*'))?\s*\)/y

/** A piece of the result; a run of marks is decided when its other end comes. */
interface Piece {
  text: string
}

interface Opener {
  readonly piece: Piece
  readonly char: string
  readonly length: number
  readonly before: string
}

/** `within` is the style that already holds around the text. */
export function formatSpans(text: string, within?: Style, depth = 0): string {
  const pieces: Piece[] = []
  const ticks = pairTicks(text)
  let open: Opener[] = []
  let at = 0

  function put(piece: string, length: number): void {
    pieces.push({ text: piece })
    at += length
  }

  /** One end of emphasis, or just these characters. */
  function putRun(run: string): void {
    const before = text.charAt(at - 1)
    const after = text.charAt(at + run.length)
    const char = run.charAt(0)
    let left = run.length
    if (canClose(run, before, after)) {
      for (let opener = lastOpener(open, char); opener && opener.length <= left; ) {
        open = open.slice(0, open.indexOf(opener))
        left -= opener.length
        pieces.push({ text: close(opener, left === 0 ? after : char, within) })
        opener = lastOpener(open, char)
      }
    }
    const opens = left > 0 && canOpen(run.slice(0, left), before, after)
    for (const length of opens ? splitRun(left) : []) {
      const piece = { text: char.repeat(length) }
      pieces.push(piece)
      open.push({ piece, char, length, before })
    }
    if (!opens && left > 0) pieces.push({ text: char.repeat(left) })
    at += run.length
  }

  while (at < text.length) {
    const char = text.charAt(at)
    const code = ticks.get(at)
    const run = runAt(text, at)
    const link = linkAt(text, at, depth, within)
    if (char === "\\" && PUNCTUATION.test(text.charAt(at + 1))) put(text.charAt(at + 1), 2)
    else if (code !== undefined) put(toCode(text.slice(at, code)), code - at)
    else if (link !== undefined) put(link.text, link.length)
    else if (run !== "") putRun(run)
    else {
      // WhatsApp ends its styles with the line.
      if (char === "\n") open = []
      put(char, 1)
    }
  }
  return pieces.map((piece) => piece.text).join("")
}

/** Where each run of backticks that has another end ends for good. */
function pairTicks(text: string): Map<number, number> {
  const ends = new Map<number, number>()
  const later = new Map<number, number>()
  for (const { 0: run, index } of [...text.matchAll(/`+/g)].reverse()) {
    const end = later.get(run.length)
    if (end !== undefined) ends.set(index, end)
    later.set(run.length, index + run.length)
  }
  return ends
}

/** Doubled backticks are Markdown's way around a backtick inside, which WhatsApp does not know. */
function toCode(code: string): string {
  const inner = /^``([^`]+)``$/.exec(code)?.[1]
  return inner === undefined ? code : `\`${inner}\``
}

/** The marks that begin here; empty if these are none, such as four asterisks or one tilde. */
function runAt(text: string, at: number): string {
  const char = text.charAt(at)
  if (char !== "*" && char !== "_" && char !== "~") return ""
  let end = at
  while (text.charAt(end) === char) end += 1
  const length = end - at
  const known = char === "~" ? length === 2 : length <= 3
  // What is no mark is text to its end.
  return known && text.charAt(at - 1) !== char ? char.repeat(length) : ""
}

function splitRun(length: number): readonly number[] {
  return length === 3 ? [2, 1] : [length]
}

/** Only doubled asterisks may stand inside a word: `2*3*4` and `a_b_c` are none. */
function isInWord(run: string, outside: string): boolean {
  return run !== "**" && WORD.test(outside)
}

function canOpen(run: string, before: string, after: string): boolean {
  return after !== "" && !/\s/.test(after) && !isInWord(run, before)
}

function canClose(run: string, before: string, after: string): boolean {
  return before !== "" && !/\s/.test(before) && !isInWord(run, after)
}

function lastOpener(open: readonly Opener[], char: string): Opener | undefined {
  return open.findLast((opener) => opener.char === char)
}

/** Writes the opening mark and gives the closing one: none where WhatsApp would show it as text. */
function close(opener: Opener, after: string, within: Style | undefined): string {
  const style = opener.char === "~" ? "strike" : opener.length === 2 ? "bold" : "italic"
  const shown = style !== within && !WORD.test(opener.before) && !WORD.test(after)
  opener.piece.text = shown ? MARKS[style] : ""
  return opener.piece.text
}

interface Link {
  readonly text: string
  /** How much of the source it takes. */
  readonly length: number
}

function linkAt(text: string, at: number, depth: number, within?: Style): Link | undefined {
  const char = text.charAt(at)
  if (char === "h") return match(ADDRESS, text, at, ([address]) => address)
  if (char === "<") return match(AUTOLINK, text, at, ([, address = ""]) => withoutScheme(address))
  const start = text.startsWith("![", at) ? at + 2 : char === "[" ? at + 1 : undefined
  if (start === undefined || depth >= MAX_DEPTH) return undefined
  const end = closingBracket(text, start)
  if (end === undefined) return undefined
  const target = match(TARGET, text, end + 1, ([, quoted, bare = ""]) => quoted ?? bare)
  if (target === undefined) return undefined
  const words = formatSpans(text.slice(start, end), within, depth + 1)
  return { text: toWords(words.trim(), target.text), length: end + 1 + target.length - at }
}

function match(
  form: RegExp,
  text: string,
  at: number,
  read: (found: RegExpExecArray) => string,
): Link | undefined {
  form.lastIndex = at
  const found = form.exec(text)
  return found === null ? undefined : { text: read(found), length: found[0].length }
}

function toWords(words: string, target: string): string {
  const address = withoutScheme(target)
  // A place within a text leads nowhere in a chat.
  if (target === "" || target.startsWith("#")) return words
  return words === "" || words === target || words === address ? address : `${words} (${target})`
}

function withoutScheme(address: string): string {
  return address.replace(/^mailto:/, "")
}

function closingBracket(text: string, start: number): number | undefined {
  let depth = 1
  for (let at = start; at < text.length && at - start <= MAX_LINK_TEXT; at += 1) {
    const char = text.charAt(at)
    if (char === "\\") at += 1
    else if (char === "[") depth += 1
    else if (char === "]") depth -= 1
    if (depth === 0) return at
  }
  return undefined
}
