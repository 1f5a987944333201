// The Bot API methods. A handler gives the result; what it throws as a Refusal is the service's "no".

import { isDeepStrictEqual } from "node:util"
import type { Chats } from "./chats.ts"
import type { Events, UploadedFile } from "./events.ts"
import type { Files } from "./files.ts"
import { MEDIA_KINDS, type MediaKind } from "./media.ts"
import type { Content, User } from "./messages.ts"
import {
  MAX_TEXT_LENGTH,
  messageOf,
  openConversation,
  readCaption,
  readFormatted,
  readKeyboard,
  readMedia,
  readReply,
  readText,
} from "./outgoing.ts"
import type { Pace } from "./pace.ts"
import type { Params } from "./params.ts"
import { badRequest, Refusal } from "./refusal.ts"
import type { Subscription } from "./subscription.ts"
import type { Updates } from "./updates.ts"
import type { Webhook } from "./webhook.ts"

export type MethodParts = {
  readonly bot: User
  readonly chats: Chats
  readonly events: Events
  readonly files: Files
  readonly pace: Pace
  readonly updates: Updates
  readonly webhook: Webhook
  readonly subscription: Subscription
  readonly commands: Map<string, readonly unknown[]>
}

export type MethodInput = {
  readonly params: Params
  readonly uploads: Readonly<Record<string, UploadedFile>>
  /** Aborts when the client has left. */
  readonly signal: AbortSignal
}

export type Method = (parts: MethodParts, input: MethodInput) => unknown

