// Files that came with messages. The service holds them encrypted; the message says where they are and
// has the key and the hashes. All of that was written by the sender's device: only hosts of the service
// are asked, and a file counts only if it is the one that was announced.
//
// The format is documented by https://github.com/WhiskeySockets/Baileys (Utils/messages-media): HKDF of
// the media key gives 16 bytes IV, 32 bytes AES key, 32 bytes MAC key; the file is AES-256-CBC, followed
// by the first 10 bytes of HMAC-SHA256 over IV and ciphertext. The library's own download is not used: it
// asks whatever host the sender names, takes no signal, checks neither MAC nor hash, and an answer that is
// cut off ends the process.

import { createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from "node:crypto"
import * as v from "valibot"
import { GatewayError } from "#protocol"
import type { InboundMedia, MediaKind } from "../channel.ts"
import { Bytes, Count, Flag, Text } from "./fields.ts"

const SERVICE_HOST = /^(?:[a-z0-9-]+\.)*whatsapp\.net$/
const DEFAULT_HOST = "mmg.whatsapp.net"
const ORIGIN = "https://web.whatsapp.com"

const MAX_ADDRESS_LENGTH = 4_096
const MAX_NAME_LENGTH = 255
const BLOCK_BYTES = 16
export const KEY_BYTES = 32
export const MAC_BYTES = 10

const KEY_NAMES: Record<MediaKind, string> = {
  image: "Image",
  sticker: "Image",
  video: "Video",
  audio: "Audio",
  voice: "Audio",
  document: "Document",
}

const DEFAULT_TYPES: Record<MediaKind, string> = {
  image: "image/jpeg",
  sticker: "image/webp",
  video: "video/mp4",
  audio: "audio/mpeg",
  voice: "audio/ogg; codecs=opus",
  document: "application/octet-stream",
}

/** What a message says about its file, whatever kind it is of. */
export const MediaFields = {
  url: Text,
  directPath: Text,
  mediaKey: Bytes,
  fileSha256: Bytes,
  fileEncSha256: Bytes,
  fileLength: Count,
  mimetype: Text,
  caption: Text,
  fileName: Text,
  title: Text,
  ptt: Flag,
  gifPlayback: Flag,
}
const Fields = v.object(MediaFields)

/** How the service calls a message. */
interface MessageName {
  readonly id: string
  readonly remoteJid: string
  readonly fromMe: boolean
  readonly participant?: string
}

const Hash = v.optional(v.pipe(v.string(), v.base64(), v.length(44)))
/** What `InboundMedia.reference` holds for this channel. */
const Reference = v.object({
  directPath: v.optional(v.string()),
  url: v.optional(v.string()),
  key: v.pipe(v.string(), v.base64(), v.length(44)),
  sha256: Hash,
  encryptedSha256: Hash,
  bytes: v.optional(v.number()),
})
type Reference = v.InferOutput<typeof Reference>

/** Undefined where nothing says how the file could be fetched. */
export function describeMedia(
  kind: MediaKind,
  fields: v.InferOutput<typeof Fields>,
): InboundMedia | undefined {
  const { mimetype, fileLength: bytes } = fields
  const key = toBase64(fields.mediaKey)
  const directPath = addressOf(fields.directPath)
  const url = addressOf(fields.url)
  if (key === undefined || (directPath ?? url) === undefined) return undefined
  const name = (fields.fileName || fields.title || "").slice(0, MAX_NAME_LENGTH).toWellFormed()
  const sha256 = toBase64(fields.fileSha256)
  const encryptedSha256 = toBase64(fields.fileEncSha256)
  const reference: Reference = {
    ...(directPath !== undefined && { directPath }),
    ...(url !== undefined && { url }),
    key,
    ...(sha256 !== undefined && { sha256 }),
    ...(encryptedSha256 !== undefined && { encryptedSha256 }),
    ...(bytes !== undefined && { bytes }),
  }
  return {
    kind,
    reference: JSON.stringify(reference),
    mimeType: (mimetype || DEFAULT_TYPES[kind]).slice(0, MAX_NAME_LENGTH),
    ...(name !== "" && { name }),
    ...(bytes !== undefined && { bytes }),
  }
}

/** With the message that it came with, so that its sender's file can be asked for again. */
export function nameMessage(media: InboundMedia, message: MessageName): InboundMedia {
  return {
    ...media,
    reference: JSON.stringify({ ...(JSON.parse(media.reference) as object), message }),
  }
}

/** Its host had it once: it has forgotten it, or takes its address for too old. */
export function isForgotten(error: unknown): boolean {
  const code = error instanceof GatewayError ? error.details?.["providerCode"] : undefined
  return code === 403 || code === 404 || code === 410
}

export interface MediaOptions {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Where the service says that it keeps files; the first one is asked unless the message names another. */
  readonly hosts: readonly string[]
  /** Ends the download, whose stream then ends with an error. */
  readonly signal: AbortSignal
}

/**
 * The file, decrypted while it comes. What the stream gave counts only once it ended well: it fails at
 * its end if the file was damaged, exchanged or cut off, and as soon as it grows longer than announced.
 */
export async function openMedia(
  media: Pick<InboundMedia, "kind" | "reference">,
  options: MediaOptions,
): Promise<AsyncIterable<Uint8Array>> {
  const reference = readReference(media.reference)
  const response = await request(toUrl(reference, options.hosts), options)
  const { body } = response
  if (!response.ok || body === null) {
    await body?.cancel()
    throw gone(response.status)
  }
  const length = Number(response.headers.get("content-length") ?? Number.NaN)
  if (length > maxEncryptedBytes(reference)) {
    await body.cancel()
    throw notAnnounced("longer")
  }
  return decrypt(body, media.kind, reference, options.signal)
}

async function* decrypt(
  body: AsyncIterable<Uint8Array>,
  kind: MediaKind,
  reference: Reference,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const opening = createOpening(kind, reference)
  try {
    for await (const chunk of body) {
      const plain = opening.update(chunk)
      if (plain.length > 0) yield plain
    }
    const rest = opening.end()
    if (rest.length > 0) yield rest
  } catch (error) {
    throw toFailure(error, signal)
  }
}

/** What a file of this kind is encrypted and signed with. */
export function deriveKeys(kind: MediaKind, key: Uint8Array) {
  const keys = Buffer.from(hkdfSync("sha256", key, "", `WhatsApp ${KEY_NAMES[kind]} Keys`, 112))
  return {
    iv: keys.subarray(0, 16),
    cipherKey: keys.subarray(16, 48),
    macKey: keys.subarray(48, 80),
  }
}

/** Decrypts and checks a file piece by piece. */
function createOpening(kind: MediaKind, reference: Reference) {
  const { cipherKey, iv, macKey } = deriveKeys(kind, Buffer.from(reference.key, "base64"))
  const decipher = createDecipheriv("aes-256-cbc", cipherKey, iv)
  const mac = createHmac("sha256", macKey).update(iv)
  const encryptedHash = createHash("sha256")
  const hash = createHash("sha256")
  /** The last bytes so far: they may be the MAC. */
  let tail: Uint8Array = Buffer.alloc(0)
  let bytes = 0

  function count(plain: Buffer): Buffer {
    bytes += plain.length
    if (bytes > (reference.bytes ?? Number.POSITIVE_INFINITY)) throw notAnnounced("longer")
    hash.update(plain)
    return plain
  }

  return {
    update(chunk: Uint8Array): Uint8Array {
      encryptedHash.update(chunk)
      const joined = Buffer.concat([tail, chunk])
      const end = Math.max(0, joined.length - MAC_BYTES)
      tail = joined.subarray(end)
      const ciphertext = joined.subarray(0, end)
      mac.update(ciphertext)
      return count(decipher.update(ciphertext))
    },
    end(): Uint8Array {
      const expected = mac.digest().subarray(0, MAC_BYTES)
      if (tail.length !== MAC_BYTES || !timingSafeEqual(tail, expected))
        throw notAnnounced("damaged")
      if (differs(reference.encryptedSha256, encryptedHash.digest("base64"))) {
        throw notAnnounced("another one")
      }
      const rest = count(decipher.final())
      if (reference.bytes !== undefined && bytes < reference.bytes) throw notAnnounced("shorter")
      if (differs(reference.sha256, hash.digest("base64"))) throw notAnnounced("another one")
      return rest
    },
  }
}

function differs(announced: string | undefined, found: string): boolean {
  return announced !== undefined && announced !== found
}

function maxEncryptedBytes({ bytes }: Reference): number {
  if (bytes === undefined) return Number.POSITIVE_INFINITY
  return (Math.floor(bytes / BLOCK_BYTES) + 1) * BLOCK_BYTES + MAC_BYTES
}

async function request(url: string, { fetch, signal }: MediaOptions): Promise<Response> {
  try {
    // A redirection would lead away from the service's hosts.
    return await fetch(url, { signal, redirect: "error", headers: { Origin: ORIGIN } })
  } catch (error) {
    throw toFailure(error, signal)
  }
}

function toUrl({ directPath, url }: Reference, hosts: readonly string[]): string {
  const named = URL.parse(url ?? "")
  const host = named !== null && isOfService(named.host, hosts) ? named.host : undefined
  const address = directPath?.startsWith("/")
    ? URL.parse(`https://${host ?? hosts[0] ?? DEFAULT_HOST}${directPath}`)
    : named
  const usable = address?.protocol === "https:" && isOfService(address.host, hosts)
  if (!usable || address.username !== "" || address.password !== "") {
    throw unavailable("The message names no place of WhatsApp where its file would be.", false)
  }
  return address.href
}

function isOfService(host: string, hosts: readonly string[]): boolean {
  return hosts.includes(host) || SERVICE_HOST.test(host)
}

function readReference(text: string): Reference {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), Reference), text)
  if (result.success) return result.output
  throw unavailable("It is not known any more where the file of this message is.", false)
}

