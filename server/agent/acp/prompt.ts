// A turn as the content blocks of `session/prompt`. The person's text is a block of its own, unchanged.

import { readFile } from "node:fs/promises"
import { pathToFileURL } from "node:url"
import type { ContentBlock, PromptCapabilities } from "@agentclientprotocol/sdk"
import type { Attachment } from "#protocol"
import type { Turn } from "../engine.ts"

/** Of a larger image the agent gets the link alone. */
const MAX_IMAGE_BYTES = 5 * 1024 * 1024

type Resource = Turn["resources"][number]

export interface PromptOptions {
  /** Undefined when this conversation has had them. */
  readonly instructions: string | undefined
  readonly capabilities: PromptCapabilities
}

export async function toBlocks(
  turn: Pick<Turn, "prompt" | "notes" | "attachments" | "resources">,
  { instructions, capabilities }: PromptOptions,
): Promise<ContentBlock[]> {
  const resources = await Promise.all(
    turn.resources.map((resource) => toResourceBlocks(resource, capabilities)),
  )
  return [
    ...(instructions === undefined || instructions.trim() === "" ? [] : [textBlock(instructions)]),
    ...turn.notes.map(textBlock),
    textBlock(turn.prompt),
    ...turn.attachments.map((attachment) => toAttachmentBlock(attachment, capabilities)),
    ...resources.flat(),
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

/** Every agent understands a link; one that can look at images is shown them too. */
async function toResourceBlocks(
  { bytes, mimeType, name, path }: Resource,
  { image }: PromptCapabilities,
): Promise<ContentBlock[]> {
  const uri = pathToFileURL(path).href
  const link: ContentBlock = { type: "resource_link", uri, name, mimeType, size: bytes }
  if (image !== true || !mimeType.startsWith("image/") || bytes > MAX_IMAGE_BYTES) return [link]
  try {
    const data = (await readFile(path)).toString("base64")
    return [link, { type: "image", mimeType, data, uri }]
  } catch {
    // It has expired since it came; the agent will see that from the link.
    return [link]
  }
}
