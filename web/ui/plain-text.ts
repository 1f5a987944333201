// Markdown as the words that are read: without its marks, with its lists, tables and code kept apart.

import type { Token, Tokens } from "marked"
import { decodeEntities } from "./entities.ts"
import { lexMarkdown } from "./markdown-blocks.ts"

export function toPlainText(markdown: string): string {
  return blocksOf(lexMarkdown(markdown)).trim()
}

function blocksOf(tokens: readonly Token[]): string {
  return tokens
    .map(toBlock)
    .filter((block) => block !== "")
    .join("\n\n")
}

function toBlock(token: Token): string {
  switch (token.type) {
    case "code":
      return (token as Tokens.Code).text
    case "blockquote":
      return blocksOf((token as Tokens.Blockquote).tokens)
    case "list":
      return listOf(token as Tokens.List)
    case "table":
      return tableOf(token as Tokens.Table)
    case "html":
      return token.raw.trim()
    case "hr":
    case "def":
    case "space":
      return ""
    default:
      return inlineOf(token)
  }
}

function listOf({ items, ordered, start }: Tokens.List): string {
  const first = start === "" ? 1 : start
  return items
    .map((item, index) => {
      const mark = ordered ? `${first + index}.` : "-"
      const inner = itemOf(item)
      return `${mark} ${inner.replaceAll("\n", `\n${" ".repeat(mark.length + 1)}`)}`
    })
    .join("\n")
}

function itemOf({ tokens }: Tokens.ListItem): string {
  return tokens
    .map((token) => ({ block: toBlock(token), joins: token.type === "checkbox" }))
    .filter(({ block }) => block !== "")
    .map(({ block, joins }) => (joins ? block : `${block}\n`))
    .join("")
    .trimEnd()
}

function tableOf({ header, rows }: Tokens.Table): string {
  const line = (cells: readonly Tokens.TableCell[]) =>
    cells.map(({ tokens }) => tokens.map(inlineOf).join("")).join("\t")
  return [header, ...rows].map(line).join("\n")
}

function inlineOf(token: Token): string {
  switch (token.type) {
    case "br":
      return "\n"
    case "codespan":
    case "escape":
      return (token as Tokens.Codespan).text
    case "image":
      return decodeEntities((token as Tokens.Image).text)
    case "link":
      return linkOf(token as Tokens.Link)
    case "checkbox":
      return (token as Tokens.Checkbox).checked ? "[x] " : "[ ] "
    case "html":
      return token.raw
    default: {
      const { text = token.raw, tokens } = token as { text?: string; tokens?: readonly Token[] }
      return tokens === undefined ? decodeEntities(text) : tokens.map(inlineOf).join("")
    }
  }
}

/** With its address, unless that is what is read already. */
function linkOf({ href, tokens }: Tokens.Link): string {
  const words = tokens.map(inlineOf).join("")
  return words === href || `mailto:${words}` === href ? words : `${words} (${href})`
}
