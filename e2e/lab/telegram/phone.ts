// A telephone in the terminal: a line is said by the person, and what the bot does is printed.

import { createInterface } from "node:readline/promises"
import type { LabEvent } from "./events.ts"
import { FAULT_KINDS, type FaultKind } from "./faults.ts"
import type { TelegramLab } from "./lab.ts"
import type { Message } from "./messages.ts"
import type { Person } from "./person.ts"

export type PhoneParts = {
  readonly lab: TelegramLab
  readonly person: Person
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
  readonly signal: AbortSignal
}

const HELP = `Lines starting with ":" are for the lab:
  :fault <method> <kind> [times] [retryAfter]   kinds: ${FAULT_KINDS.join(", ")}
  :reset      forget the faults        :block, :unblock   the bot
  :state      show the lab's state     :quit`

/** Ends at ":quit", at the end of the input, or with the signal. */
export async function usePhone({ lab, person, input, output, signal }: PhoneParts): Promise<void> {
  const print = (line: string) => output.write(`${line}\n`)
  const unwatch = lab.watch((event) => {
    const line = toPrinted(event, person.id)
    if (line !== undefined) print(line)
  })
  const lines = createInterface({ input, signal })
  print(
    `${person.user.first_name} (${person.id}) is at the phone. Type a line to say it; :help for more.`,
  )
  try {
    for await (const line of lines) {
      if (line.trim() === ":quit") break
      if (line.startsWith(":")) print(command(lab, person, line.slice(1).trim().split(/\s+/)))
      else if (line.trim() !== "") person.say(line)
    }
  } finally {
    unwatch()
    lines.close()
  }
}

function command(lab: TelegramLab, person: Person, [name = "", ...words]: string[]): string {
  switch (name) {
    case "fault": {
      const [method = "", kind, times = "1", retryAfter = "1"] = words
      if (method === "" || !isFaultKind(kind)) return HELP
      lab.fault({ method, kind, times: Number(times), retryAfter: Number(retryAfter) })
      return `The next ${times} of ${method}: ${kind}.`
    }
    case "reset":
      lab.resetFaults()
      return "No faults."
    case "block":
      person.block()
      return "Blocked."
    case "unblock":
      person.unblock()
      return "Unblocked."
    case "state":
      return JSON.stringify(lab.state(), null, 2)
    default:
      return HELP
  }
}

function toPrinted(event: LabEvent, chatId: number): string | undefined {
  switch (event.type) {
    case "sent":
      return event.message.chat.id === chatId ? `bot: ${toLine(event.message)}` : undefined
    case "edited":
      return event.message.chat.id === chatId ? `bot (edited): ${toLine(event.message)}` : undefined
    case "action":
      return event.action.chatId === chatId ? `bot … ${event.action.action}` : undefined
    case "draft":
      return event.draft.chatId === chatId ? `bot (draft): ${event.draft.text}` : undefined
    default:
      return undefined
  }
}

function toLine({ text, caption = "", photo, ...message }: Message): string {
  if (text !== undefined) return text
  const file = photo?.at(-1) ?? message.document ?? message.audio ?? message.video ?? message.voice
  return `[${file?.file_name ?? file?.mime_type ?? "photo"}, ${file?.file_size ?? 0} bytes] ${caption}`
}

function isFaultKind(kind: string | undefined): kind is FaultKind {
  return (FAULT_KINDS as readonly (string | undefined)[]).includes(kind)
}
