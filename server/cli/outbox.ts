// The outbox as text for people.

import type { OutboxRow } from "#protocol"
import { toOneLine } from "../host/terminal.ts"
import { toAge } from "./age.ts"
import { toShellWord } from "./shell-word.ts"

const MAX_PREVIEW = 60

const MEANS: Readonly<Record<OutboxRow["state"], string>> = {
  pending: "waits",
  sending: "is being sent",
  failed: "failed",
  unknown: "may have arrived",
}

export function toOutboxText(deliveries: readonly OutboxRow[], now: number): string {
  if (deliveries.length === 0) return "Nothing waits, nothing failed, nothing is in doubt.\n"
  const lines = deliveries.flatMap((delivery) => [
    ...toLines(delivery, now).map(toOneLine),
    ...commandsFor(delivery),
  ])
  return `${lines.join("\n")}\n`
}

/** What an operator may do about it, as commands to copy. */
export function commandsFor({ id, state }: Pick<OutboxRow, "id" | "state">): readonly string[] {
  const word = toShellWord(id)
  if (state === "failed") {
    return [`    clawdis outbox retry ${word}`, `    clawdis outbox drop ${word}`]
  }
  if (state === "unknown") {
    return [
      `    clawdis outbox retry ${word} --force   (it may then be there twice)`,
      `    clawdis outbox drop ${word}`,
    ]
  }
  return []
}

function toLines(delivery: OutboxRow, now: number): readonly string[] {
  const { attempts, channel, createdAt, error, id, preview, state, to } = delivery
  const tries = attempts === 0 ? "" : `, ${attempts} ${attempts === 1 ? "try" : "tries"}`
  const text = preview.length > MAX_PREVIEW ? `${preview.slice(0, MAX_PREVIEW)}…` : preview
  return [
    `${id}  ${MEANS[state]}: ${channel} ${to}, ${toAge(now - createdAt)} old${tries}`,
    ...(text === "" ? [] : [`    “${text}”`]),
    ...(error === undefined ? [] : [`    ${error}`]),
  ]
}
