// What the control plane can do: a table by method and path. Bodies are JSON; what is wrong with one is said in a 400.

import * as v from "valibot"
import { FaultOrder, performFault } from "./fault-orders.ts"
import type { Group } from "./groups.ts"
import type { Letter } from "./inbound.ts"
import type { WhatsappLab } from "./lab.ts"
import { MEDIA_KINDS } from "./media.ts"
import type { Person } from "./person.ts"

export type Input = {
  readonly body: string
  readonly query: URLSearchParams
  readonly signal: AbortSignal
}

type Route = (lab: WhatsappLab, input: Input) => unknown

const Count = v.pipe(v.number(), v.minValue(1))
const LetterFields = {
  person: v.string(),
  group: v.exactOptional(v.string()),
  by: v.exactOptional(v.picklist(["number", "lid", "lid-only"])),
  id: v.exactOptional(v.string()),
  undecryptable: v.exactOptional(Count),
  attributes: v.exactOptional(v.record(v.string(), v.string())),
  atMs: v.exactOptional(v.number()),
  mentions: v.exactOptional(v.array(v.string())),
  quote: v.exactOptional(
    v.object({ id: v.string(), author: v.string(), text: v.exactOptional(v.string()) }),
  ),
}
const Text = v.object({ ...LetterFields, text: v.string() })
const Burst = v.object({ ...LetterFields, count: Count })
const Media = v.object({
  ...LetterFields,
  kind: v.picklist(MEDIA_KINDS),
  base64: v.pipe(v.string(), v.base64()),
  caption: v.exactOptional(v.string()),
  mimetype: v.exactOptional(v.string()),
  fileName: v.exactOptional(v.string()),
  seconds: v.exactOptional(v.number()),
})
const About = v.object({ ...LetterFields, to: v.string(), text: v.optional(v.string(), "") })
const NewPerson = v.object({
  name: v.string(),
  number: v.exactOptional(v.string()),
  lid: v.exactOptional(v.string()),
})
const NewGroup = v.object({
  subject: v.string(),
  people: v.array(v.string()),
  addressing: v.exactOptional(v.picklist(["pn", "lid"])),
  id: v.exactOptional(v.string()),
})
const Change = v.object({
  group: v.string(),
  actor: v.string(),
  subject: v.exactOptional(v.string()),
  add: v.exactOptional(v.string()),
  remove: v.exactOptional(v.string()),
  removeOwner: v.exactOptional(v.boolean()),
})
const ByHand = v.object({
  text: v.string(),
  person: v.exactOptional(v.string()),
  group: v.exactOptional(v.string()),
  by: v.exactOptional(v.picklist(["pn", "lid"])),
  id: v.exactOptional(v.string()),
})
const Blind = v.object({ person: v.exactOptional(v.string()), times: v.optional(Count, 1) })
const Read = v.object({ person: v.string(), id: v.string() })
const Typing = v.object({ person: v.string(), state: v.picklist(["composing", "paused"]) })
const Event = v.picklist(["active", "settled", "disconnected", "pairing", "code"])

