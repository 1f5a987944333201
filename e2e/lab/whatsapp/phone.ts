// A telephone in the terminal: it links clients, a line is said by the person at it, and what the client does is printed.

import { readFile } from "node:fs/promises"
import { basename } from "node:path"
import { createInterface } from "node:readline/promises"
import * as v from "valibot"
import type { LabEvent } from "./events.ts"
import { FaultOrder, performFault } from "./fault-orders.ts"
import type { WhatsappLab } from "./lab.ts"
import { MEDIA_KINDS } from "./media.ts"
import type { Person } from "./person.ts"
import type { Received } from "./records.ts"

export type PhoneParts = {
  readonly lab: WhatsappLab
  readonly person: Person
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
  readonly signal: AbortSignal
}

type Seat = {
  person: Person
  group: ReturnType<WhatsappLab["addGroup"]> | undefined
}

type Command = (lab: WhatsappLab, seat: Seat, words: readonly string[]) => string | Promise<string>

const QR = /^https:\/\/wa\.me\/settings\/linked_devices#/
const CODE = /^[0-9A-Z]{4}-?[0-9A-Z]{4}$/i

const HELP = `A pasted QR text links the client, and so does a pairing code that it waits for.
Lines starting with ":" are for the lab:
  :owner <text>         the owner writes to this person by hand    :note <text>  to oneself
  :as <name> [number]   somebody else is at the phone              :unlink       the client
  :group [subject]      go into a group with everybody, or leave   :status <text>
  :mention <text>       with a mention of the owner                :burst <count>
  :send <kind> <path> [caption]   a file; kinds: ${MEDIA_KINDS.join(", ")}
  :fault <json>         such as {"fault":"stream-error","code":503}, {"fault":"heal"}
  :state                show the lab's state                       :quit`

const COMMANDS: Readonly<Record<string, Command>> = {
  async owner({ owner }, { person, group }, words) {
    const text = words.join(" ")
    if (group === undefined) await owner.sendText(person, text)
    else await owner.sendToGroup(group, text)
    return "Written by hand."
  },
  async note({ owner }, _, words) {
    await owner.noteToSelf(words.join(" "))
    return "Noted."
  },
  as(lab, seat, [name = "Ada", number]) {
    const known = lab.people.find((person) => person.name === name)
    seat.person = known ?? lab.addPerson(number === undefined ? { name } : { name, number })
    return `${name} (${seat.person.pn ?? seat.person.lid}) is at the phone.`
  },
  group(lab, seat, words) {
    const subject = words.join(" ")
    seat.group = subject === "" ? undefined : lab.addGroup({ subject, people: lab.people })
    return seat.group === undefined ? "Back in the direct chat." : `In ${seat.group.id}.`
  },
  async status(_, { person }, words) {
    await person.postStatus(words.join(" "))
    return "Posted."
  },
  async mention({ owner }, { person, group }, words) {
    const mentions = [owner.lid]
    await person.sendText(words.join(" "), group === undefined ? { mentions } : { mentions, group })
    return "Mentioned."
  },
  async send(_, { person, group }, [wanted, path, ...caption]) {
    const kind = MEDIA_KINDS.find((one) => one === wanted)
    if (kind === undefined || path === undefined) return HELP
    const bytes = await readFile(path)
    await person.sendMedia(kind, bytes, {
      ...(group !== undefined && { group }),
      ...(caption.length > 0 && { caption: caption.join(" ") }),
      ...(kind === "document" && { fileName: basename(path) }),
    })
    return `Sent ${bytes.length} bytes.`
  },
  async burst(_, { person }, [count = "10"]) {
    await person.burst(Number(count))
    return `Sent ${count}.`
  },
  fault(lab, _, words) {
    performFault(lab, v.parse(FaultOrder, JSON.parse(words.join(" "))))
    return "Done."
  },
  unlink({ owner }) {
    owner.unlink()
    return "Unlinked."
  },
  state: ({ state: { people: _, ...state } }) => JSON.stringify(state, null, 2),
}

/** Ends at ":quit", at the end of the input, or with the signal. */
export async function usePhone({ lab, person, input, output, signal }: PhoneParts): Promise<void> {
  const seat: Seat = { person, group: undefined }
  const print = (line: string) => output.write(`${line}\n`)
  const unwatch = lab.watch((event) => {
    const line = toPrinted(lab, event)
    if (line !== undefined) print(line)
  })
  const lines = createInterface({ input, signal })
  print(
    `${person.name} (${person.pn ?? person.lid}) is at the phone. Type a line to say it; :help for more.`,
  )
  try {
    for await (const line of lines) {
      if (line.trim() === ":quit") break
      const answer = await obey(lab, seat, line.trim()).catch((error: unknown) => String(error))
      if (answer !== "") print(answer)
    }
  } finally {
    unwatch()
    lines.close()
  }
}

async function obey(lab: WhatsappLab, seat: Seat, line: string): Promise<string> {
  if (line === "") return ""
  if (QR.test(line)) {
    await lab.owner.scan(line)
    return ""
  }
  if (CODE.test(line) && lab.codeAsked) {
    await lab.owner.enterCode(line)
    return ""
  }
  if (line.startsWith(":")) {
    const [name = "", ...words] = line.slice(1).trim().split(/\s+/)
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
    return command === undefined ? HELP : await command(lab, seat, words)
  }
  await seat.person.sendText(line, seat.group === undefined ? {} : { group: seat.group })
  return ""
}

/** What a typed pairing code turned out to be. */
const isOutcome = (state: string) => state === "right" || state === "wrong"

function toPrinted(lab: WhatsappLab, event: LabEvent): string | undefined {
  switch (event.type) {
    case "link":
      return isOutcome(event.state)
        ? `… the code is ${event.state}`
        : `… the client is ${event.state}`
    case "typing":
      return `… ${event.typing.state} in ${event.typing.chat}`
    case "read":
      return `… read ${event.read.ids.length} in ${event.read.chat}`
    case "received": {
      if (!event.message.byClient || event.lid === lab.owner.lid) return ownNote(lab, event)
      const reader = lab.people.find(({ lid }) => lid === event.lid)
      return `${lab.owner.name} → ${reader?.name ?? event.lid}: ${toLine(event.message)}`
    }
    case "change":
      return undefined
  }
}

/** The owner's phone gets a copy of everything; only what stands in the chat with oneself is news. */
function ownNote(lab: WhatsappLab, { message, lid }: { message: Received; lid: string }) {
  const own = message.chat === lab.owner.pn || message.chat === lab.owner.lid
  return own && lid === lab.owner.lid ? `note to oneself: ${toLine(message)}` : undefined
}

function toLine({ text = "", media, quotedId }: Received): string {
  const quote = quotedId === undefined ? "" : "(in answer) "
  const file =
    media === undefined ? "" : `[${media.fileName ?? media.kind}, ${media.bytes.length} bytes] `
  return `${quote}${file}${text}`
}
