import { type ChatMessage, LIMITS } from "#protocol"
import type { Media } from "../../media/media.ts"
import type { Handler } from "../dispatch.ts"
import { fitMessage, fitTurn } from "../fit.ts"
import type { MethodParts } from "./parts.ts"
import { requireSession } from "./session.ts"

/** Everything of a page but its messages: keys, ids, commas. */
const OVERHEAD_BYTES = 4 * 1024
/** What is being answered at this moment may take this much of the page. */
const MAX_RUNNING_BYTES = 44 * 1024

/** `chat.history` (M7): a page of a conversation, and what is being answered at this moment. */
export function chatHistory({ media, runs, store }: MethodParts): Handler<"chat.history"> {
  return async ({ before, limit = LIMITS.defaultHistoryMessages, sessionKey }) => {
    const session = await requireSession(store.sessions, sessionKey)
    if (session === undefined) return { sessionKey, messages: [] }
    const isFirst = before === undefined
    const reserved = isFirst && runs.isBusy(sessionKey) ? MAX_RUNNING_BYTES : 0
    const maxBytes = LIMITS.maxHistoryBytes - OVERHEAD_BYTES - reserved
    const page = await store.messages.page({
      sessionId: session.sessionId,
      before,
      limit,
      maxBytes,
    })
    // Read after the page: a run that ends in between is in neither, and its `chat` event follows. One
    // that has begun in between has said little yet.
    const running = isFirst ? runs.running(sessionKey) : []
    const current = await Promise.all(page.messages.map((message) => markExpired(message, media)))
    const messages = current.map((message) => fitMessage(message, maxBytes))
    return {
      sessionKey,
      sessionId: session.sessionId,
      messages,
      ...(page.cursor !== undefined && { cursor: page.cursor }),
      ...(running.length > 0 && {
        running: running.map((turn) => fitTurn(turn, MAX_RUNNING_BYTES)),
      }),
    }
  }
}

/** A conversation is kept longer than its files are. */
async function markExpired(message: ChatMessage, media: Pick<Media, "get">): Promise<ChatMessage> {
  const parts = message.parts.map(async (part) => {
    if (part.type !== "attachment" || part.state !== "ok") return part
    const isKept = (await media.get(part.mediaId)) !== undefined
    return isKept ? part : { ...part, state: "expired" as const }
  })
  return { ...message, parts: await Promise.all(parts) }
}
