// How people and groups of WhatsApp are written: numbers as people write them, and the service's own ids
// (JIDs). A chat is always a JID without a device; a session key names a person by number where there is one.

import type { ChannelTarget } from "../channel.ts"

const PREFIX = "whatsapp:"
const GROUP_PREFIX = "group:"
const NUMBER = /^\+([1-9][0-9]{6,14})$/
const SEPARATORS = /[\s().-]/g
const PERSON = /^([1-9][0-9]{6,14})(?::[0-9]{1,3})?@s\.whatsapp\.net$/
const HIDDEN_PERSON = /^([0-9]{5,20})(?::[0-9]{1,3})?@lid$/
const GROUP = /^([0-9]{5,20}(?:-[0-9]{5,20})?)@g\.us$/
const GROUP_ID = /^[0-9]{5,20}(?:-[0-9]{5,20})?$/

/** These forms belong to WhatsApp alone, so it does not matter whether the request named the channel. */
export function readTarget(to: string): ChannelTarget | undefined {
  if (!to.startsWith(PREFIX)) return readPerson(to) ?? readGroup(to)
  const rest = to.slice(PREFIX.length)
  if (!rest.startsWith(GROUP_PREFIX)) return readPerson(rest) ?? readGroup(rest)
  const id = rest.slice(GROUP_PREFIX.length)
  return GROUP_ID.test(id) ? toGroup(id) : readGroup(id)
}

function readPerson(text: string): ChannelTarget | undefined {
  const digits =
    NUMBER.exec(text.replace(SEPARATORS, ""))?.[1] ?? PERSON.exec(text.toLowerCase())?.[1]
  if (digits !== undefined) {
    return { chat: `${digits}@s.whatsapp.net`, sessionKey: `${PREFIX}+${digits}` }
  }
  const hidden = HIDDEN_PERSON.exec(text.toLowerCase())?.[1]
  return hidden === undefined
    ? undefined
    : { chat: `${hidden}@lid`, sessionKey: `${PREFIX}${hidden}@lid` }
}

function readGroup(text: string): ChannelTarget | undefined {
  const id = GROUP.exec(text.toLowerCase())?.[1]
  return id === undefined ? undefined : toGroup(id)
}

function toGroup(id: string): ChannelTarget {
  return { chat: `${id}@g.us`, sessionKey: `${PREFIX}${GROUP_PREFIX}${id}` }
}
