// The words of a message, as the service describes it; what has none and is no file that can be fetched is
// put into words. Pure.

import * as v from "valibot"
import { sketch } from "../sketch.ts"

/** What is malformed is told by its name alone. */
function told<Shape>(
  name: string,
  schema: v.GenericSchema<unknown, Shape>,
  details: (value: Shape) => readonly (string | undefined)[],
): (value: unknown) => string {
  return (value) => {
    const result = v.safeParse(schema, value)
    return sketch(name, result.success ? details(result.output) : [])
  }
}

const named = (name: string) => () => sketch(name, [])

const Text = v.optional(v.string())
const Place = v.object({ latitude: v.number(), longitude: v.number() })
const Options = v.array(v.object({ text: v.string() }))

const toPoint = ({ latitude, longitude }: v.InferOutput<typeof Place>) =>
  `${latitude}, ${longitude}`

// In this order: an animation also comes as a document, a venue also as a location.
const KINDS: Readonly<Record<string, (value: unknown) => string>> = {
  animation: named("animation"),
  photo: named("photo"),
  video: named("video"),
  video_note: named("video note"),
  voice: named("voice note"),
  audio: named("audio"),
  sticker: told("sticker", v.object({ emoji: Text }), ({ emoji }) => [emoji]),
  document: named("document"),
  contact: told(
    "contact",
    v.object({ first_name: Text, last_name: Text, phone_number: Text }),
    ({ first_name, last_name, phone_number }) => [
      [first_name, last_name].filter(Boolean).join(" "),
      phone_number,
    ],
  ),
  venue: told(
    "venue",
    v.object({ location: Place, title: Text, address: Text }),
    ({ address, location, title }) => [toPoint(location), title, address],
  ),
  location: told("location", Place, (place) => [toPoint(place)]),
  poll: told("poll", v.object({ question: Text, options: Options }), ({ options, question }) => [
    question,
    ...options.map(({ text }) => text),
  ]),
  checklist: told("checklist", v.object({ title: Text, tasks: Options }), ({ tasks, title }) => [
    title,
    ...tasks.map(({ text }) => text),
  ]),
  dice: told("dice", v.object({ emoji: Text, value: v.number() }), ({ emoji, value }) => [
    [emoji, value].filter(Boolean).join(" "),
  ]),
  story: named("story"),
  paid_media: named("paid media"),
  game: told("game", v.object({ title: Text }), ({ title }) => [title]),
  invoice: told("invoice", v.object({ title: Text }), ({ title }) => [title]),
  giveaway: named("giveaway"),
}

export const Entity = v.object({
  type: v.string(),
  offset: v.number(),
  length: v.number(),
  user: v.optional(v.object({ id: v.number() })),
  url: v.optional(v.string()),
})

/** What a message and one that it answers have in common. */
export const Content = {
  text: v.optional(v.string()),
  caption: v.optional(v.string()),
  // Marks that cannot be read leave the words.
  entities: v.optional(v.fallback(v.array(Entity), []), []),
  caption_entities: v.optional(v.fallback(v.array(Entity), []), []),
}

const Said = v.looseObject(Content)
export type Said = v.InferOutput<typeof Said>

/** What was written and by which marks; empty beside what has no words. */
export function wordsOf({ caption, caption_entities, entities, text }: Said) {
  return text === undefined
    ? { text: caption ?? "", entities: caption_entities }
    : { text, entities }
}

/** What was written, else what it is; undefined for what is neither. */
export function textOf(message: Said): string | undefined {
  return withAddresses(message) || sketchOf(message)
}

/** What was written, with the addresses behind words that lead somewhere. */
export function withAddresses(message: Said): string {
  const { entities, text } = wordsOf(message)
  const links = entities
    .filter(({ type, url }) => type === "text_link" && url !== undefined)
    .toSorted((one, other) => other.offset + other.length - one.offset - one.length)
  let told = text
  for (const { length, offset, url = "" } of links) {
    const end = offset + length
    const words = text.slice(offset, end)
    if (words !== url) told = `${told.slice(0, end)} (${url})${told.slice(end)}`
  }
  return told
}

/** What it is, in short words; of a sticker, what it stands for. */
function sketchOf(message: Said): string | undefined {
  for (const [key, sketchKind] of Object.entries(KINDS)) {
    if (message[key] !== undefined) return sketchKind(message[key])
  }
  return undefined
}
