// Makes what is too large for a frame fit: bodies of tools go first, then tools, then the ends of texts.
// The store keeps all of it.

import { type ChatMessage, cutText, jsonBytes, type Part, type RunningTurn } from "#protocol"

/** A whole message in an event, in bytes of JSON. */
export const MAX_MESSAGE_BYTES = 80 * 1024

/** What is left of a tool's input and of its output. */
const MAX_TOOL_BODY_BYTES = 256
/** So many tools are kept where there are too many, and fewer where they would leave the texts no room. */
const KEPT_TOOLS = [20, 5, 0]

export function fitMessage(
  message: ChatMessage,
  maxBytes: number = MAX_MESSAGE_BYTES,
): ChatMessage {
  const over = bytesOf(message) - maxBytes
  if (over <= 0) return message
  return { ...message, parts: fitParts(message.parts, bytesOf(message.parts) - over) }
}

/** `truncated` says that its texts can no longer be continued by offset. */
export function fitTurn(turn: RunningTurn, maxBytes: number): RunningTurn {
  if (bytesOf(turn) <= maxBytes) return turn
  const cut = { ...turn, truncated: true }
  const over = bytesOf(cut) - maxBytes
  return { ...cut, parts: fitParts(turn.parts, bytesOf(turn.parts) - over) }
}

export function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

function fitParts(parts: readonly Part[], maxBytes: number): Part[] {
  const lean = parts.map(withoutBodies)
  if (bytesOf(lean) <= maxBytes) return lean
  const shorter = [
    ...KEPT_TOOLS.map((count) => joinTexts(withLastTools(lean, count))),
    joinTexts(lean.filter((part) => part.type === "text")),
  ]
  const roomy = shorter.find((some) => bytesOf(some.map(withoutText)) <= maxBytes / 2)
  return cutTexts(roomy ?? shorter.at(-1) ?? [], maxBytes)
}

function withLastTools(parts: readonly Part[], count: number): Part[] {
  const tools = parts.filter((part) => part.type === "tool")
  const kept = new Set<Part>(tools.slice(Math.max(0, tools.length - count)))
  return parts.filter((part) => part.type !== "tool" || kept.has(part))
}

/** Texts that stood between tools which are gone: each part alone costs more than a short text. */
function joinTexts(parts: readonly Part[]): Part[] {
  const joined: Part[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (isText(part) && last?.type === part.type) {
      joined[joined.length - 1] = { ...last, text: last.text + part.text }
    } else {
      joined.push(part)
    }
  }
  return joined
}

function withoutBodies(part: Part): Part {
  if (part.type !== "tool") return part
  const input = part.input === undefined ? undefined : cutText(part.input, MAX_TOOL_BODY_BYTES)
  const output = part.output === undefined ? undefined : cutText(part.output, MAX_TOOL_BODY_BYTES)
  if (input?.length === part.input?.length && output?.length === part.output?.length) return part
  return {
    ...part,
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
    truncated: true,
  }
}

/** The earlier texts keep the most; one of which nothing is left stays as a sign that it was there. */
function cutTexts(parts: readonly Part[], maxBytes: number): Part[] {
  let left = Math.max(0, maxBytes - bytesOf(parts.map(withoutText)))
  return parts.map((part) => {
    if (!isText(part)) return part
    const text = cutText(part.text, left)
    left -= jsonBytes(text)
    if (text.length === part.text.length) return part
    return part.type === "text" ? { ...part, text, truncated: true } : { ...part, text }
  })
}

function withoutText(part: Part): Part | (Part & { truncated: true }) {
  return isText(part) ? { ...part, text: "", truncated: true } : part
}

function isText(part: Part): part is Extract<Part, { type: "text" | "thought" }> {
  return part.type === "text" || part.type === "thought"
}
