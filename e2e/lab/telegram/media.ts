// The kinds of media, and how a stored file looks inside a message.

import { extname } from "node:path"
import type { Files } from "./files.ts"
import type { Content, FileRef, MediaFile } from "./messages.ts"

const KINDS = {
  animation: { folder: "animations", extension: "mp4", mimeType: "video/mp4" },
  photo: { folder: "photos", extension: "jpg", mimeType: "image/jpeg" },
  document: { folder: "documents", extension: "bin", mimeType: "application/octet-stream" },
  audio: { folder: "music", extension: "mp3", mimeType: "audio/mpeg" },
  video: { folder: "videos", extension: "mp4", mimeType: "video/mp4" },
  voice: { folder: "voice", extension: "oga", mimeType: "audio/ogg" },
  video_note: { folder: "video_notes", extension: "mp4", mimeType: "video/mp4" },
  sticker: { folder: "stickers", extension: "webp", mimeType: "image/webp" },
} as const

export type MediaKind = keyof typeof KINDS
export const MEDIA_KINDS = Object.keys(KINDS) as readonly MediaKind[]

export type MediaOptions = {
  readonly fileName?: string
  readonly mimeType?: string
  readonly durationS?: number
}

/** Stores the bytes and gives the part of a message that shows them. */
export function toMedia(
  files: Files,
  kind: MediaKind,
  bytes: Uint8Array,
  { fileName, mimeType, durationS = 1 }: MediaOptions = {},
): Content {
  const { folder, extension, mimeType: usualMimeType } = KINDS[kind]
  const ending = extname(fileName ?? "").slice(1) || extension
  const store = () => toRef(files.add(folder, ending, Buffer.from(bytes)))

  // A photo comes in several sizes, smallest first; each size is a file of its own.
  if (kind === "photo") {
    return {
      photo: [
        { ...store(), width: 90, height: 90 },
        { ...store(), width: 1280, height: 1280 },
      ],
    }
  }
  const file: MediaFile = {
    ...store(),
    mime_type: mimeType ?? usualMimeType,
    ...(kind !== "voice" && fileName !== undefined && { file_name: fileName }),
    ...(kind !== "document" && kind !== "sticker" && { duration: durationS }),
    ...((kind === "video" || kind === "animation") && { width: 640, height: 360 }),
  }
  // For programs that know no animations it is a document as well.
  return { [kind]: file, ...(kind === "animation" && { document: file }) }
}

function toRef({ file_id, file_unique_id, file_size }: FileRef): FileRef {
  return { file_id, file_unique_id, file_size }
}
