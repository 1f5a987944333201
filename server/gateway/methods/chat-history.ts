import {
  type ChatMessage,
  cutText,
  jsonBytes,
  LIMITS,
  type Part,
  type RunningTurn,
} from "#protocol"
import type { Handler } from "../dispatch.ts"
import type { MethodParts } from "./parts.ts"
import { requireSession } from "./session.ts"

/** Below what one page may hold, so that a page of one message fits with everything around it. */
const MAX_MESSAGE_BYTES = 80 * 1024
/** What runs at this moment comes on top of the page; a frame holds both. */
const MAX_RUNNING_BYTES = 96 * 1024

/** `chat.history` (M7): a page of a conversation, and what is being answered at this moment. */
export function chatHistory({ runs, store }: MethodParts): Handler<"chat.history"> {
  return async ({ before, limit = LIMITS.defaultHistoryMessages, sessionKey }) => {
    const session = await requireSession(store.sessions, sessionKey)
    if (session === undefined) return { sessionKey, messages: [] }
    const page = await store.messages.page({
      sessionId: session.sessionId,
      before,
      limit,
      maxBytes: MAX_MESSAGE_BYTES,
    })
    // Read after the page: a run that ends in between is in neither, and its `chat` event follows.
    const running = before === undefined ? runs.running(sessionKey).map(fitTurn) : []
    return {
      sessionKey,
      sessionId: session.sessionId,
      messages: page.messages.map(fitMessage),
      ...(page.cursor !== undefined && { cursor: page.cursor }),
      ...(running.length > 0 && { running }),
    }
  }
}

/** The message with its parts cut so that it fits into a page and an event. */
export function fitMessage(message: ChatMessage): ChatMessage {
  if (jsonBytes(JSON.stringify(message)) <= MAX_MESSAGE_BYTES) return message
  return { ...message, parts: fitParts(message.parts, MAX_MESSAGE_BYTES / 2) }
}

function fitTurn(turn: RunningTurn): RunningTurn {
  return { ...turn, parts: fitParts(turn.parts, MAX_RUNNING_BYTES) }
}

/** Cuts the parts, the first ones least, until all together take at most `maxBytes`. */
function fitParts(parts: readonly Part[], maxBytes: number): Part[] {
  let left = maxBytes
  return parts.map((part) => {
    if (part.type === "attachment") return part
    if (part.type === "tool") {
      const input = part.input === undefined ? undefined : cutText(part.input, Math.max(0, left))
      left -= jsonBytes(input ?? "")
      const output = part.output === undefined ? undefined : cutText(part.output, Math.max(0, left))
      left -= jsonBytes(output ?? "")
      const cut = input?.length !== part.input?.length || output?.length !== part.output?.length
      return {
        ...part,
        ...(input !== undefined && { input }),
        ...(output !== undefined && { output }),
        ...(cut && { truncated: true }),
      }
    }
    const text = cutText(part.text, Math.max(0, left))
    left -= jsonBytes(text)
    if (text.length === part.text.length) return part
    return part.type === "text" ? { ...part, text, truncated: true } : { ...part, text }
  })
}
