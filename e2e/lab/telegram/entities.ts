import { isRecord } from "./body.ts"
import type { Entity } from "./messages.ts"
import { badRequest } from "./refusal.ts"

const TYPES = new Set(
  `mention hashtag cashtag bot_command url email phone_number bold italic underline strikethrough
   spoiler blockquote expandable_blockquote code pre text_link text_mention custom_emoji`.split(
    /\s+/,
  ),
)

/** Entities as a client sends them; refuses what the service refuses, in its words. */
export function decodeEntities(list: readonly unknown[], text: string): Entity[] {
  return list.map((value) => {
    if (!isRecord(value)) throw badRequest("can't parse MessageEntity: expected an Object")
    const { type, offset, length } = value
    if (typeof type !== "string" || !TYPES.has(type)) {
      throw badRequest("can't parse MessageEntity: Unsupported type specified")
    }
    if (typeof offset !== "number" || !Number.isInteger(offset) || offset < 0) {
      throw badRequest(`receive an entity with incorrect offset ${String(offset)}`)
    }
    if (typeof length !== "number" || !Number.isInteger(length) || length < 0) {
      throw badRequest(`receive an entity with incorrect length ${String(length)}`)
    }
    if (type === "text_link" && typeof value["url"] !== "string") {
      throw badRequest('can\'t parse MessageEntity: Field "url" must be of type String')
    }
    const end = offset + length
    if (offset > text.length) {
      throw badRequest(`entity begins after the end of the text at UTF-16 offset ${offset}`)
    }
    if (end > text.length) {
      throw badRequest(
        `entity beginning at UTF-16 offset ${offset} ends after the end of the text at UTF-16 offset ${end}`,
      )
    }
    if (isInsidePair(text, offset)) {
      throw badRequest(`entity begins in a middle of a UTF-16 symbol at byte offset ${offset}`)
    }
    if (isInsidePair(text, end)) {
      throw badRequest(
        `entity beginning at UTF-16 offset ${offset} ends in a middle of a UTF-16 symbol at byte offset ${end}`,
      )
    }
    return value as Entity
  })
}

/** What the service marks by itself in a person's text: commands, mentions, links. */
export function detectEntities(text: string): Entity[] {
  const found: Entity[] = []
  const mark = (type: string, pattern: RegExp) => {
    for (const match of text.matchAll(pattern)) {
      found.push({ type, offset: match.index, length: match[0].length })
    }
  }
  mark("bot_command", /(?<![\w/@<])\/[a-z\d_]{1,64}(?:@\w{3,32})?(?![\w/])/gi)
  mark("mention", /(?<![\w/@])@[a-z]\w{3,31}(?!\w)/gi)
  mark("url", /(?<!\w)https?:\/\/[^\s<>"]+/gi)
  return found.sort((a, b) => a.offset - b.offset)
}

function isInsidePair(text: string, at: number): boolean {
  const code = at > 0 ? text.charCodeAt(at) : 0
  return code >= 0xdc00 && code <= 0xdfff
}