function toFailure(error: unknown, signal: AbortSignal): GatewayError {
  if (error instanceof GatewayError) return error
  if (signal.aborted) {
    const options = { reason: "aborted", retryable: true, cause: error } as const
    return new GatewayError("UNAVAILABLE", "Fetching a file from WhatsApp was stopped.", options)
  }
  return unavailable("A file could not be fetched from WhatsApp.", true, { cause: error })
}

function gone(status: number): GatewayError {
  const details = { providerCode: status }
  if (status >= 500 || status === 429) {
    return unavailable("A file could not be fetched from WhatsApp for now.", true, { details })
  }
  return unavailable("WhatsApp does not have the file any more.", false, { details })
}

function notAnnounced(how: "longer" | "shorter" | "damaged" | "another one"): GatewayError {
  const message = `The file is not the one that the message announced: it is ${how}.`
  return unavailable(message, false)
}

function unavailable(
  message: string,
  retryable: boolean,
  more: { readonly cause?: unknown; readonly details?: Readonly<Record<string, unknown>> } = {},
): GatewayError {
  return new GatewayError("UNAVAILABLE", message, {
    ...more,
    reason: "media_unavailable",
    retryable,
  })
}

function addressOf(text: string | undefined): string | undefined {
  return text !== undefined && text !== "" && text.length <= MAX_ADDRESS_LENGTH ? text : undefined
}

/** Keys and hashes all have 32 bytes; anything else is none. */
function toBase64(bytes: Uint8Array | undefined): string | undefined {
  return bytes?.length === KEY_BYTES ? Buffer.from(bytes).toString("base64") : undefined
}
