// The files that a request brings in base64: each is kept in the media folder, where the conversation
// shows it from and the agent finds it.

import { randomUUID } from "node:crypto"
import type { Attachment, AttachmentPart } from "#protocol"
import type { Logger } from "../host/logger.ts"
import type { Media } from "../media/media.ts"
import type { MediaRecord } from "../store/store.ts"
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
      return { attachment, file: undefined, part: toLostPart(attachment) }
    }
  }

  function toLostPart({ data, mimeType, name }: Attachment): AttachmentPart {
    return {
      type: "attachment",
      mediaId: randomUUID(),
      ...media.describe({ mimeType, name }),
      bytes: decodedBytes(data),
      state: "unavailable",
    }
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
