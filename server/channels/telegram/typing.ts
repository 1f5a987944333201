// Shows in a chat that an answer is being written. The service forgets it after five seconds, so it is
// shown again and again: for a while, and not when that keeps failing.

import { type Clock, pause } from "../../host/clock.ts"
import type { Logger } from "../../host/logger.ts"
import type { ChannelTimings } from "../channel.ts"
import type { BotApi } from "./bot-api.ts"
import { readChat } from "./target.ts"

const MAX_FAILURES = 3

export interface TypingParts {
  readonly clock: Clock
  readonly timings: ChannelTimings
  readonly log: Logger
}

export interface Typing {
  /** Resolves when `signal` aborts, when its time is over or when it keeps failing. Never rejects. */
  show(api: BotApi, chat: string, signal: AbortSignal): Promise<void>
}

export function createTyping({ clock, timings, log }: TypingParts): Typing {
  /** In a row, in whatever chats. */
  let failures = 0
  let brokenUntil = 0

  async function showOnce(api: BotApi, chat: string, signal: AbortSignal): Promise<void> {
    const target = readChat(chat)
    if (target === undefined || api.heldBackMs("sendChatAction") > 0) return
    const topic = target.topic === undefined ? {} : { message_thread_id: target.topic }
    const payload = { chat_id: target.id, action: "typing", ...topic } as const
    const options = { timeoutMs: timings.requestTimeoutMs, signal }
    try {
      await api.call("sendChatAction", payload, options)
      failures = 0
    } catch (error) {
      if (!signal.aborted) noteFailure(error)
    }
  }

  function noteFailure(error: unknown): void {
    failures += 1
    log.debug("typing failed", { error: error instanceof Error ? error.message : String(error) })
    if (failures < MAX_FAILURES) return
    failures = 0
    brokenUntil = clock.monotonic() + timings.typingMaxMs
  }

  return {
    async show(api, chat, signal) {
      const endsAt = clock.monotonic() + timings.typingMaxMs
      while (!signal.aborted) {
        const now = clock.monotonic()
        if (now >= endsAt || now < brokenUntil) return
        await showOnce(api, chat, signal)
        await pause(clock, timings.typingRefreshMs, signal)
      }
    },
  }
}
