// Files that an answer brings: a line that is only `MEDIA:` and where the file is. Each passes the same gates
// as one that a request names, and what may not be sent is never named to anybody.

import { type AttachmentPart, type ChatMessage, GatewayError, type Part } from "#protocol"
import type { Logger } from "../host/logger.ts"
import { type Media, readMediaSource } from "../media/media.ts"
import type { MediaRecord } from "../store/store.ts"
import { readLines } from "./fence.ts"

const MAX_FILES = 10
const BLOCKED = "(attachment blocked)"
const UNAVAILABLE = "(attachment unavailable)"

/** An address or something like a path; a sentence that begins with `MEDIA:` is a sentence. */
const LINE = /^\s*MEDIA:\s*((?:[a-z][a-z0-9+.-]*:\/\/|data:|~?\/|\.{1,2}\/)\S(?:.*\S)?)\s*$/i
/** What may become such a line. */
const BEGUN = /^\s*MEDIA:/i

export interface AttachedAnswer {
  readonly text: string
  readonly parts: ChatMessage["parts"]
  readonly files: readonly MediaRecord[]
}

/** What becomes of one line: a file, or the words that stand in its place. */
type Found = MediaRecord | typeof BLOCKED | typeof UNAVAILABLE

/** Takes the lines out of an answer and fetches what they name, all at once. Never rejects. */
export async function attachFiles(
  answer: { readonly text: string; readonly parts: ChatMessage["parts"] },
  { log, media }: { media: Pick<Media, "obtain">; log: Logger },
): Promise<AttachedAnswer> {
  const named = findLines(answer.text)
  if (named.size === 0) return { ...answer, files: [] }
  const wanted = [...named].slice(0, MAX_FILES)
  const found = new Map<string, Found>(
    await Promise.all(wanted.map(async (line) => [line, await fetchOne(line)] as const)),
  )
  const files = [...found.values()].filter((one) => typeof one !== "string")
  const replace = (text: string) =>
    replaceLines(text, (line) => (named.has(line) ? (found.get(line) ?? BLOCKED) : undefined))

  async function fetchOne(line: string): Promise<Found> {
    try {
      return await media.obtain(readMediaSource(line))
    } catch (error) {
      log.warn("an attachment of an answer was left out", { error })
      return error instanceof GatewayError && error.code === "INVALID_REQUEST"
        ? BLOCKED
        : UNAVAILABLE
    }
  }

  return {
    text: replace(answer.text),
    parts: [...answer.parts.flatMap((part) => replaceInPart(part, replace)), ...files.map(toPart)],
    files,
  }
}

/** The answer as it may be shown while it grows: where files are, or half of it, is named to nobody. */
export function hideFiles(text: string): string {
  const lines = [...readLines(text)]
  const last = lines.at(-1)
  return lines
    .filter((one) => one.isCode || !(one === last ? BEGUN : LINE).test(one.line))
    .map(({ line }) => line)
    .join("\n")
}

export function toPart({ bytes, mediaId, mimeType, name }: MediaRecord): AttachmentPart {
  return { type: "attachment", mediaId, name, mimeType, bytes, state: "ok" }
}

function replaceInPart(part: Part, replace: (text: string) => string): Part[] {
  if (part.type !== "text") return [part]
  const text = replace(part.text)
  return text === "" && part.text !== "" ? [] : [{ ...part, text }]
}

function findLines(text: string): Set<string> {
  const lines = new Set<string>()
  replaceLines(text, (line) => {
    lines.add(line)
    return undefined
  })
  return lines
}

/** Without the lines that became files; where a line gives words, they stand there, and else it stays. */
function replaceLines(text: string, become: (line: string) => Found | undefined): string {
  const kept: string[] = []
  let removed = false
  for (const { isCode, line } of readLines(text)) {
    const named = isCode ? undefined : LINE.exec(line)?.[1]
    const found = named === undefined ? undefined : become(named)
    if (typeof found === "object") {
      removed = true
      continue
    }
    // Of two blank lines around a file one is enough.
    const isDouble: boolean = removed && line.trim() === "" && (kept.at(-1) ?? "").trim() === ""
    if (!isDouble) kept.push(found ?? line)
    removed &&= isDouble
  }
  return kept.length === 0 || removed ? kept.join("\n").trimEnd() : kept.join("\n")
}
