// The agent's Markdown as WhatsApp shows formatted text (https://faq.whatsapp.com/539178204879377): its
// marks are other ones, it has no headings and no links with words of their own. Code is never touched,
// and no text grows by it, so that what was split to fit still fits.

import { formatSpans } from "./spans.ts"

const FENCE = /^(?<indent>\s*)(?<fence>`{3,}|~{3,})(?<info>.*)$/
const HEADING = /^ {0,3}#{1,6}[ \t]+(?<title>.*)$/
const ITEM = /^(?<indent>\s*)(?<bullet>[*+-]|\d{1,9}[.)])(?<gap>[ \t]+)(?<text>.*)$/
const QUOTE = /^(?<marks>(?: {0,3}>)+ ?)(?<text>.*)$/
const RULE = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/
const INDENTED_CODE = /^(?: {4}|\t)/

export function formatText(markdown: string): string {
  const lines = markdown.split("\n")
  const blocks: string[] = []
  let inList = false
  for (let at = 0; at < lines.length; ) {
    const block = readBlock(lines, at, inList)
    blocks.push(block.text)
    if (block.kind === "item") inList = true
    else if (block.kind === "text" && !/^\s/.test(lines[at] ?? "")) inList = false
    at = block.end
  }
  const text = blocks.join("\n")
  return text.trim() === "" ? markdown : text
}

interface Block {
  readonly kind: "code" | "heading" | "rule" | "item" | "quote" | "text" | "blank"
  readonly text: string
  /** The first line after it. */
  readonly end: number
}

function readBlock(lines: readonly string[], start: number, inList: boolean): Block {
  const line = lines[start] ?? ""
  const end = start + 1
  if (line.trim() === "") return { kind: "blank", text: line, end }
  const code = readCode(lines, start, inList)
  if (code !== undefined) return code
  const { title } = HEADING.exec(line)?.groups ?? {}
  if (title !== undefined) return { kind: "heading", text: toHeading(title), end }
  if (RULE.test(line)) return { kind: "rule", text: "---", end }
  const item = ITEM.exec(line)?.groups
  if (item !== undefined) {
    const { indent = "", bullet = "", gap = "", text = "" } = item
    const mark = /\d/.test(bullet) ? bullet : "-"
    return readSpans("item", `${indent}${mark}${gap}`, [text, ...continuation(lines, end)], end)
  }
  const { marks = "", text = line } = QUOTE.exec(line)?.groups ?? {}
  if (marks !== "") return readSpans("quote", marks, [text], end)
  return readSpans("text", "", [line, ...continuation(lines, end)], end)
}

/** The lines of one paragraph are read together, because code may begin on one and end on another. */
function readSpans(kind: Block["kind"], prefix: string, lines: string[], second: number): Block {
  return {
    kind,
    text: `${prefix}${formatSpans(lines.join("\n"))}`,
    end: second + lines.length - 1,
  }
}

function continuation(lines: readonly string[], start: number): string[] {
  const rest = lines.slice(start)
  const end = rest.findIndex((line) =>
    [/^\s*$/, FENCE, HEADING, RULE, ITEM, QUOTE].some((form) => form.test(line)),
  )
  return end === -1 ? rest : rest.slice(0, end)
}

/** A block of code as it stands, but for the name of its language, which WhatsApp would show as code. */
function readCode(lines: readonly string[], start: number, inList: boolean): Block | undefined {
  const line = lines[start] ?? ""
  const { indent = "", fence = "", info = "" } = FENCE.exec(line)?.groups ?? {}
  if (fence === "" || info.includes("`")) {
    const isCode = !inList && INDENTED_CODE.test(line)
    return isCode ? { kind: "code", text: line, end: start + 1 } : undefined
  }
  const close = lines.findIndex((candidate, at) => at > start && closes(candidate, fence))
  // Without an end all the rest is code.
  if (close === -1) return { kind: "code", text: lines.slice(start).join("\n"), end: lines.length }
  const content = lines.slice(start + 1, close)
  const [lastIndent = ""] = /^\s*/.exec(lines[close] ?? "") ?? []
  return {
    kind: "code",
    text: [`${indent}\`\`\``, ...content, `${lastIndent}\`\`\``].join("\n"),
    end: close + 1,
  }
}

function closes(line: string, fence: string): boolean {
  const text = line.trim()
  return text.length >= fence.length && text === fence.charAt(0).repeat(text.length)
}

function toHeading(title: string): string {
  const words = title
    .trimEnd()
    .replace(/(?:^|[ \t])#+$/, "")
    .trim()
  return words === "" ? "" : `*${formatSpans(words, "bold")}*`
}
