// The ids of WhatsApp (JIDs), read into what they stand for. Devices, agents and older spellings of the
// same person are dropped, so that two JIDs of one person read alike.

import { readTarget } from "./target.ts"

export type Jid =
  /** `number` is E.164. */
  | { readonly kind: "person"; readonly number: string }
  /** Somebody whose number the service hides; `lid` is the lasting id that stands in its place. */
  | { readonly kind: "hidden"; readonly lid: string }
  /** `id` ends with `@g.us`. */
  | { readonly kind: "group"; readonly id: string }
  | { readonly kind: "status" }
  | { readonly kind: "broadcast" }
  | { readonly kind: "newsletter" }

/** A person under whatever id is known. */
export type PersonJid = Extract<Jid, { kind: "person" | "hidden" }>

const FORM = /^(?<user>[0-9a-z-]{1,64})(?:_[0-9]{1,3})?(?::[0-9]{1,5})?@(?<server>[a-z.]{1,20})$/

const NUMBER_SERVERS: ReadonlySet<string> = new Set(["s.whatsapp.net", "c.us", "hosted"])
const LID_SERVERS: ReadonlySet<string> = new Set(["lid", "hosted.lid"])

/** Undefined for what is none of these: a bot of the service, a call, a text that is no JID. */
export function readJid(jid: string | null | undefined): Jid | undefined {
  const { user = "", server = "" } = FORM.exec(jid ?? "")?.groups ?? {}
  if (server === "broadcast") return { kind: user === "status" ? "status" : "broadcast" }
  if (server === "newsletter") return { kind: "newsletter" }
  if (NUMBER_SERVERS.has(server)) return readChat(`${user}@s.whatsapp.net`)
  if (LID_SERVERS.has(server)) return readChat(`${user}@lid`)
  return server === "g.us" ? readChat(`${user}@g.us`) : undefined
}

export function readPersonJid(jid: string | null | undefined): PersonJid | undefined {
  const read = readJid(jid)
  return read?.kind === "person" || read?.kind === "hidden" ? read : undefined
}

/** The JID without a device, which is how a chat is called. */
export function toJid(jid: PersonJid | Extract<Jid, { kind: "group" }>): string {
  if (jid.kind === "person") return `${jid.number.slice(1)}@s.whatsapp.net`
  return jid.kind === "hidden" ? jid.lid : jid.id
}

/** The id of a person as allow lists name it. */
export function toPersonId(jid: PersonJid): string {
  return jid.kind === "person" ? jid.number : jid.lid
}

/**
 * A person or a group as an allow list names it: `+15550100000`, `…@lid` or `…@g.us`, from any of the
 * forms that `to` has. Digits alone are none: they may be a number that lacks its `+`.
 */
export function readAllowed(text: string): string | undefined {
  const jid = readJid(readTarget(text.trim())?.chat)
  if (jid?.kind === "group") return jid.id
  return jid?.kind === "person" || jid?.kind === "hidden" ? toPersonId(jid) : undefined
}

/** A group as the configuration names it, with or without `@g.us`. */
export function readGroupId(text: string): string | undefined {
  const chat = (readTarget(text) ?? readTarget(`whatsapp:group:${text}`))?.chat
  const jid = readJid(chat)
  return jid?.kind === "group" ? jid.id : undefined
}

function readChat(chat: string): Jid | undefined {
  if (readTarget(chat)?.chat !== chat) return undefined
  if (chat.endsWith("@g.us")) return { kind: "group", id: chat }
  return chat.endsWith("@lid")
    ? { kind: "hidden", lid: chat }
    : { kind: "person", number: `+${chat.slice(0, -"@s.whatsapp.net".length)}` }
}
