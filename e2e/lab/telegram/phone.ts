// A telephone in the terminal: a line is said by the person, and what the bot does is printed.

import { readFile } from "node:fs/promises"
import { basename } from "node:path"
import { createInterface } from "node:readline/promises"
import type { LabEvent } from "./events.ts"
import { FAULT_KINDS, type FaultKind } from "./faults.ts"
import type { TelegramLab } from "./lab.ts"
import { MEDIA_KINDS, type MediaKind } from "./media.ts"
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
  :send <kind> <path> [caption]   a file; kinds: ${MEDIA_KINDS.join(", ")}
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
      if (line.startsWith(":")) print(await command(lab, person, line.slice(1).trim().split(/\s+/)))
      else if (line.trim() !== "") person.say(line)
    }
  } finally {
    unwatch()
    lines.close()
  }
}

async function command(
  lab: TelegramLab,
  person: Person,
  [name = "", ...words]: string[],
): Promise<string> {
  switch (name) {
    case "send": {
      const [kind, path, ...caption] = words
      if (path === undefined || !isMediaKind(kind)) return HELP
      return sendFile(person, kind, { path, caption: caption.join(" ") })
    }
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

async function sendFile(
  person: Person,
  kind: MediaKind,
  { path, caption }: { readonly path: string; readonly caption: string },
): Promise<string> {
  try {
    const bytes = await readFile(path)
    person[kind](bytes, { fileName: basename(path), ...(caption !== "" && { caption }) })
    return `Sent ${bytes.length} bytes.`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
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

function toLine(message: Message): string {
  const { text, caption = "" } = message
  if (text !== undefined) return text
  const kind = MEDIA_KINDS.find((candidate) => message[candidate] !== undefined)
  if (kind === undefined) return "[something]"
  const file = kind === "photo" ? message.photo?.at(-1) : message[kind]
  const name = file?.file_name === undefined ? "" : ` ${file.file_name}`
  return `[${kind}${name}, ${file?.file_size ?? 0} bytes] ${caption}`.trimEnd()
}

function isMediaKind(kind: string | undefined): kind is MediaKind {
  return (MEDIA_KINDS as readonly (string | undefined)[]).includes(kind)
}

function isFaultKind(kind: string | undefined): kind is FaultKind {
  return (FAULT_KINDS as readonly (string | undefined)[]).includes(kind)
}
