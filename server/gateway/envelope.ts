// How chat text reaches the agent: as data inside a fixed envelope. Text that imitates the envelope is
// escaped, so nobody can speak in another's name or as the system.

import { quote } from "#protocol"
import type { InboundMessage } from "../channels/channel.ts"

const OPEN = "[message"
const CLOSE = "[/message]"

/** The prompt for one or several messages of one chat, oldest first, with times of this zone or the system's. */
export function toPrompt(
  messages: readonly InboundMessage[],
  timeZone: string | undefined,
): string {
  return messages.map((message) => toEnvelope(message, timeZone)).join("\n\n")
}

function toEnvelope(message: InboundMessage, timeZone: string | undefined): string {
  const head = [
    attribute("channel", message.channel),
    attribute("sender", nameOf(message)),
    attribute("time", toLocalTime(message.ts, timeZone)),
    ...(message.group === undefined
      ? []
      : [attribute("group", message.group.title ?? message.group.id)]),
  ]
  const quoted =
    message.quoted === undefined
      ? ""
      : `${message.quoted.text
          .split("\n")
          .map((line) => `> ${escapeText(line)}`)
          .join("\n")}\n`
  return `${OPEN} ${head.join(" ")}]\n${quoted}${escapeText(message.text)}\n${CLOSE}`
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

function nameOf({ sender }: InboundMessage): string {
  return sender.name === undefined ? sender.id : `${sender.name} (${sender.id})`
}

function attribute(name: string, value: string): string {
  return `${name}="${quote(value).replaceAll('"', "'").replaceAll("[", "(").replaceAll("]", ")")}"`
}

/** What looks like an edge of the envelope, wherever it stands, gets a backslash before its bracket. */
function escapeText(text: string): string {
  return text.replace(/\[(?=\/?message\b)/gi, "\\[")
}
