// The agent's Markdown as Telegram shows it: a text without marks, and where it is bold, a link, code.

import { lexer, type MarkedToken, type Token, type Tokens } from "marked"
import { createTextWriter, type Entity, type TextWriter } from "./text-writer.ts"

export interface Formatted {
  readonly text: string
  readonly entities: readonly Entity[]
}

/** As many as the service keeps of one message. */
const MAX_ENTITIES = 100
const RULER = "———"
const REFERENCES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
}

/** Never longer than the Markdown, which comes back as it is where it cannot be read. */
export function toFormatted(markdown: string): Formatted {
  const formatted = read(markdown)
  const fits = formatted !== undefined && formatted.text.length <= markdown.length
  return fits && formatted.text !== "" ? formatted : { text: markdown, entities: [] }
}

function read(markdown: string): Formatted | undefined {
  const writer = createTextWriter()
  try {
    writeBlocks(writer, lexer(markdown))
  } catch {
    // What is nested without end exhausts the stack, and where the parser errs nobody must lose a message.
    return undefined
  }
  const { text, entities } = writer.finish()
  return { text, entities: entities.slice(0, MAX_ENTITIES) }
}

function writeBlocks(writer: TextWriter, tokens: readonly Token[]): void {
  let gap = ""
  for (const token of tokens as readonly MarkedToken[]) {
    if (token.type === "space") gap &&= "\n\n"
    if (token.type === "space" || token.type === "def") continue
    writer.write(gap)
    writeBlock(writer, token)
    gap = gapAfter(token)
  }
}

/** Blocks stand as far apart as in the Markdown: a blank line between them, or none. */
function gapAfter({ type, raw }: MarkedToken): string {
  if (type === "checkbox") return ""
  return /\n[^\S\n]*\n\s*$/.test(raw) ? "\n\n" : "\n"
}

function writeBlock(writer: TextWriter, token: MarkedToken): void {
  switch (token.type) {
    case "heading":
      writer.mark({ type: "bold" }, () => writeInline(writer, token.tokens))
      break
    case "code":
      writer.verbatim({ type: "pre", ...languageOf(token) }, token.text)
      break
    case "table":
      writer.verbatim({ type: "pre" }, toTable(token))
      break
    case "blockquote":
      writer.mark({ type: "blockquote" }, () => writeBlocks(writer, token.tokens))
      break
    case "list":
      writeList(writer, token)
      break
    case "hr":
      writer.write(RULER)
      break
    case "checkbox":
      writer.write(token.checked ? "☑ " : "☐ ")
      break
    default:
      writeSpan(writer, token)
  }
}

function writeList(writer: TextWriter, { items, ordered, start }: Tokens.List): void {
  let gap = ""
  for (const [index, item] of items.entries()) {
    const bullet = ordered ? `${Number(start) + index}. ` : "• "
    writer.write(`${gap}${bullet}`)
    writer.indent(bullet.length, () => writeBlocks(writer, item.tokens))
    gap = gapAfter(item)
  }
}

function writeInline(writer: TextWriter, tokens: readonly Token[]): void {
  let at = 0
  while (at < tokens.length) {
    const end = endOfUnderline(tokens, at)
    if (end === undefined) writeSpan(writer, tokens[at] as MarkedToken)
    else {
      const inner = tokens.slice(at + 1, end)
      writer.mark({ type: "underline" }, () => writeInline(writer, inner))
    }
    at = (end ?? at) + 1
  }
}

/** Markdown has no mark for it, so models write `<u>`: the place of the tag that ends it. */
function endOfUnderline(tokens: readonly Token[], at: number): number | undefined {
  if (tokens[at]?.raw !== "<u>") return undefined
  const length = tokens.slice(at).findIndex(({ raw }) => raw === "</u>")
  return length < 0 ? undefined : at + length
}

const MARKS = { strong: "bold", em: "italic", del: "strikethrough" } as const

function writeSpan(writer: TextWriter, token: MarkedToken): void {
  switch (token.type) {
    case "strong":
    case "em":
    case "del":
      writer.mark({ type: MARKS[token.type] }, () => writeInline(writer, token.tokens))
      break
    case "codespan":
      writer.verbatim({ type: "code" }, token.text)
      break
    case "link":
    case "image":
      writeLink(writer, token)
      break
    case "br":
      writer.write("\n")
      break
    case "html":
      writer.write(/^<br\s*\/?>$/i.test(token.raw) ? "\n" : token.raw.trimEnd())
      break
    case "escape":
      writer.write(token.text)
      break
    case "text":
    case "paragraph":
      if (token.tokens === undefined) writer.write(withoutReferences(token.text))
      else writeInline(writer, token.tokens)
      break
    default:
      writer.write(token.raw)
  }
}

function writeLink(writer: TextWriter, { href, text, tokens }: Tokens.Link | Tokens.Image): void {
  const body = () => (text === "" ? writer.write(href) : writeInline(writer, tokens))
  const address = href.replace(/^mailto:/, "")
  // The service finds addresses by itself.
  if (text === href || text === address || `http://${text}` === href) {
    writer.write(text)
  } else if (/^(https?|tg):/i.test(href) && URL.canParse(href)) {
    writer.mark({ type: "text_link", url: href }, body)
  } else {
    body()
    if (text !== "" && address !== "") writer.write(` (${address})`)
  }
}

/** With its columns below each other, since it is shown in letters of one width. */
function toTable({ header, raw, rows }: Tokens.Table): string {
  if (hasMoreCells(raw, header.length)) return raw.trimEnd()
  const cells = [header, ...rows].map((row) => row.map(({ tokens }) => toPlain(tokens)))
  const widths = header.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  )
  return cells
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | "))
    .map((line) => line.trimEnd())
    .join("\n")
}

/** The parser drops what stands right of the last column, as behind `|` in a command. */
function hasMoreCells(raw: string, columns: number): boolean {
  return raw.split("\n").some((line) => {
    const cells = line.replace(/\\./g, "").trim().replace(/^\|/, "").split("|")
    return cells.slice(columns).some((cell) => cell.trim() !== "")
  })
}

function toPlain(tokens: readonly Token[]): string {
  const writer = createTextWriter()
  writeInline(writer, tokens)
  return writer.finish().text
}

function languageOf({ lang }: Tokens.Code): { readonly language?: string } {
  const [language = ""] = /^[\w+#.-]{1,40}/.exec(lang ?? "") ?? []
  return language === "" ? {} : { language }
}

function withoutReferences(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,4}));/gi, (whole, ...parts) => {
    const [decimal, hex, name] = parts as (string | undefined)[]
    if (name !== undefined) return REFERENCES[name.toLowerCase()] ?? whole
    const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal)
    const isCharacter = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
    return isCharacter ? String.fromCodePoint(code) : whole
  })
}
