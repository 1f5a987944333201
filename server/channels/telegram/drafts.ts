// Shows an answer while it grows, as a draft that the service forgets by itself. Nothing waits for it: what
// comes too fast or fails is left out, and a chat that refuses drafts is spared them for a while.

import { type Clock, pause } from "../../host/clock.ts"
import type { Logger } from "../../host/logger.ts"
import type { ChannelTimings, Draft } from "../channel.ts"
import type { BotApi } from "./bot-api.ts"
import { TelegramError } from "./failure.ts"
import { toFormatted } from "./markdown.ts"
import { readChat } from "./target.ts"

const MAX_LENGTH = 4_096
const MAX_REFUSING = 1_000
const LARGEST_ID = 2 ** 31 - 1

export interface DraftParts {
  readonly api: BotApi
  readonly clock: Clock
  readonly timings: ChannelTimings
  readonly log: Logger
}

export interface Drafts {
  /** Undefined where the service has no drafts. `over` resolves, soon after `signal` aborts, when nothing is left of it. */
  open(chat: string, signal: AbortSignal): { draft: Draft; over: Promise<void> } | undefined
}

export function createDrafts({ api, clock, timings, log }: DraftParts): Drafts {
  /** Until when a chat is spared. */
  const refusing = new Map<number, number>()
  let lastId = 0

  function mayDraft(chatId: number): boolean {
    const until = refusing.get(chatId)
    if (until !== undefined && until <= clock.monotonic()) refusing.delete(chatId)
    return !refusing.has(chatId) && api.heldBackMs("sendMessageDraft") === 0
  }

  async function show(draft: Shown, text: string, signal: AbortSignal): Promise<void> {
    const { text: shown, entities } = toFormatted(cut(text))
    const payload = {
      chat_id: draft.chatId,
      draft_id: draft.id,
      text: shown,
      ...(entities.length > 0 && { entities: [...entities] }),
    }
    try {
      const options = { timeoutMs: timings.requestTimeoutMs, signal }
      await api.call("sendMessageDraft", payload as never, options)
    } catch (error) {
      if (!signal.aborted) noteFailure(draft.chatId, error)
    }
  }

  function noteFailure(chatId: number, error: unknown): void {
    log.debug("a draft failed", { error: error instanceof Error ? error.message : String(error) })
    if (!(error instanceof TelegramError) || error.failure.kind !== "refused") return
    refusing.set(chatId, clock.monotonic() + timings.typingMaxMs)
    const [oldest] = refusing.keys()
    if (refusing.size > MAX_REFUSING && oldest !== undefined) refusing.delete(oldest)
  }

  return {
    open(chat, signal) {
      const target = readChat(chat)
      // The service has drafts in private chats only, whose ids are above zero.
      if (typeof target?.id !== "number" || target.id < 0 || !mayDraft(target.id)) return undefined
      lastId = (lastId % LARGEST_ID) + 1
      const shown = { chatId: target.id, id: lastId }
      let latest: string | undefined
      let grown = Promise.withResolvers<void>()
      const wake = () => grown.resolve()

      async function follow(): Promise<void> {
        signal.addEventListener("abort", wake)
        while (!signal.aborted) {
          await grown.promise
          grown = Promise.withResolvers<void>()
          const text = latest
          latest = undefined
          if (signal.aborted || text === undefined) continue
          if (!mayDraft(shown.chatId)) continue
          await show(shown, text, signal)
          await pause(clock, timings.draftIntervalMs, signal)
        }
        signal.removeEventListener("abort", wake)
      }

      const draft: Draft = {
        update(text) {
          if (signal.aborted || text.trim() === "") return
          latest = text
          wake()
        },
      }
      return { draft, over: follow() }
    },
  }
}

interface Shown {
  readonly chatId: number
  readonly id: number
}

/** The beginning, as much as one message holds; half a character is none. */
function cut(text: string): string {
  if (text.length <= MAX_LENGTH) return text
  const end = text.slice(0, MAX_LENGTH)
  return end.isWellFormed() ? end : end.slice(0, -1)
}
