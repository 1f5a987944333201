// What a person sees of a decrypted message.

import { getContentType, normalizeMessageContent, type proto } from "@whiskeysockets/baileys"
import type { Media, MediaKind, MediaPart } from "./media.ts"
import type { Received, ReceivedMedia } from "./records.ts"

type Content = Pick<Received, "text" | "quotedId" | "mentions" | "media">
type Part = MediaPart & {
  readonly text?: string | null
  readonly caption?: string | null
  readonly fileName?: string | null
  readonly ptt?: boolean | null
  readonly contextInfo?: proto.IContextInfo | null
}

const MEDIA_KINDS: Readonly<Record<string, MediaKind>> = {
  imageMessage: "image",
  videoMessage: "video",
  audioMessage: "audio",
  documentMessage: "document",
}

export async function readContent(media: Media, message: proto.IMessage): Promise<Content> {
  const edited = message.protocolMessage?.editedMessage
  const content = normalizeMessageContent(edited ?? message)
  const type = getContentType(content)
  const value = type === undefined ? undefined : content?.[type]
  if (typeof value === "string") {
    return { text: value, quotedId: undefined, mentions: [], media: undefined }
  }
  const part = (value ?? {}) as Part
  return {
    text: part.text ?? part.caption ?? undefined,
    quotedId: part.contextInfo?.stanzaId ?? undefined,
    mentions: part.contextInfo?.mentionedJid ?? [],
    media: await readMedia(media, type ?? "", part),
  }
}

async function readMedia(
  media: Media,
  type: string,
  part: Part,
): Promise<ReceivedMedia | undefined> {
  const known = MEDIA_KINDS[type]
  if (known === undefined) return undefined
  const kind = known === "audio" && part.ptt === true ? "voice" : known
  return {
    kind,
    bytes: await media.open(kind, part),
    mimetype: part.mimetype ?? undefined,
    fileName: part.fileName ?? undefined,
  }
}
