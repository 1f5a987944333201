// The kinds of content that a message of WhatsApp may have, and how each is put into words. Pure.

import * as v from "valibot"
import { isObject } from "#protocol"
import type { InboundMedia, MediaKind } from "../channel.ts"
import { cut, MAX_DETAILS, sketch } from "../sketch.ts"
import { Count, Flag, optional, Text } from "./fields.ts"
import { describeMedia, MediaFields } from "./media.ts"

/** As long as people can write there. */
const MAX_TEXT_LENGTH = 65_536

export interface Said {
  readonly text: string
  readonly media?: InboundMedia
  readonly context?: Context
}

const Coordinate = optional(v.pipe(v.number(), v.finite()))

const Context = v.object({
  /** Who wrote what is answered. */
  participant: Text,
  quotedMessage: v.optional(v.unknown()),
  mentionedJid: v.nullish(v.array(v.string()), []),
  isForwarded: Flag,
  /** After how many seconds it vanishes. */
  expiration: Count,
})
export type Context = v.InferOutput<typeof Context>

const InContext = { contextInfo: optional(Context) }
const Media = v.object({ ...MediaFields, ...InContext })
const Contact = v.object({ displayName: Text, vcard: Text })
const Location = v.object({
  degreesLatitude: Coordinate,
  degreesLongitude: Coordinate,
  name: Text,
  address: Text,
  comment: Text,
  caption: Text,
  ...InContext,
})
const Poll = v.object({
  name: Text,
  options: v.nullish(v.array(v.object({ optionName: Text })), []),
  ...InContext,
})
const Template = optional(v.object({ hydratedContentText: Text }))

type Part = (message: object) => Said | undefined

export const PARTS: readonly Part[] = [
  (message) => toSaid(Reflect.get(message, "conversation")),
  part("extendedTextMessage", v.object({ text: Text, ...InContext }), ({ text }) => ({ text })),
  media("imageMessage", () => ["image", "photo"]),
  media("videoMessage", ({ gifPlayback }) => ["video", gifPlayback ? "animation" : "video"]),
  media("ptvMessage", () => ["video", "video note"]),
  media("audioMessage", ({ ptt }) => (ptt ? ["voice", "voice note"] : ["audio", "audio"])),
  media("documentMessage", () => ["document", "document"]),
  media("stickerMessage", () => ["sticker", "sticker"]),
  part("contactMessage", v.object({ ...Contact.entries, ...InContext }), (contact) => ({
    text: sketch("contact", wordsOf(contact)),
  })),
  part(
    "contactsArrayMessage",
    v.object({ contacts: v.nullish(v.array(Contact), []), ...InContext }),
    ({ contacts }) => ({
      text: sketch("contacts", contacts.slice(0, MAX_DETAILS).flatMap(wordsOf)),
    }),
  ),
  part("locationMessage", Location, (place) => ({ text: sketch("location", placeOf(place)) })),
  part("liveLocationMessage", Location, (place) => ({
    text: sketch("live location", placeOf(place)),
  })),
  ...[
    "pollCreationMessage",
    "pollCreationMessageV2",
    "pollCreationMessageV3",
    "pollCreationMessageV5",
  ].map((key) =>
    part(key, Poll, ({ name, options }) => ({
      text: sketch("poll", [name, ...options.map(({ optionName }) => optionName)]),
    })),
  ),
  part("eventMessage", v.object({ name: Text, description: Text, ...InContext }), (event) => ({
    text: sketch("event", [event.name, event.description]),
  })),
  part(
    "groupInviteMessage",
    v.object({ groupName: Text, caption: Text, ...InContext }),
    (invite) => ({
      text: sketch("group invite", [invite.groupName, invite.caption]),
    }),
  ),
  part("buttonsResponseMessage", v.object({ selectedDisplayText: Text, ...InContext }), toChosen),
  part(
    "templateButtonReplyMessage",
    v.object({ selectedDisplayText: Text, ...InContext }),
    toChosen,
  ),
  part("listResponseMessage", v.object({ title: Text, description: Text, ...InContext }), toLines),
  part("listMessage", v.object({ title: Text, description: Text, ...InContext }), toLines),
  part("interactiveResponseMessage", bodied(), ({ body }) => ({ text: body?.text })),
  part("interactiveMessage", bodied(), ({ body }) => ({ text: body?.text })),
  part("buttonsMessage", v.object({ contentText: Text, ...InContext }), ({ contentText }) => ({
    text: contentText,
  })),
  part(
    "templateMessage",
    v.object({ hydratedTemplate: Template, hydratedFourRowTemplate: Template, ...InContext }),
    (template) => ({
      text: (template.hydratedTemplate ?? template.hydratedFourRowTemplate)?.hydratedContentText,
    }),
  ),
  part("productMessage", v.object(InContext), () => ({ text: "(product)" })),
  part("orderMessage", v.object(InContext), () => ({ text: "(order)" })),
  part("stickerPackMessage", v.object({ name: Text, ...InContext }), ({ name }) => ({
    text: sketch("sticker pack", [name]),
  })),
  part("sendPaymentMessage", v.object({}), () => ({ text: "(payment)" })),
  part("requestPaymentMessage", v.object({}), () => ({ text: "(payment request)" })),
]

