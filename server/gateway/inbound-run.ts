// The run of messages that came in: what the agent reads, and what the conversation shows.

import { randomUUID } from "node:crypto"
import { type ChatMessage, cutText, LIMITS, type Part } from "#protocol"
import type { InboundMessage } from "../channels/channel.ts"
import type { ChatAddress, NewRun, RunRequest, SessionRecord } from "../store/store.ts"
import type { CollectedMedia } from "./inbound-media.ts"

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
  const [{ channel, chat, group, sender, sessionKey }] = messages
  const chatName = group === undefined ? sender.name : group.title
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
    // Sessions that several chats share are called after none of them.
    ...(session.key === sessionKey && chatName !== undefined && { chatName }),
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
