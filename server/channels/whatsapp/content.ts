// What the gateway sends, in the words of Baileys. Files are read from the disk while they are sent, and
// nothing is fetched for the sake of a preview.

import { pathToFileURL } from "node:url"
import type { AnyMessageContent } from "@whiskeysockets/baileys"
import type { OutboundMedia, OutboundMessage } from "../channel.ts"
import { formatText } from "./format.ts"

/** What phones show as a picture, a film or a sound of more than this arrives as a document. */
const MAX_SHOWN_BYTES = 16 * 1024 * 1024

const VOICE_TYPE = "audio/ogg; codecs=opus"
const PICTURES: ReadonlySet<string> = new Set(["image/jpeg", "image/png"])
const FILMS: ReadonlySet<string> = new Set(["video/mp4", "video/3gpp"])
const SOUNDS: ReadonlySet<string> = new Set(["audio/mpeg", "audio/mp4", "audio/aac", "audio/amr"])
const VOICES: ReadonlySet<string> = new Set(["audio/ogg", "audio/opus"])

/**
 * What there is instead of a preview. Without the property Baileys would make one: it puts a plain copy
 * of the file into the temporary folder and starts ffmpeg through a shell. Its type knows no null, but
 * the protobuf message that it becomes does.
 */
const NO_PREVIEW = null as unknown as string

/** The content of one message. */
export function toContent({ text, media }: OutboundMessage): AnyMessageContent {
  if (media === undefined) return { text: formatText(text), linkPreview: null }
  const caption = text === "" ? {} : { caption: formatText(text) }
  // As a URL of the disk no path can be taken for one of the network.
  const file = { url: pathToFileURL(media.path) }
  const type = typeOf(media)
  switch (kindOf(media, text)) {
    case "picture":
      return { image: file, mimetype: type, jpegThumbnail: NO_PREVIEW, ...caption }
    case "film":
      return { video: file, mimetype: type, jpegThumbnail: NO_PREVIEW, ...caption }
    case "sound":
      return { audio: file, mimetype: type }
    case "voice":
      return { audio: file, mimetype: VOICE_TYPE, ptt: true }
    case "document":
      return { document: file, mimetype: media.mimeType, fileName: media.name, ...caption }
  }
}

type Shown = "picture" | "film" | "sound" | "voice" | "document"

/** How a phone shows it. A sound has no caption: one with words is a document, which has. */
function kindOf(media: OutboundMedia, text: string): Shown {
  const { mimeType, bytes } = media
  const type = typeOf(media)
  if (bytes > MAX_SHOWN_BYTES) return "document"
  if (PICTURES.has(type)) return "picture"
  if (FILMS.has(type)) return "film"
  if (text !== "") return "document"
  if (VOICES.has(type)) return /vorbis|flac/i.test(mimeType) ? "document" : "voice"
  return SOUNDS.has(type) ? "sound" : "document"
}

/** The type of a file without its parameters. */
function typeOf({ mimeType }: OutboundMedia): string {
  return (mimeType.toLowerCase().split(";")[0] ?? "").trim()
}
