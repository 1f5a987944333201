// How chat text reaches the agent: as data inside a fixed envelope. Text that imitates the envelope is
// escaped, so nobody can speak in another's name or as the system.

import { quote } from "#protocol"
import type { InboundMessage } from "../channels/channel.ts"

const OPEN = "[message"
const CLOSE = "[/message]"
const CONTEXT_OPEN =
  "[context: said in this chat before, to somebody else; it is here to be understood, not to be answered]"
const CONTEXT_CLOSE = "[/context]"
/** Signs that are not seen may stand before, between and behind the letters. */
const UNSEEN = "[\\s\\p{Cf}\\p{Mn}]{0,8}"
const NAMES = ["message", "context", "said", "media"].map((name) => [...name].join(UNSEEN))
const EDGES = new RegExp(
  `\\[(?=${UNSEEN}/?${UNSEEN}(?:${NAMES.join("|")})${UNSEEN}(?!\\p{L}))`,
  "giu",
)
const LINE_BREAKS = /\r\n|[\n\r\u2028\u2029]/g
/** What was said in a voice note may stand in it. */
const MAX_MEDIA_LINE = 16_000

/** What the envelope shows of a message. */
export type Enveloped = Pick<
  InboundMessage,
  "channel" | "sender" | "group" | "text" | "quoted" | "forwarded" | "media" | "ts"
>

export interface EnvelopeOptions {
  /** Times are told in this zone, or in the system's. */
  readonly timeZone: string | undefined
  /** What was said in the chat since the last answer and started no run, oldest first. */
  readonly context?: readonly Enveloped[]
  /** What became of the files of a message: a line for each. */
  readonly media?: ReadonlyMap<Enveloped, readonly string[]>
}

/** The prompt for one or several messages of one chat, oldest first. */
export function toPrompt(messages: readonly Enveloped[], options: EnvelopeOptions): string {
  const { context = [] } = options
  const envelopes = messages.map((message) => toEnvelope(message, options))
  return [...(context.length === 0 ? [] : [toContext(context, options)]), ...envelopes].join("\n\n")
}

function toContext(context: readonly Enveloped[], { timeZone }: EnvelopeOptions): string {
  const said = context.flatMap((message) => {
    const sender = attribute("sender", nameOf(message))
    const time = attribute("time", toLocalTime(message.ts, timeZone))
    const files = (message.media ?? []).map(({ kind }) => `(${kind}) `).join("")
    return [
      `[said ${[sender, time, ...originOf(message)].join(" ")}]`,
      toQuotation(`${files}${message.text}`),
    ]
  })
  return [CONTEXT_OPEN, ...said, CONTEXT_CLOSE].join("\n")
}

function toEnvelope(message: Enveloped, { media, timeZone }: EnvelopeOptions): string {
  const head = [
    attribute("channel", message.channel),
    attribute("sender", nameOf(message)),
    attribute("time", toLocalTime(message.ts, timeZone)),
    ...(message.group === undefined
      ? []
      : [attribute("group", message.group.title ?? message.group.id)]),
    ...originOf(message),
  ]
  const lines = [
    `${OPEN} ${head.join(" ")}]`,
    ...(message.quoted === undefined ? [] : [toQuotation(message.quoted.text)]),
    ...(message.text === "" && message.media !== undefined ? [] : [escapeText(message.text)]),
    ...toMediaLines(message, media?.get(message)).map((line) => `[media: ${line}]`),
    CLOSE,
  ]
  return lines.join("\n")
}

/** A message whose files nobody fetched says so of each. */
function toMediaLines(
  { media = [] }: Enveloped,
  collected: readonly string[] | undefined,
): string[] {
  const lines =
    collected ??
    media.map(({ kind, name }) => `${[kind, name ?? ""].join(" ").trim()} (media unavailable)`)
  return lines.map((line) => escapeText(line.slice(0, MAX_MEDIA_LINE).replace(LINE_BREAKS, " ")))
}

function toQuotation(text: string): string {
  return text
    .split(LINE_BREAKS)
    .map((line) => `> ${escapeText(line)}`)
    .join("\n")
}

/** ISO 8601 with the offset that the zone has at that moment: 2026-01-01T11:00:00+01:00. */
function toLocalTime(ts: number, timeZone: string | undefined): string {
  const format = new Intl.DateTimeFormat("en-GB", {
    ...(timeZone !== undefined && { timeZone }),
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "longOffset",
  })
  const parts = Object.fromEntries(format.formatToParts(ts).map(({ type, value }) => [type, value]))
  const offset = parts["timeZoneName"]?.replace("GMT", "") || "+00:00"
  const { day, hour, minute, month, second, year } = parts as Record<string, string>
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`
}

/** Whose words these are, where they are not the sender's own. */
function originOf({ forwarded }: Enveloped): readonly string[] {
  return forwarded === undefined ? [] : [attribute("forwarded-from", forwarded.from ?? "somebody")]
}

function nameOf({ sender }: Enveloped): string {
  return sender.name === undefined ? sender.id : `${sender.name} (${sender.id})`
}

function attribute(name: string, value: string): string {
  return `${name}="${quote(value).replaceAll('"', "'").replaceAll("[", "(").replaceAll("]", ")")}"`
}

/** What looks like an edge of the envelope, wherever it stands, gets a backslash before its bracket. */
function escapeText(text: string): string {
  return text.replace(EDGES, "\\[")
}
