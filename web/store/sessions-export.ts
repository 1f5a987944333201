// A whole conversation as a file: fetched page by page, then written as Markdown or JSON.

import { type ChatMessage, LIMITS, type Part } from "#protocol"
import type { Requests } from "../gateway.ts"

export interface ExportedConversation {
  readonly sessionKey: string
  readonly title: string
  /** When it was written, in milliseconds since 1970. */
  readonly exportedAt: number
  /** Oldest first. */
  readonly messages: readonly ChatMessage[]
}

/** The words around what was said, in the reader's language. */
export interface ExportWords {
  readonly who: (message: ChatMessage) => string
  readonly when: (ts: number) => string
  readonly attachment: (name: string) => string
  readonly tool: (name: string) => string
  readonly thought: string
  readonly cut: string
  readonly incomplete: string
}

export interface FetchOptions {
  readonly gateway: Requests
  readonly sessionKey: string
  /** How many messages there are so far. */
  readonly onProgress: (count: number) => void
  readonly signal: AbortSignal
}

/** Every message of the conversation, oldest first; rejects when a page cannot be had. */
export async function fetchConversation(options: FetchOptions): Promise<readonly ChatMessage[]> {
  const { gateway, onProgress, sessionKey, signal } = options
  const pages: (readonly ChatMessage[])[] = []
  let count = 0
  let before: string | undefined
  do {
    const page = await gateway.request("chat.history", {
      sessionKey,
      limit: LIMITS.maxHistoryMessages,
      ...(before !== undefined && { before }),
    })
    signal.throwIfAborted()
    pages.unshift(page.messages)
    count += page.messages.length
    onProgress(count)
    before = page.cursor
  } while (before !== undefined)
  return pages.flat()
}

/** As the gateway tells it, for programs. */
export function toJsonFile(conversation: ExportedConversation): string {
  const { exportedAt, messages, sessionKey, title } = conversation
  const file = { sessionKey, title, exportedAt: new Date(exportedAt).toISOString(), messages }
  return `${JSON.stringify(file, undefined, 2)}\n`
}

export function toMarkdownFile(conversation: ExportedConversation, words: ExportWords): string {
  const { messages, title } = conversation
  const blocks = messages.map((message) =>
    [
      `## ${escapeLine(words.who(message))} · ${words.when(message.ts)}`,
      ...bodyOf(message, words),
    ].join("\n\n"),
  )
  return `${[`# ${escapeLine(title)}`, ...blocks].join("\n\n")}\n`
}

function bodyOf(message: ChatMessage, words: ExportWords): readonly string[] {
  const parts = message.parts.map((part) => toMarkdown(part, message, words))
  const problem = message.error?.message ?? (message.status === "ok" ? undefined : words.incomplete)
  return [...parts, ...(problem === undefined ? [] : [quote(problem)])].filter(
    (text) => text !== "",
  )
}

function toMarkdown(part: Part, { role }: ChatMessage, words: ExportWords): string {
  switch (part.type) {
    case "text": {
      // An answer is Markdown already; what a person wrote may look like a heading and is none.
      const said = role === "assistant" ? part.text : quote(part.text)
      return part.truncated === true ? `${said}\n\n${quote(words.cut)}` : said
    }
    case "thought":
      return quote(`${words.thought}: ${part.text}`)
    case "tool": {
      const title = quote(words.tool(part.title ?? part.name))
      const texts = [part.input, part.output].filter((text) => text !== undefined && text !== "")
      return [title, ...texts.map((text) => fence(text ?? ""))].join("\n\n")
    }
    case "attachment":
      return quote(words.attachment(part.name ?? part.mimeType))
    default:
      return part satisfies never
  }
}

/** A block of code that nothing in the text can end. */
function fence(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const ticks = "`".repeat(longest + 1)
  return `${ticks}\n${text}\n${ticks}`
}

function quote(text: string): string {
  return text
    .split("\n")
    .map((line) => `> ${line}`)
    .join("\n")
}

/** One line in which nothing is Markdown. */
function escapeLine(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>#|~]/g, "\\$&")
}

/** What no system refuses as the name of a file. */
export function toFileName(title: string, date: string, ending: string): string {
  const words = title
    .normalize("NFC")
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .slice(0, 60)
    .replace(/^-+|-+$/g, "")
  return `${["clawdis", words, date].filter((word) => word !== "").join("-")}.${ending}`
}