export const ROUTES: Readonly<Record<string, Route>> = {
  "GET /lab/environment": ({ url, preload, environment }) => ({ url, preload, environment }),
  "GET /lab/state": ({ state }) => state,
  "GET /lab/received": (lab, { query }) => receiverOf(lab, query.get("person")).received,
  // These two wait, and answer 504 at `timeoutMs`.
  "GET /lab/next": (lab, { query, signal }) => {
    const after = Number(query.get("after") ?? "0")
    const { received } = receiverOf(lab, query.get("person"))
    return lab.waitFor(() => received[after], { ...waitOf(query), signal })
  },
  "GET /lab/until": async (lab, { query }) => {
    await waitUntil(lab, v.parse(Event, query.get("event")))
    return true
  },

  "POST /lab/scan": async ({ owner }, { body }) => {
    await owner.scan(decode(v.object({ qr: v.string() }), body).qr)
    return true
  },
  "POST /lab/code": async ({ owner }, { body }) => {
    await owner.enterCode(decode(v.object({ code: v.string() }), body).code)
    return true
  },
  "POST /lab/unlink": ({ owner }) => {
    owner.unlink()
    return true
  },
  "POST /lab/by-hand": async (lab, { body }) => {
    const { text, person, group, by = "pn", ...options } = decode(ByHand, body)
    const { owner } = lab
    if (group !== undefined) {
      return toSent(await owner.sendToGroup(groupOf(lab, group), text, options))
    }
    const placed = { ...options, by }
    return toSent(
      person === undefined
        ? await owner.noteToSelf(text, placed)
        : await owner.sendText(personOf(lab, person), text, placed),
    )
  },

  "POST /lab/person": (lab, { body }) => {
    const { name, pn, lid } = lab.addPerson(decode(NewPerson, body))
    return { name, pn, lid }
  },
  "POST /lab/group": (lab, { body }) => {
    const { people, ...options } = decode(NewGroup, body)
    const { id, subject } = lab.addGroup({
      ...options,
      people: people.map((who) => personOf(lab, who)),
    })
    return { id, subject }
  },
  "POST /lab/change-group": (lab, { body }) => {
    const { subject, add, remove, removeOwner, ...place } = decode(Change, body)
    const group = groupOf(lab, place.group)
    const actor = personOf(lab, place.actor)
    if (subject !== undefined) lab.group.rename(group, actor, subject)
    if (add !== undefined) lab.group.add(group, actor, personOf(lab, add))
    if (remove !== undefined) lab.group.remove(group, actor, personOf(lab, remove))
    if (removeOwner === true) lab.group.removeOwner(group, actor)
    return true
  },

  "POST /lab/text": async (lab, { body }) => {
    const { text, ...rest } = decode(Text, body)
    return toSent(await personOf(lab, rest.person).sendText(text, placed(lab, rest)))
  },
  "POST /lab/media": async (lab, { body }) => {
    const { kind, base64, ...rest } = decode(Media, body)
    const bytes = Buffer.from(base64, "base64")
    return toSent(await personOf(lab, rest.person).sendMedia(kind, bytes, placed(lab, rest)))
  },
  "POST /lab/burst": async (lab, { body }) => {
    const { count, ...rest } = decode(Burst, body)
    return (await personOf(lab, rest.person).burst(count, placed(lab, rest))).map(toSent)
  },
  "POST /lab/react": async (lab, { body }) => {
    const { to, text, ...rest } = decode(About, body)
    const letter = letterOf(lab, to)
    return toSent(await personOf(lab, rest.person).react(letter, text, placed(lab, rest)))
  },
  "POST /lab/edit": async (lab, { body }) => {
    const { to, text, ...rest } = decode(About, body)
    const letter = letterOf(lab, to)
    return toSent(await personOf(lab, rest.person).edit(letter, text, placed(lab, rest)))
  },
  "POST /lab/revoke": async (lab, { body }) => {
    const { to, text: _, ...rest } = decode(About, body)
    return toSent(await personOf(lab, rest.person).revoke(letterOf(lab, to), placed(lab, rest)))
  },
  "POST /lab/status": async (lab, { body }) => {
    const { person, text } = decode(Text, body)
    return toSent(await personOf(lab, person).postStatus(text))
  },
  "POST /lab/publish": async (lab, { body }) =>
    toSent(await lab.publish(decode(v.object({ text: v.string() }), body).text)),

  // The same message again: sealed anew, or as the very same bytes.
  "POST /lab/resend": async (lab, { body }) => {
    const letter = letterOf(lab, decode(v.object({ id: v.string() }), body).id)
    return toSent(await lab.resend(letter))
  },
  "POST /lab/repeat": (lab, { body }) => {
    lab.repeat(letterOf(lab, decode(v.object({ id: v.string() }), body).id))
    return true
  },

  "POST /lab/read": (lab, { body }) => {
    const { person, id } = decode(Read, body)
    const reader = personOf(lab, person)
    const message = reader.received.find((entry) => entry.id === id)
    if (message === undefined) throw new Error(`${person} has not received ${id}.`)
    reader.read(message)
    return true
  },
  "POST /lab/typing": (lab, { body }) => {
    const { person, state } = decode(Typing, body)
    personOf(lab, person).setTyping(state)
    return true
  },
  "POST /lab/cannot-decrypt": (lab, { body }) => {
    const { person, times } = decode(Blind, body)
    receiverOf(lab, person ?? null).cannotDecrypt(times)
    return true
  },
  "POST /lab/fault": (lab, { body }) => {
    performFault(lab, decode(FaultOrder, body))
    return true
  },
}

function decode<const S extends v.GenericSchema>(schema: S, body: string): v.InferOutput<S> {
  return v.parse(schema, JSON.parse(body))
}

function placed<T extends { readonly group?: string; readonly person: string }>(
  lab: WhatsappLab,
  { group, person: _, ...options }: T,
) {
  return group === undefined ? options : { ...options, group: groupOf(lab, group) }
}

/** By name, number or LID. */
export function personOf({ people }: WhatsappLab, who: string): Person {
  const digits = who.replace("+", "").split("@")[0]
  const found = people.find(({ name, pn, lid }) =>
    [name, pn, lid, pn?.split("@")[0], lid.split("@")[0]].some((known) =>
      [who, digits].includes(known),
    ),
  )
  if (found === undefined) throw new Error(`There is no ${who} in the lab.`)
  return found
}

/** Nobody in particular is the owner. */
function receiverOf(lab: WhatsappLab, who: string | null) {
  return who === null ? lab.owner : personOf(lab, who)
}

function groupOf(lab: WhatsappLab, id: string): Group {
  const group = lab.findGroup(id)
  if (group === undefined) throw new Error(`There is no group ${id} in the lab.`)
  return group
}

function letterOf(lab: WhatsappLab, id: string): Letter {
  const letter = lab.findLetter(id)
  if (letter === undefined) throw new Error(`Nobody has sent ${id}.`)
  return letter
}

function toSent({ id, stanza }: Letter) {
  return { id, ...stanza?.attrs }
}

function waitOf(query: URLSearchParams) {
  return { timeoutMs: Number(query.get("timeoutMs") ?? "15000") }
}

function waitUntil(lab: WhatsappLab, event: v.InferOutput<typeof Event>): Promise<boolean> {
  switch (event) {
    case "active":
      return lab.untilActive()
    case "settled":
      return lab.untilSettled()
    case "disconnected":
      return lab.untilDisconnected()
    case "pairing":
      return lab.untilPairing()
    case "code":
      return lab.untilCodeAsked()
  }
}
