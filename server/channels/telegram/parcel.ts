// A message as the calls of the Bot API that can deliver it: text with its marks, or a file as what it is.

import { stat } from "node:fs/promises"
import { InputFile } from "grammy"
import { GatewayError } from "#protocol"
import type { OutboundMedia, OutboundMessage } from "../channel.ts"
import type { SendMethod } from "./bot-api.ts"
import type { Failure } from "./failure.ts"
import { type Formatted, toFormatted } from "./markdown.ts"
import type { TelegramChat } from "./target.ts"

const MAX_FILE_BYTES = 50 * 1024 * 1024
const MAX_PHOTO_BYTES = 10 * 1024 * 1024

/**
 * The service would fetch what an address names for a preview, before anybody sees it: what somebody talked
 * the agent into telling would leave by that.
 */
const WITHOUT_PREVIEW = { link_preview_options: { is_disabled: true } } as const

export interface Parcel {
  readonly target: TelegramChat
  readonly words: Formatted
  /** The Markdown, for when the marks are refused. */
  readonly text: string
  readonly media?: OutboundMedia & { readonly method: SendMethod }
}

/** Rejects for what cannot be sent whatever the service says. */
export async function wrap(
  { text, media }: OutboundMessage,
  target: TelegramChat,
): Promise<Parcel> {
  const words = toFormatted(text)
  if (media === undefined) return { target, words, text }
  await check(media)
  return { target, words, text, media: { ...media, method: methodFor(media) } }
}

/** The payload of `methodOf(parcel)`, new for each call. */
export function payloadOf({ target, words, media }: Parcel) {
  const { text, entities } = words
  const place = {
    chat_id: target.id,
    ...(target.topic !== undefined && { message_thread_id: target.topic }),
  }
  if (media === undefined) {
    return { ...place, text, ...(entities.length > 0 && { entities }), ...WITHOUT_PREVIEW }
  }
  return {
    ...place,
    [FIELDS[media.method]]: new InputFile(media.path, toFileName(media.name)),
    ...(text !== "" && { caption: text }),
    ...(entities.length > 0 && { caption_entities: entities }),
  }
}

export function methodOf({ media }: Parcel): SendMethod {
  return media?.method ?? "sendMessage"
}

/** The same in a form that the service may take after it refused this one; each remedy works once. */
export function remedyFor(failure: Failure, parcel: Parcel): Parcel | undefined {
  if (failure.kind !== "refused" || failure.code !== 400) return undefined
  const { words, text, media, target } = parcel
  if (failure.movedTo !== undefined && failure.movedTo !== target.id) {
    return { ...parcel, target: { ...target, id: failure.movedTo } }
  }
  if (words.entities.length > 0 && /entit/i.test(failure.description)) {
    return { ...parcel, words: { text, entities: [] } }
  }
  const isOdd = /PHOTO_|IMAGE_PROCESS|VIDEO_|AUDIO_|VOICE_MESSAGES_FORBIDDEN/i
  if (media !== undefined && media.method !== "sendDocument" && isOdd.test(failure.description)) {
    return { ...parcel, media: { ...media, method: "sendDocument" } }
  }
  return undefined
}

const FIELDS: Readonly<Record<SendMethod, string>> = {
  sendMessage: "text",
  sendPhoto: "photo",
  sendVideo: "video",
  sendAudio: "audio",
  sendVoice: "voice",
  sendDocument: "document",
}

const METHODS: Readonly<Record<string, SendMethod>> = {
  "image/jpeg": "sendPhoto",
  "image/png": "sendPhoto",
  "image/webp": "sendPhoto",
  "video/mp4": "sendVideo",
  "audio/mpeg": "sendAudio",
  "audio/mp4": "sendAudio",
  "audio/x-m4a": "sendAudio",
  "audio/ogg": "sendVoice",
  "audio/opus": "sendVoice",
}

/** What the service shows as such; everything else is a document. */
function methodFor({ mimeType, bytes }: OutboundMedia): SendMethod {
  const method = METHODS[mimeType.split(";", 1)[0]?.trim().toLowerCase() ?? ""] ?? "sendDocument"
  return method === "sendPhoto" && bytes > MAX_PHOTO_BYTES ? "sendDocument" : method
}

async function check({ path, name }: OutboundMedia): Promise<void> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw new GatewayError("UNAVAILABLE", `The file ${toFileName(name)} cannot be read.`, {
      cause,
      reason: "media_unavailable",
      retryable: false,
    })
  })
  if (size > 0 && size <= MAX_FILE_BYTES) return
  const message =
    size === 0
      ? `The file ${toFileName(name)} is empty, which Telegram does not take.`
      : `The file ${toFileName(name)} has ${size} bytes; Telegram takes at most 50 MB from a bot.`
  const reason = size === 0 ? "media_unavailable" : "media_too_large"
  throw new GatewayError("INVALID_REQUEST", message, { reason, retryable: false })
}

/** The name stands in a header without quotes. */
function toFileName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go.
  const safe = name.replace(/[\u0000-\u001f\u007f"\\/;]/g, "_").slice(-120)
  return safe.trim() === "" ? "file" : safe.toWellFormed()
}
