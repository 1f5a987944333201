// What `/retry` runs again: the last turn of a conversation that a person asked for.

import { type ChatMessage, LIMITS } from "#protocol"
import type { InboundMessage } from "../channels/channel.ts"
import type { RunRequest, Store } from "../store/store.ts"
import { readCommand } from "./commands.ts"
import { toPrompt } from "./envelope.ts"

const PAGE = 50
const MAX_PAGES = 4

export type LastTurn = Pick<RunRequest, "prompt" | "attachments" | "media">

export async function findLastTurn(
  { messages, runs }: Pick<Store<InboundMessage>, "messages" | "runs">,
  { sessionId, timeZone }: { sessionId: string; timeZone: string | undefined },
): Promise<LastTurn | undefined> {
  let before: string | undefined
  for (let count = 0; count < MAX_PAGES; count += 1) {
    const page = await messages.page({
      sessionId,
      before,
      limit: PAGE,
      maxBytes: LIMITS.maxHistoryBytes,
    })
    for (const message of page.messages.toReversed()) {
      if (message.role !== "user") continue
      const run = message.runId === undefined ? undefined : await runs.get(message.runId)
      const turn = run === undefined ? toTurn(message, timeZone) : run.request
      if (turn === undefined || run?.request.command !== undefined) continue
      return {
        prompt: turn.prompt,
        attachments: turn.attachments,
        ...(turn.media !== undefined && { media: turn.media }),
      }
    }
    before = page.cursor
    if (before === undefined) return undefined
  }
  return undefined
}

/** Of a run that was forgotten its text is left, and of one that came in, who wrote it. */
function toTurn(message: ChatMessage, timeZone: string | undefined): LastTurn | undefined {
  const { channel, parts, sender, ts } = message
  const text = parts.flatMap((part) => (part.type === "text" ? part.text : [])).join("\n")
  if (text === "" || readCommand(text) !== undefined) return undefined
  if (channel === undefined) return { prompt: text, attachments: [] }
  const from = { id: sender?.id ?? "", ...(sender?.name !== undefined && { name: sender.name }) }
  return { prompt: toPrompt([{ channel, sender: from, text, ts }], { timeZone }), attachments: [] }
}
