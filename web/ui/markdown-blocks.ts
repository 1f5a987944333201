// The top-level blocks of a growing markdown text. While text is only added, blocks that can no
// longer change are kept, and only the end is read again.

import { Lexer, type Token } from "marked"

export interface MarkdownBlocks {
  /** The blocks of `text`; those that did not change are the same objects as before. */
  read(text: string, options: { readonly complete: boolean }): readonly Token[]
  /** Characters given to the lexer so far. */
  readonly lexedLength: number
}

export function createMarkdownBlocks(): MarkdownBlocks {
  let settled: readonly Token[] = []
  let settledLength = 0
  let lexedLength = 0
  let last: {
    readonly text: string
    readonly complete: boolean
    readonly blocks: readonly Token[]
  } = { text: "", complete: false, blocks: [] }

  function lex(text: string): readonly Token[] {
    lexedLength += text.length
    return lexMarkdown(text)
  }

  return {
    read(text, { complete }) {
      if (text === last.text && complete === last.complete) return last.blocks
      // A link can be defined anywhere in a text, so a complete text is read as a whole.
      if (complete || !text.startsWith(last.text)) {
        settled = []
        settledLength = 0
      }
      const before = last.blocks.slice(settled.length)
      const read = lex(text.slice(settledLength))
      const open = complete ? read : read.map((token, at) => sameAs(before[at], token))
      const blocks = [...settled, ...open]
      last = { text, complete, blocks }
      const closing = complete ? [] : open.slice(0, firstOpen(open))
      // The lexer changes line ends and tabs, so its lengths count only where it changed nothing.
      const raw = closing.map((token) => token.raw).join("")
      if (text.startsWith(raw, settledLength)) {
        settled = [...settled, ...closing]
        settledLength += raw.length
      }
      return blocks
    },
    get lexedLength() {
      return lexedLength
    },
  }
}

/** The token of before where nothing has changed in it. */
function sameAs(before: Token | undefined, token: Token): Token {
  return before?.type === token.type && before.raw === token.raw ? before : token
}

/** Quotations inside quotations: the lexer's time grows with the square of their depth. */
const TOO_DEEP = /^(?: {0,3}>){200}/m

/** The blocks of a text; all of it as one text where nothing else can be made of it. */
export function lexMarkdown(text: string): Token[] {
  const asText = [{ type: "text", raw: text, text }]
  if (TOO_DEEP.test(text)) return asText
  try {
    // A line ends where it was ended, as it does in the channels that get the same text.
    return new Lexer({ gfm: true, breaks: true }).lex(text)
  } catch {
    // Nesting too deep for the lexer's recursion.
    return asText
  }
}

/**
 * The last block can grow, and can turn out to belong to the one before it: `****` is a rule, and
 * with one more letter a line of the quotation above it. And what follows a line without an empty one
 * between them (`<b>` with `---` below it) would be read as something else without that line.
 */
function firstOpen(blocks: readonly Token[]): number {
  const filled = blocks.flatMap(({ type }, index) => (type === "space" ? [] : index))
  const at = filled.at(-2) ?? 0
  return blocks.slice(0, at).findLastIndex(({ raw }) => /\n[^\S\n]*\n$/.test(raw)) + 1
}
