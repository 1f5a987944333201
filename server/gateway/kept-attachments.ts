// The files of a request. What it brings in base64 is kept in the media folder, where the conversation shows
// it from and the agent finds it; a request that asks again takes over what its question brought.

import { randomUUID } from "node:crypto"
import { type Attachment, type AttachmentPart, invalidRequest, quote } from "#protocol"
import type { Logger } from "../host/logger.ts"
import type { Media } from "../media/media.ts"
import type { MediaRecord, RunRequest, RunStore } from "../store/store.ts"
import { toPart } from "./attachments.ts"

export interface KeptAttachments {
  readonly files: readonly MediaRecord[]
  /** What goes to the agent in the prompt itself: what it may not be able to open as a file. */
  readonly inline: readonly Attachment[]
  /** What the conversation shows. */
  readonly parts: readonly AttachmentPart[]
}

/** Never rejects: with a folder that fails the agent still gets the file, and nobody can look at it again. */
export async function keepAttachments(
  { log, media }: { media: Pick<Media, "save" | "describe">; log: Logger },
  attachments: readonly Attachment[],
): Promise<KeptAttachments> {
  const kept = await Promise.all(attachments.map(keepOne))
  return {
    files: kept.flatMap(({ file }) => file ?? []),
    inline: kept.flatMap(({ attachment, file }) =>
      file === undefined || /^(?:text|audio)\//.test(file.mimeType) ? attachment : [],
    ),
    parts: kept.map(({ part }) => part),
  }

  async function keepOne(attachment: Attachment) {
    const { data, mimeType, name } = attachment
    try {
      const file = await media.save(once(data), { mimeType, name }, new AbortController().signal)
      return { attachment, file, part: toPart(file) }
    } catch (error) {
      log.warn("a file of a request could not be kept", { error })
      return { attachment, file: undefined, part: toLostPart(media, attachment) }
    }
  }
}

/**
 * What the run was asked that a request asks again.
 *
 * @throws `INVALID_REQUEST` for a run that is not of this session.
 */
export async function findQuestion(
  runs: Pick<RunStore, "get">,
  { retryOf, sessionKey }: { retryOf: string; sessionKey: string },
): Promise<RunRequest> {
  const run = await runs.get(retryOf)
  // Of a session that was deleted its runs are left, and nothing of what they were asked.
  if (run?.sessionKey !== sessionKey || run.request.prompt === "") {
    throw invalidRequest(`retryOf: there is no run ${quote(retryOf)} in this session`)
  }
  return run.request
}

/**
 * The files of a question that is asked again; undefined if it has none.
 *
 * @throws `INVALID_REQUEST` when they are not there any more.
 */
export async function takeOverAttachments(
  media: Pick<Media, "describe" | "has">,
  { attachments: inline, media: files = [] }: RunRequest,
): Promise<KeptAttachments | undefined> {
  if (files.length + inline.length === 0) return undefined
  const there = await Promise.all(files.map((file) => media.has(file)))
  if (there.includes(false)) {
    throw invalidRequest(
      "retryOf: the files of that question have expired; attach them again",
      "media_unavailable",
    )
  }
  const names = new Set(files.map(({ name }) => name))
  const lost = inline.filter((attachment) => !names.has(media.describe(attachment).name))
  return {
    files,
    inline,
    parts: [...files.map(toPart), ...lost.map((attachment) => toLostPart(media, attachment))],
  }
}

function toLostPart(
  media: Pick<Media, "describe">,
  { data, mimeType, name }: Attachment,
): AttachmentPart {
  return {
    type: "attachment",
    mediaId: randomUUID(),
    ...media.describe({ mimeType, name }),
    bytes: decodedBytes(data),
    state: "unavailable",
  }
}

async function* once(base64: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(base64, "base64")
}

/** How many bytes there are behind text in base64. */
export function decodedBytes(base64: string): number {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0
  return Math.floor((base64.length * 3) / 4) - padding
}
