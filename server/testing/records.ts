// Records as the store takes them, for tests.

import type { ChatMessage } from "#protocol"
import type { InboundMessage } from "../channels/channel.ts"
import type { KeyedRequest, NewDelivery, NewRun } from "../store/store.ts"

export function sampleMessage(id: string, text = id, ts = 1_000): ChatMessage {
  return { id, role: "user", ts, status: "ok", parts: [{ type: "text", text }] }
}

export function sampleRun(runId: string, words: Partial<NewRun["run"]> = {}): NewRun {
  return {
    run: {
      runId,
      sessionKey: "main",
      sessionId: "s-1",
      origin: "request",
      messageId: `answer-${runId}`,
      createdAt: 1_000,
      request: { prompt: "hello", attachments: [], thinking: "off", timeoutMs: 1_000 },
      ...words,
    },
    messages: [sampleMessage(`question-${runId}`)],
  }
}

export function sampleDelivery(id: string, words: Partial<NewDelivery> = {}): NewDelivery {
  return {
    id,
    channel: "memory",
    chat: "1",
    to: "memory:1",
    items: [{ text: "one" }, { text: "two" }],
    createdAt: 1_000,
    ...words,
  }
}

export function sampleInbound(
  messageId: string,
  words: Partial<InboundMessage> = {},
): InboundMessage {
  return {
    channel: "memory",
    account: "bot",
    chat: "1",
    messageId,
    order: 1,
    sender: { id: "1" },
    text: `text of ${messageId}`,
    ts: 1_000,
    sessionKey: "memory:1",
    ...words,
  }
}

export function keyed(key: string, digest = "d"): KeyedRequest {
  return { key, digest }
}
