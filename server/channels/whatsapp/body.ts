// What a message of WhatsApp says: its words, its file, what it answers. A sender's device decides every
// bit of it, so nothing here is taken for granted. Pure.

import * as v from "valibot"
import { isObject } from "#protocol"
import { type Context, PARTS, type Said } from "./parts.ts"

/** Messages come wrapped, such as those that vanish, and wrappers in wrappers. */
const MAX_WRAPPERS = 8

export type Body =
  | {
      readonly kind: "said"
      readonly said: Said
      /** The album that it is a part of. */
      readonly album?: string
    }
  | { readonly kind: "skipped"; readonly why: string }

const WRAPPERS = [
  "ephemeralMessage",
  "viewOnceMessage",
  "viewOnceMessageV2",
  "viewOnceMessageV2Extension",
  "documentWithCaptionMessage",
  "editedMessage",
  "deviceSentMessage",
  "associatedChildMessage",
  "groupMentionedMessage",
  "lottieStickerMessage",
  "botInvokeMessage",
  "botForwardedMessage",
  "botTaskMessage",
  "pollCreationMessageV4",
  "pollCreationOptionImageMessage",
  "questionMessage",
  "questionReplyMessage",
] as const

// Nobody says anything with these, or says it to somebody else.
const SKIPPED = {
  reactionMessage: "a reaction",
  encReactionMessage: "a reaction",
  pollUpdateMessage: "a vote",
  encEventResponseMessage: "an answer to an invitation",
  encCommentMessage: "a comment",
  keepInChatMessage: "a message was kept",
  pinInChatMessage: "a message was pinned",
  secretEncryptedMessage: "an edit",
  call: "a call",
  callLogMesssage: "a call",
  bcallMessage: "a call",
  scheduledCallCreationMessage: "a call",
  scheduledCallEditMessage: "a call",
  groupStatusMessage: "a status",
  groupStatusMessageV2: "a status",
  statusMentionMessage: "a status",
  groupStatusMentionMessage: "a status",
  statusNotificationMessage: "a status",
  albumMessage: "an album, whose pictures follow",
  messageHistoryBundle: "history",
  messageHistoryNotice: "history",
  placeholderMessage: "a placeholder",
  stickerSyncRmrMessage: "between our own devices",
  requestPhoneNumberMessage: "a request for our number",
  newsletterAdminInviteMessage: "a newsletter",
} as const

const MEDIA_ALBUM = 1
/** Beside the content, or beside what wraps it. */
const InAlbum = v.object({
  messageContextInfo: v.object({
    messageAssociation: v.object({
      associationType: v.literal(MEDIA_ALBUM),
      parentMessageKey: v.object({ id: v.pipe(v.string(), v.minLength(1), v.maxLength(128)) }),
    }),
  }),
})

const REVOKE = 0
const MESSAGE_EDIT = 14

export function readBody(message: unknown): Body {
  const layers = unwrap(message)
  const inner = layers.at(-1)
  if (inner === undefined) return skipped("without content")
  const protocol = Reflect.get(inner, "protocolMessage")
  if (isObject(protocol)) return skipped(nameOfProtocol(protocol))
  for (const [key, why] of Object.entries(SKIPPED)) {
    if (isObject(Reflect.get(inner, key))) return skipped(why)
  }
  const said = sayingOf(inner)
  if (said === undefined) return skipped("without content")
  const album = layers.map(albumOf).find(Boolean)
  return { kind: "said", said, ...(album !== undefined && { album }) }
}

function albumOf(layer: object): string | undefined {
  const result = v.safeParse(InAlbum, layer)
  return result.success
    ? result.output.messageContextInfo.messageAssociation.parentMessageKey.id
    : undefined
}

/** What a message answers. */
export function readQuoted(context: Context | undefined): Said | undefined {
  const body = context && readBody(context.quotedMessage)
  return body?.kind === "said" ? body.said : undefined
}

function sayingOf(message: object): Said | undefined {
  for (const read of PARTS) {
    const said = read(message)
    if (said !== undefined) return said
  }
  return undefined
}

/** The message with what it wraps, which is the last; empty where that has no end. */
function unwrap(message: unknown): object[] {
  const layers: object[] = []
  for (let inner = message; isObject(inner); ) {
    const outer: object = inner
    if (layers.push(outer) > MAX_WRAPPERS) return []
    const wrapped = WRAPPERS.map((key): unknown => Reflect.get(outer, key)).find(isObject)
    if (wrapped === undefined) return layers
    inner = wrapped["message"]
  }
  return []
}

function nameOfProtocol(protocol: object): string {
  const type: unknown = Reflect.get(protocol, "type")
  if (type === REVOKE) return "a message was revoked"
  return type === MESSAGE_EDIT ? "an edit" : "between devices"
}

function skipped(why: string): Body {
  return { kind: "skipped", why }
}
