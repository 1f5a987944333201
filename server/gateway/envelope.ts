// How chat text reaches the agent: as data inside a fixed envelope. Text that imitates the envelope is
// escaped, so nobody can speak in another's name or as the system.

import { quote } from "#protocol"
import type { InboundMessage } from "../channels/channel.ts"

const OPEN = "[message"
const CLOSE = "[/message]"

/** The prompt for one or several messages of one chat, oldest first. */
export function toPrompt(messages: readonly InboundMessage[]): string {
  return messages.map(toEnvelope).join("\n\n")
}

function toEnvelope(message: InboundMessage): string {
  const head = [
    attribute("channel", message.channel),
    attribute("sender", nameOf(message)),
    attribute("time", new Date(message.ts).toISOString()),
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
