// What a bot writes, checked as the service checks it: the chat, the text and its marks, the file.

import type { Chats, Conversation } from "./chats.ts"
import { toQuoted } from "./chats.ts"
import { decodeEntities } from "./entities.ts"
import type { UploadedFile } from "./events.ts"
import type { Files } from "./files.ts"
import { type FormattedText, parseHtml } from "./html.ts"
import { parseMarkdown, parseMarkdownV2 } from "./markdown.ts"
import { type MediaKind, toMedia } from "./media.ts"
import type { Content, Message } from "./messages.ts"
import type { Params } from "./params.ts"
import { badRequest, Refusal } from "./refusal.ts"

export const MAX_TEXT_LENGTH = 4096
export const MAX_CAPTION_LENGTH = 1024

/** The chat that `chat_id` names, if the bot may write there. */
export function openConversation(chats: Chats, params: Params): Conversation {
  const id = params.text("chat_id")
  if (id === "") throw badRequest("chat_id is empty")
  const conversation = chats.find(id)
  if (conversation === undefined) throw badRequest("chat not found")
  const { movedTo } = conversation
  if (movedTo !== null) {
    const description = "Bad Request: group chat was upgraded to a supergroup chat"
    throw new Refusal(400, description, { migrate_to_chat_id: movedTo })
  }
  if (conversation.closedBecause !== null) throw new Refusal(403, conversation.closedBecause)
  return conversation
}

export function messageOf(conversation: Conversation, id: number, purpose: string): Message {
  const message = conversation.messages.get(id)
  if (message === undefined) throw badRequest(`message to ${purpose} not found`)
  return message
}

export function readReply(conversation: Conversation, params: Params) {
  const reply = params.record("reply_parameters")
  const id = Number(reply?.["message_id"] ?? params.integer("reply_to_message_id"))
  if (id === 0) return {}
  const message = conversation.messages.get(id)
  if (message !== undefined) return { reply_to_message: toQuoted(message) }
  if (reply?.["allow_sending_without_reply"] === true) return {}
  throw badRequest("message to be replied not found")
}

export function readKeyboard(params: Params): Content {
  const markup = params.record("reply_markup")
  return markup?.["inline_keyboard"] === undefined ? {} : { reply_markup: markup }
}

export function readText(params: Params): Content {
  const { text, entities } = readFormatted(params, "text", "entities")
  if (text.trim() === "") {
    throw badRequest(
      params.text("text") === "" ? "message text is empty" : "text must be non-empty",
    )
  }
  if (text.length > MAX_TEXT_LENGTH) throw badRequest("message is too long")
  return { text, ...(entities.length > 0 && { entities }) }
}

export function readCaption(params: Params): Content {
  const { text, entities } = readFormatted(params, "caption", "caption_entities")
  if (text.length > MAX_CAPTION_LENGTH) throw badRequest("message caption is too long")
  if (text === "") return {}
  return { caption: text, ...(entities.length > 0 && { caption_entities: entities }) }
}

/** Lengths are UTF-16 units, the stricter reading: what fits by this count fits by code points too. */
export function readFormatted(params: Params, field: string, entitiesField: string): FormattedText {
  const source = params.text(field)
  switch (params.text("parse_mode").toLowerCase()) {
    case "":
      return { text: source, entities: decodeEntities(params.list(entitiesField) ?? [], source) }
    case "html":
      return parseHtml(source)
    case "markdown":
      return parseMarkdown(source)
    case "markdownv2":
      return parseMarkdownV2(source)
    default:
      throw badRequest("unsupported parse_mode")
  }
}

/** A file comes as an upload, as `attach://name`, as a known file id, or as an address. */
export function readMedia(
  kind: MediaKind,
  params: Params,
  uploads: Readonly<Record<string, UploadedFile>>,
  files: Files,
): Content {
  const value = params.text(kind)
  const name = value.startsWith("attach://") ? value.slice("attach://".length) : kind
  const upload = Object.hasOwn(uploads, name) ? uploads[name] : undefined
  const durationS = params.integer("duration", 1)
  if (upload !== undefined) {
    if (upload.bytes.length === 0) throw badRequest("file must be non-empty")
    return toMedia(files, kind, upload.bytes, { fileName: upload.name, durationS })
  }
  const known = files.byId(value)
  if (known !== undefined) return toMedia(files, kind, known.bytes, { durationS })
  // The service would fetch the address. The lab stays on loopback: the address becomes the content.
  if (URL.canParse(value)) return toMedia(files, kind, Buffer.from(value), { durationS })
  if (value === "") throw badRequest(`there is no ${kind} in the request`)
  throw badRequest("wrong remote file identifier specified: Wrong string length")
}
