// The run of messages that came in: what the agent reads, and what the conversation shows.

import { randomUUID } from "node:crypto"
import { type ChatMessage, cutText, LIMITS, type Part } from "#protocol"
import type { InboundMessage } from "../channels/channel.ts"
import type { ChatAddress, MediaRecord, NewRun, RunRequest, SessionRecord } from "../store/store.ts"

/** What became of the files that came with a message. */
export interface CollectedMedia {
  readonly records: readonly MediaRecord[]
  /** How the conversation shows them. */
  readonly parts: readonly Part[]
  /** What the agent reads of them, a line for each; untrusted, the envelope escapes it. */
  readonly lines: readonly string[]
}

export interface InboundRunOptions {
  readonly session: SessionRecord
  /** Oldest first, all of one chat; at least one. */
  readonly messages: readonly [InboundMessage, ...(readonly InboundMessage[])]
  readonly request: Omit<RunRequest, "deliverTo">
  readonly collected?: ReadonlyMap<InboundMessage, CollectedMedia>
  readonly at: number
}

export function toInboundRun(options: InboundRunOptions): NewRun {
  const { at, collected, messages, request, session } = options
  const [{ channel, chat }] = messages
  const runId = randomUUID()
  return {
    run: {
      runId,
      sessionKey: session.key,
      sessionId: session.sessionId,
      origin: "inbound",
      messageId: randomUUID(),
      createdAt: at,
      request: { ...request, deliverTo: { channel, chat, to: chat } },
    },
    messages: messages.map((message) =>
      toChatMessage(message, runId, collected?.get(message)?.parts ?? []),
    ),
  }
}

function toChatMessage(
  message: InboundMessage,
  runId: string,
  media: readonly Part[],
): ChatMessage {
  const { sender } = message
  const text = cutText(message.text, LIMITS.maxTextPartBytes)
  const said: Part[] = text === "" && media.length > 0 ? [] : [{ type: "text", text }]
  return {
    id: randomUUID(),
    role: "user",
    ts: message.ts,
    status: "ok",
    runId,
    channel: message.channel,
    sender: {
      id: sender.id,
      ...(sender.name !== undefined && { name: sender.name }),
      ...(sender.self === true && { self: true }),
    },
    parts: [...said, ...media],
  }
}

export function addressOf({ channel, chat }: InboundMessage): ChatAddress {
  return { channel, chat }
}
