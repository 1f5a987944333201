// The person's side over HTTP, so that a test in another process, or a human with curl, can play it.
// Bodies and answers are JSON; what is wrong with a body is said in a 400.

import type { IncomingMessage, ServerResponse } from "node:http"
import * as v from "valibot"
import { readBody } from "./body.ts"
import { DeadlineError } from "./events.ts"
import { FAULT_KINDS } from "./faults.ts"
import type { TelegramLab } from "./lab.ts"
import { MEDIA_KINDS } from "./media.ts"

type Input = {
  readonly body: string
  readonly query: URLSearchParams
  readonly signal: AbortSignal
}
type Route = (lab: TelegramLab, input: Input) => unknown

const Id = v.pipe(v.number(), v.safeInteger())
const Who = v.object({
  id: Id,
  firstName: v.optional(v.string(), "Lab Person"),
  username: v.exactOptional(v.string()),
})
const Place = {
  person: v.union([
    v.pipe(
      Id,
      v.transform((id) => ({ id, firstName: "Lab Person" })),
    ),
    Who,
  ]),
  chat: v.exactOptional(Id),
}
const Group = v.object({ id: Id, title: v.string(), basic: v.exactOptional(v.boolean()) })
const Upgrade = v.object({ id: Id, title: v.string(), newId: Id })
const Kick = v.object({ id: Id, title: v.string(), kicked: v.boolean() })
const React = v.object({ ...Place, messageId: Id, emoji: v.string() })
const Base64 = v.pipe(v.string(), v.base64())
const Say = v.object({ ...Place, text: v.string(), replyTo: v.exactOptional(Id) })
const Edit = v.object({ ...Place, messageId: Id, text: v.string() })
const Block = v.object({ person: Place.person, blocked: v.boolean() })
const Pace = v.object({ intervalMs: v.pipe(v.number(), v.minValue(0)) })
const Webhook = v.object({ url: v.string() })
const Media = v.object({
  ...Place,
  kind: v.picklist(MEDIA_KINDS),
  base64: Base64,
  caption: v.exactOptional(v.string()),
  fileName: v.exactOptional(v.string()),
  mimeType: v.exactOptional(v.string()),
  durationS: v.exactOptional(v.number()),
  replyTo: v.exactOptional(Id),
})
const Album = v.object({
  ...Place,
  pictures: v.array(Base64),
  caption: v.exactOptional(v.string()),
})
const Fault = v.object({
  method: v.string(),
  kind: v.picklist(FAULT_KINDS),
  times: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  retryAfter: v.exactOptional(v.number()),
})

const ROUTES: Readonly<Record<string, Route>> = {
  "POST /lab/say": (lab, { body }) => {
    const { person, text, ...options } = decode(Say, body)
    return lab.person(person).say(text, options)
  },
  "POST /lab/edit": (lab, { body }) => {
    const { person, messageId, text, ...options } = decode(Edit, body)
    return lab.person(person).edit(messageId, text, options)
  },
  "POST /lab/media": (lab, { body }) => {
    const { person, kind, base64, ...options } = decode(Media, body)
    return lab.person(person)[kind](Buffer.from(base64, "base64"), options)
  },
  "POST /lab/album": (lab, { body }) => {
    const { person, pictures, ...options } = decode(Album, body)
    const bytes = pictures.map((picture) => Buffer.from(picture, "base64"))
    return lab.person(person).album(bytes, options)
  },
  "POST /lab/react": (lab, { body }) => {
    const { person, messageId, emoji, ...options } = decode(React, body)
    return lab.person(person).react(messageId, emoji, options)
  },
  "POST /lab/upgrade": (lab, { body }) => {
    const { newId, ...group } = decode(Upgrade, body)
    return lab.group({ ...group, basic: true }).upgrade(newId)
  },
  "POST /lab/kick": (lab, { body }) => {
    const { kicked, ...group } = decode(Kick, body)
    if (kicked) lab.group(group).kick()
    else lab.group(group).admit()
    return true
  },
  "POST /lab/pace": (lab, { body }) => {
    lab.setPace(decode(Pace, body).intervalMs)
    return true
  },
  "POST /lab/expire-files": (lab) => {
    lab.expireFiles()
    return true
  },
  "POST /lab/person": (lab, { body }) => lab.person(decode(Who, body)).user,
  "POST /lab/group": (lab, { body }) => lab.group(decode(Group, body)),
  "POST /lab/block": (lab, { body }) => {
    const { person, blocked } = decode(Block, body)
    if (blocked) lab.person(person).block()
    else lab.person(person).unblock()
    return true
  },
  // The body is the update, passed on as the text it is.
  "POST /lab/update": (lab, { body }) => {
    lab.pushUpdate(body)
    return true
  },
  "POST /lab/webhook": (lab, { body }) => {
    lab.setWebhook(decode(Webhook, body).url)
    return true
  },
  "POST /lab/fault": (lab, { body }) => {
    lab.fault(decode(Fault, body))
    return true
  },
  "POST /lab/reset-faults": (lab) => {
    lab.resetFaults()
    return true
  },
  "GET /lab/sent": (lab, { query }) => lab.sent(chatOf(query)),
  "GET /lab/drafts": (lab, { query }) => lab.drafts(chatOf(query)),
  "GET /lab/draft": (lab, { query }) => lab.shownDraft(chatOf(query)) ?? null,
  "GET /lab/actions": (lab, { query }) => lab.actions(chatOf(query)),
  // These two wait for the event, and answer 504 at `timeoutMs`.
  "GET /lab/next": (lab, { query, signal }) => lab.nextSent(chatOf(query), waitOf(query, signal)),
  "GET /lab/next-call": (lab, { query, signal }) =>
    lab.nextCall(query.get("method") ?? "", waitOf(query, signal)),
  "GET /lab/calls": (lab, { query }) => {
    const method = query.get("method")
    return lab.calls.filter((call) => method === null || call.method === method)
  },
  "GET /lab/state": (lab) => lab.state(),
}

export async function answerControl(
  lab: TelegramLab,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const key = `${request.method} ${url.pathname}`
  const route = Object.hasOwn(ROUTES, key) ? ROUTES[key] : undefined
  const left = new AbortController()
  response.once("close", () => left.abort())
  try {
    if (route === undefined) return write(response, 404, { error: `There is no ${key}.` })
    const body = (await readBody(request)).toString()
    const result = await route(lab, { body, query: url.searchParams, signal: left.signal })
    write(response, 200, result)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    write(response, error instanceof DeadlineError ? 504 : 400, { error: reason })
  }
}

function decode<const S extends v.GenericSchema>(schema: S, body: string): v.InferOutput<S> {
  return v.parse(schema, JSON.parse(body))
}

function chatOf(query: URLSearchParams): number {
  return v.parse(v.pipe(v.string(), v.transform(Number), Id), query.get("chat"))
}

function waitOf(query: URLSearchParams, signal: AbortSignal) {
  const timeoutMs = Number(query.get("timeoutMs") ?? "10000")
  return { timeoutMs, signal }
}

function write(response: ServerResponse, status: number, value: unknown): void {
  if (response.destroyed) return
  response.writeHead(status, { "content-type": "application/json" })
  response.end(JSON.stringify(value, withoutBytes))
}

/** A file stands in an answer as its size. */
function withoutBytes(key: string, value: unknown): unknown {
  return key === "bytes" ? (value as { data: unknown[] }).data.length : value
}
