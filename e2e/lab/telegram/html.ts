// `parse_mode: "HTML"`: the tags that the service knows, nested and closed properly, or a refusal.

import type { Entity } from "./messages.ts"
import { badRequest } from "./refusal.ts"

export type FormattedText = { readonly text: string; readonly entities: readonly Entity[] }

type OpenTag = { readonly name: string; readonly attributes: string; readonly offset: number }

const ENTITY_OF: Readonly<Record<string, string>> = {
  b: "bold",
  strong: "bold",
  i: "italic",
  em: "italic",
  u: "underline",
  ins: "underline",
  s: "strikethrough",
  strike: "strikethrough",
  del: "strikethrough",
  span: "spoiler",
  "tg-spoiler": "spoiler",
  a: "text_link",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  "tg-emoji": "custom_emoji",
}

const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"' }
const REFERENCE = /&(?:(lt|gt|amp|quot)|#(\d{1,7})|#x([\da-f]{1,6}));/iy
const END_TAG = /<\/([^<>\s]*)\s*>/y
const START_TAG = /<([a-z\d-]*)((?:\s+[\w-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>]+))?)*)\s*>/iy

export function parseHtml(source: string): FormattedText {
  const open: OpenTag[] = []
  const entities: Entity[] = []
  let text = ""
  let language: string | undefined
  let at = 0

  while (at < source.length) {
    const matchHere = (pattern: RegExp) => {
      pattern.lastIndex = at
      return pattern.exec(source)
    }
    if (source[at] === "&") {
      const match = matchHere(REFERENCE)
      text += match === null ? "&" : toCharacter(match)
      at += match === null ? 1 : match[0].length
    } else if (source.startsWith("</", at)) {
      const match = matchHere(END_TAG)
      if (match === null) throw refuse("Unclosed end tag", source, at)
      const tag = open.pop()
      if (tag === undefined) throw refuse("Unexpected end tag", source, at)
      const name = match[1]?.toLowerCase()
      if (name !== "" && name !== tag.name) {
        throw refuse(
          "Unmatched end tag",
          source,
          at,
          `, expected "</${tag.name}>", found "</${name}>"`,
        )
      }
      if (tag.name === "code" && open.at(-1)?.name === "pre") {
        language = attributeOf(tag, "class")?.replace(/^language-/, "")
      } else if (text.length > tag.offset) {
        entities.push(toEntity(tag, text.length, language))
      }
      if (tag.name === "pre") language = undefined
      at += match[0].length
    } else if (source[at] === "<") {
      const match = matchHere(START_TAG)
      if (match === null) throw refuse("Unclosed start tag", source, at)
      const name = (match[1] ?? "").toLowerCase()
      const tag: OpenTag = { name, attributes: match[2] ?? "", offset: text.length }
      if (!Object.hasOwn(ENTITY_OF, name)) {
        throw refuse(`Unsupported start tag "${name}"`, source, at)
      }
      if (name === "span" && attributeOf(tag, "class") !== "tg-spoiler") {
        throw refuse('Tag "span" must have class "tg-spoiler"', source, at)
      }
      open.push(tag)
      at += match[0].length
    } else {
      text += source[at]
      at += 1
    }
  }
  const unclosed = open.at(-1)
  if (unclosed !== undefined) {
    throw badRequest(
      `can't parse entities: Can't find end tag corresponding to start tag "${unclosed.name}"`,
    )
  }
  return { text, entities: entities.sort((a, b) => a.offset - b.offset || b.length - a.length) }
}

function toEntity(tag: OpenTag, end: number, language: string | undefined): Entity {
  const url = tag.name === "a" ? attributeOf(tag, "href") : undefined
  const emoji = tag.name === "tg-emoji" ? attributeOf(tag, "emoji-id") : undefined
  return {
    type: ENTITY_OF[tag.name] ?? tag.name,
    offset: tag.offset,
    length: end - tag.offset,
    ...(url !== undefined && { url }),
    ...(emoji !== undefined && { custom_emoji_id: emoji }),
    ...(tag.name === "pre" && language !== undefined && { language }),
  }
}

function toCharacter([, named, decimal, hex]: RegExpExecArray): string {
  if (named !== undefined) return NAMED[named.toLowerCase()] ?? ""
  const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal)
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ""
}

function attributeOf(tag: OpenTag, name: string): string | undefined {
  const match = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'<>]+))`, "i").exec(
    tag.attributes,
  )
  return match?.[1] ?? match?.[2] ?? match?.[3]
}

function refuse(what: string, source: string, at: number, detail = "") {
  const bytes = Buffer.byteLength(source.slice(0, at))
  return badRequest(`can't parse entities: ${what} at byte offset ${bytes}${detail}`)
}