/** One kind of content: under which key it stands, how it looks and what it says. */
function part<Shape extends { contextInfo?: Context | undefined }>(
  key: string,
  schema: v.GenericSchema<unknown, Shape>,
  say: (value: Shape) => {
    readonly text?: string | undefined
    readonly media?: InboundMedia | undefined
  },
): Part {
  return (message) => {
    const value: unknown = Reflect.get(message, key)
    if (!isObject(value)) return undefined
    const result = v.safeParse(schema, value)
    if (!result.success) return undefined
    const { text, media } = say(result.output)
    return toSaid(text, media, result.output.contextInfo)
  }
}

function toSaid(text: unknown, media?: InboundMedia, context?: Context): Said | undefined {
  if (typeof text !== "string" || text === "") return undefined
  return {
    text: cut(text, MAX_TEXT_LENGTH),
    ...(media !== undefined && { media }),
    ...(context !== undefined && { context }),
  }
}

function media(
  key: string,
  judge: (fields: v.InferOutput<typeof Media>) => readonly [kind: MediaKind, name: string],
): Part {
  return part(key, Media, (fields) => {
    const [kind, name] = judge(fields)
    return { text: fields.caption || `(${name})`, media: describeMedia(kind, fields) }
  })
}

function bodied() {
  return v.object({ body: optional(v.object({ text: Text })), ...InContext })
}

function toChosen({ selectedDisplayText }: { selectedDisplayText?: string | undefined }) {
  return { text: selectedDisplayText }
}

function toLines({
  title,
  description,
}: {
  title?: string | undefined
  description?: string | undefined
}) {
  return { text: [title, description].filter(Boolean).join("\n") }
}

/** A contact's name and numbers, as their card has them. */
function wordsOf({ displayName, vcard }: v.InferOutput<typeof Contact>): (string | undefined)[] {
  const numbers = cut(vcard ?? "", MAX_TEXT_LENGTH).matchAll(
    /^(?:item\d+\.)?TEL[^:\r\n]*:([^\r\n]+)/gim,
  )
  return [displayName, ...[...numbers].slice(0, MAX_DETAILS).map((match) => match[1])]
}

function placeOf(place: v.InferOutput<typeof Location>): (string | undefined)[] {
  const { degreesLatitude: latitude, degreesLongitude: longitude } = place
  const at =
    latitude === undefined || longitude === undefined ? undefined : `${latitude}, ${longitude}`
  return [at, place.name, place.address, place.comment ?? place.caption]
}
