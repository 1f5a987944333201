// The files of a message, as the service describes them: which of them to fetch, and as what.

import * as v from "valibot"
import type { InboundMedia, MediaKind } from "../channel.ts"

/** The service gives a bot no larger files. */
export const MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024

/** Telegram's own form of animated stickers. */
const ANIMATED_STICKER = "application/x-tgsticker"

const File = v.object({
  file_id: v.pipe(v.string(), v.minLength(1), v.maxLength(1_024)),
  file_size: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  mime_type: v.optional(v.string()),
  file_name: v.optional(v.string()),
  is_animated: v.optional(v.boolean(), false),
  is_video: v.optional(v.boolean(), false),
})
type File = v.InferOutput<typeof File>

/** What is malformed is left out: the words of the message still count. */
const Attached = v.fallback(v.optional(File), undefined)

const Attaching = v.object({
  photo: v.fallback(v.optional(v.array(File), []), []),
  video: Attached,
  video_note: Attached,
  voice: Attached,
  audio: Attached,
  animation: Attached,
  document: Attached,
  sticker: Attached,
})

/** What the channel needs to fetch it again. */
export const Reference = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ fileId: File.entries.file_id }),
)

const KINDS = {
  video: { kind: "video", mimeType: "video/mp4" },
  video_note: { kind: "video", mimeType: "video/mp4" },
  voice: { kind: "voice", mimeType: "audio/ogg" },
  audio: { kind: "audio", mimeType: "audio/mpeg" },
  animation: { kind: "video", mimeType: "video/mp4" },
  document: { kind: "document", mimeType: "application/octet-stream" },
} as const satisfies Record<string, { kind: MediaKind; mimeType: string }>
// An animation also comes as a document, which is what it is for older programs.
const ORDER = ["animation", "video", "video_note", "voice", "audio", "document"] as const

/** What of a message can be fetched; most often nothing, never more than one. */
export function attachmentsOf(raw: Readonly<Record<string, unknown>>): readonly InboundMedia[] {
  const message = v.parse(Attaching, raw)
  const photo = largestOf(message.photo)
  if (photo !== undefined) return [toMedia(photo, "image", "image/jpeg")]
  const { sticker } = message
  if (sticker !== undefined) return [toMedia(sticker, "sticker", typeOfSticker(sticker))]
  for (const field of ORDER) {
    const file = message[field]
    if (file !== undefined) return [toMedia(file, KINDS[field].kind, KINDS[field].mimeType)]
  }
  return []
}

/** One picture in several sizes, of which one or another may be too large to fetch. */
function largestOf(sizes: readonly File[]): File | undefined {
  const fetchable = sizes.filter(({ file_size = 0 }) => file_size <= MAX_DOWNLOAD_BYTES)
  const bySize = (fetchable.length > 0 ? fetchable : sizes).toSorted(
    (a, b) => (a.file_size ?? 0) - (b.file_size ?? 0),
  )
  return bySize.at(-1)
}

function typeOfSticker({ is_animated, is_video }: File): string {
  if (is_animated) return ANIMATED_STICKER
  return is_video ? "video/webm" : "image/webp"
}

function toMedia(file: File, kind: MediaKind, usualType: string): InboundMedia {
  const { file_id: fileId, file_size: bytes, file_name: name, mime_type } = file
  return {
    kind,
    reference: JSON.stringify({ fileId }),
    mimeType: mime_type || usualType,
    ...(name && { name }),
    ...(bytes !== undefined && { bytes }),
  }
}
