// A turn as the content blocks of `session/prompt`. The person's text is a block of its own, unchanged.

import type { ContentBlock, PromptCapabilities } from "@agentclientprotocol/sdk"
import type { Attachment } from "#protocol"
import type { Turn } from "../engine.ts"

export interface PromptOptions {
  /** Undefined when this conversation has had them. */
  readonly instructions: string | undefined
  readonly capabilities: PromptCapabilities
}

export function toBlocks(
  turn: Pick<Turn, "prompt" | "notes" | "attachments">,
  { instructions, capabilities }: PromptOptions,
): ContentBlock[] {
  return [
    ...(instructions === undefined || instructions.trim() === "" ? [] : [textBlock(instructions)]),
    ...turn.notes.map(textBlock),
    textBlock(turn.prompt),
    ...turn.attachments.map((attachment) => toAttachmentBlock(attachment, capabilities)),
  ]
}

function textBlock(text: string): ContentBlock {
  return { type: "text", text }
}

function toAttachmentBlock(attachment: Attachment, capabilities: PromptCapabilities): ContentBlock {
  const { name = "attachment", mimeType, data } = attachment
  if (mimeType.startsWith("image/") && capabilities.image) return { type: "image", mimeType, data }
  if (mimeType.startsWith("audio/") && capabilities.audio) return { type: "audio", mimeType, data }
  if (mimeType.startsWith("text/")) {
    return textBlock(`[attachment ${name}]\n${Buffer.from(data, "base64").toString("utf8")}`)
  }
  return textBlock(`[attachment ${name} (${mimeType}) is left out: the agent cannot read it]`)
}
