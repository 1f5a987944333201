// Who may write and who was turned away, as text for people.

import type { DroppedSender, MethodResult } from "#protocol"
import { toOneLine } from "../host/terminal.ts"
import { toAge } from "./age.ts"
import type { SenderLists } from "./gw/senders.ts"
import { toShellWord } from "./shell-word.ts"

export function toSendersText({ allowed, configured, dropped }: SenderLists, now: number): string {
  const lines = [
    ...block(
      "Allowed with `clawdis allow`",
      allowed.map(
        ({ addedAt, channel, id, name }) =>
          `${nameSender({ channel, id, name })}, ${toAge(now - addedAt)} ago`,
      ),
    ),
    ...block("Allowed by the configuration", configured.map(nameSender)),
    ...block(
      "Turned away",
      dropped.flatMap((sender) => describeDropped(sender, now)),
    ),
  ]
  if (lines.length === 0) {
    return "Nobody was allowed and nobody was turned away. The owner of a linked account always may.\n"
  }
  return `${lines.join("\n")}\n`
}

/** Somebody who wrote and may not, and the command that lets them. */
export function describeDropped(sender: DroppedSender, now: number): readonly string[] {
  const { count, lastAt } = sender
  const messages = `${count} ${count === 1 ? "message" : "messages"}`
  return [
    `${nameSender(sender)}: ${messages}, the last ${toAge(now - lastAt)} ago`,
    `  clawdis allow ${toShellWord(sender.channel)} ${toShellWord(sender.id)}`,
  ]
}

export function describeChange(
  { already, channel, id }: MethodResult<"senders.allow">,
  { remove }: { readonly remove: boolean },
): string {
  const who = toOneLine(`${channel} ${id}`)
  if (remove) return `${who} may not write any more.\n`
  if (already === "configured") return `The configuration allows ${who} already.\n`
  if (already === "allowed") return `${who} was allowed already.\n`
  return `${who} may write from now on.\n`
}

function nameSender({
  channel,
  id,
  name,
}: {
  readonly channel: string
  readonly id: string
  readonly name?: string | undefined
}): string {
  return `${channel} ${id}${name === undefined ? "" : ` (${name})`}`
}

function block(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${toOneLine(line)}`)]
}