/** JSON that is already text. */
export class RawJson {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

const MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
const MAX_POLL_S = 50

const METHODS: Readonly<Record<string, Method>> = {
  getMe: ({ bot }) => ({
    ...bot,
    can_join_groups: true,
    can_read_all_group_messages: true,
    supports_inline_queries: false,
    can_connect_to_business: false,
    has_main_web_app: false,
  }),

  async getUpdates({ updates, webhook, subscription }, { params, signal }) {
    if (webhook.url !== "") {
      throw new Refusal(
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      )
    }
    subscription.change(params.list("allowed_updates"))
    const limit = params.integer("limit", 100)
    const texts = await updates.poll({
      offset: params.integer("offset"),
      limit: Math.min(Math.max(limit, 1), 100),
      timeoutMs: Math.min(Math.max(params.integer("timeout"), 0), MAX_POLL_S) * 1000,
      signal,
    })
    return new RawJson(`[${texts.join(",")}]`)
  },

  setWebhook({ updates, webhook, subscription }, { params }) {
    webhook.set(params.text("url"))
    subscription.change(params.list("allowed_updates"))
    if (params.flag("drop_pending_updates")) updates.drop()
    updates.interrupt(new Refusal(409, "Conflict: terminated by setWebhook request"))
    return true
  },

  deleteWebhook({ updates, webhook }, { params }) {
    webhook.set("")
    if (params.flag("drop_pending_updates")) updates.drop()
    return true
  },

  getWebhookInfo: ({ updates, webhook, subscription }) => ({
    url: webhook.url,
    has_custom_certificate: false,
    pending_update_count: updates.pendingIds.length,
    ...(subscription.types !== null && { allowed_updates: subscription.types }),
  }),

  sendMessage({ bot, chats, pace }, { params }) {
    const conversation = openConversation(chats, params)
    pace.admit(conversation.chat.id)
    const content = {
      ...readText(params),
      ...readKeyboard(params),
      ...readReply(conversation, params),
    }
    return chats.add(conversation, bot, content)
  },

  editMessageText({ bot, chats }, { params }) {
    const conversation = openConversation(chats, params)
    const message = messageOf(conversation, params.integer("message_id"), "edit")
    if (message.from.id !== bot.id) throw badRequest("message can't be edited")
    if (message.text === undefined) throw badRequest("there is no text in the message to edit")
    const content = { ...readText(params), ...readKeyboard(params) }
    if (isSameContent(message, content)) {
      throw badRequest(
        "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
      )
    }
    // Marks and buttons that the edit does not repeat are gone.
    const { entities: _, reply_markup: __, ...bare } = message
    return chats.edit(conversation, bare, content)
  },

  deleteMessage({ chats }, { params }) {
    const conversation = openConversation(chats, params)
    chats.remove(conversation, messageOf(conversation, params.integer("message_id"), "delete"))
    return true
  },

  sendChatAction({ chats, events }, { params }) {
    const { chat } = openConversation(chats, params)
    const action = params.text("action")
    if (!ACTIONS.has(action)) throw badRequest("wrong parameter action in request")
    events.emit({ type: "action", action: { chatId: chat.id, action } })
    return true
  },

  sendMessageDraft({ chats, events }, { params }) {
    const { chat } = openConversation(chats, params)
    if (chat.type !== "private") throw badRequest("TEXTDRAFT_PEER_INVALID")
    const draftId = params.integer("draft_id")
    if (draftId === 0) throw badRequest("TEXTDRAFT_ID_INVALID")
    const { text, entities } = readFormatted(params, "text", "entities")
    if (text.length > MAX_TEXT_LENGTH) throw badRequest("message is too long")
    const marks = entities.length > 0 ? { entities } : {}
    events.emit({ type: "draft", draft: { chatId: chat.id, draftId, text, ...marks } })
    return true
  },

  setMyCommands({ commands }, { params }) {
    const list = params.list("commands") ?? []
    if (list.length > 100) throw badRequest("too many commands specified")
    commands.set(commandsKey(params), list)
    return true
  },

  getMyCommands: ({ commands }, { params }) => commands.get(commandsKey(params)) ?? [],

  deleteMyCommands: ({ commands }, { params }) => {
    commands.delete(commandsKey(params))
    return true
  },

  getChat({ chats }, { params }) {
    const { chat } = openConversation(chats, params)
    return { ...chat, accent_color_id: 0, max_reaction_count: 11, accepted_gift_types: {} }
  },

  getFile({ files }, { params }) {
    const file = files.byId(params.text("file_id"))
    if (file === undefined) {
      throw badRequest("wrong file_id or the file is temporarily unavailable")
    }
    if (file.file_size > MAX_DOWNLOAD_BYTES) throw badRequest("file is too big")
    files.open(file)
    const { file_id, file_unique_id, file_size, path } = file
    return { file_id, file_unique_id, file_size, file_path: path }
  },

  ...Object.fromEntries(MEDIA_KINDS.map((kind) => [toSendName(kind), sendMedia(kind)])),
}

const BY_LOWER_NAME = new Map(
  Object.entries(METHODS).map(([name, method]) => [name.toLowerCase(), { name, method }]),
)

/** Method names are case-insensitive, as on the service. */
export function findMethod(name: string): { name: string; method: Method } | undefined {
  return BY_LOWER_NAME.get(name.toLowerCase())
}

const ACTIONS = new Set(
  `typing upload_photo record_video upload_video record_voice upload_voice upload_document
   choose_sticker find_location record_video_note upload_video_note`.split(/\s+/),
)

function isSameContent(message: Content, content: Content): boolean {
  const essence = ({ text, entities, reply_markup }: Content) => [text, entities, reply_markup]
  return isDeepStrictEqual(essence(message), essence(content))
}

function sendMedia(kind: MediaKind): Method {
  return ({ bot, chats, files, pace }, { params, uploads }) => {
    const conversation = openConversation(chats, params)
    pace.admit(conversation.chat.id)
    const reply = readReply(conversation, params)
    const caption = readCaption(params)
    const media = readMedia(kind, params, uploads, files)
    return chats.add(conversation, bot, { ...media, ...caption, ...readKeyboard(params), ...reply })
  }
}

function toSendName(kind: MediaKind): string {
  return `send_${kind}`.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
}

function commandsKey(params: Params): string {
  const scope = params.record("scope") ?? { type: "default" }
  return `${JSON.stringify(scope)} ${params.text("language_code")}`
}
