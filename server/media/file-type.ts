// What kind of file it is, by what was said of it or else by its first bytes, and the ending that goes with it.

/** So much of a file's beginning tells what it is. */
export const SNIFFED_BYTES = 16

const UNKNOWN = "application/octet-stream"

/** A type and the ending of its files. The first row of a type counts. */
const ENDINGS: Readonly<Record<string, string>> = {
  "application/gzip": ".gz",
  "application/json": ".json",
  "application/msword": ".doc",
  "application/pdf": ".pdf",
  "application/vnd.ms-excel": ".xls",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
  "application/zip": ".zip",
  "audio/aac": ".aac",
  "audio/flac": ".flac",
  "audio/mp4": ".m4a",
  "audio/mpeg": ".mp3",
  "audio/ogg": ".ogg",
  "audio/wav": ".wav",
  "image/avif": ".avif",
  "image/bmp": ".bmp",
  "image/gif": ".gif",
  "image/heic": ".heic",
  "image/jpeg": ".jpg",
  "image/png": ".png",
  "image/svg+xml": ".svg",
  "image/webp": ".webp",
  "text/calendar": ".ics",
  "text/csv": ".csv",
  "text/html": ".html",
  "text/markdown": ".md",
  "text/plain": ".txt",
  "text/vcard": ".vcf",
  "video/3gpp": ".3gp",
  "video/mp4": ".mp4",
  "video/quicktime": ".mov",
  "video/webm": ".webm",
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(ENDINGS).map(([type, ending]) => [ending, type] as const),
  [".jpeg", "image/jpeg"],
  [".oga", "audio/ogg"],
  [".opus", "audio/ogg"],
  [".htm", "text/html"],
])

/** What a file begins with, from the given byte on, in Latin-1. */
const MAGIC: readonly (readonly [
  type: string,
  ...marks: (readonly [at: number, text: string])[],
])[] = [
  ["image/png", [0, "\x89PNG\r\n\x1a\n"]],
  ["image/jpeg", [0, "\xff\xd8\xff"]],
  ["image/gif", [0, "GIF8"]],
  ["image/webp", [0, "RIFF"], [8, "WEBP"]],
  ["image/bmp", [0, "BM"], [6, "\0\0\0\0"]],
  ["image/avif", [4, "ftypavif"]],
  ["image/heic", [4, "ftypheic"]],
  ["audio/mp4", [4, "ftypM4A"]],
  ["video/quicktime", [4, "ftypqt"]],
  ["video/3gpp", [4, "ftyp3gp"]],
  ["video/mp4", [4, "ftyp"]],
  ["video/webm", [0, "\x1aE\xdf\xa3"]],
  ["audio/wav", [0, "RIFF"], [8, "WAVE"]],
  ["audio/ogg", [0, "OggS"]],
  ["audio/flac", [0, "fLaC"]],
  ["audio/mpeg", [0, "ID3"]],
  ["audio/mpeg", [0, "\xff\xfb"]],
  ["application/pdf", [0, "%PDF-"]],
  ["application/zip", [0, "PK\x03\x04"]],
  ["application/gzip", [0, "\x1f\x8b"]],
]

const MEDIA_TYPE = /^[a-z]+\/[a-z0-9][a-z0-9.+_-]{0,100}$/

/**
 * The type that was given without its parameters; where it says nothing, what the file's beginning or
 * else its name tells.
 */
export function toMimeType(
  given: string | undefined,
  { head, name }: { readonly head: Uint8Array; readonly name: string | undefined },
): string {
  const essence = given?.split(";")[0]?.trim().toLowerCase() ?? ""
  const says = essence !== UNKNOWN && essence !== "binary/octet-stream" && MEDIA_TYPE.test(essence)
  return says ? essence : (sniff(head) ?? typeOfName(name) ?? UNKNOWN)
}

/** Such as `.png`; `.bin` for what is not in the table. */
export function endingOf(mimeType: string): string {
  return (Object.hasOwn(ENDINGS, mimeType) && ENDINGS[mimeType]) || ".bin"
}

function sniff(head: Uint8Array): string | undefined {
  const text = Buffer.from(head.subarray(0, SNIFFED_BYTES)).toString("latin1")
  return MAGIC.find(([, ...marks]) => marks.every(([at, mark]) => text.startsWith(mark, at)))?.[0]
}

function typeOfName(name: string | undefined): string | undefined {
  const ending = name?.match(/\.[a-z0-9]{1,8}$/i)?.[0].toLowerCase()
  return ending && TYPES.get(ending)
}
