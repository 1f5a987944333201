// Encrypted files as the media hosts keep them: AES-CBC with a truncated HMAC behind it, under a path. Only who has the key
// of the message can read one.

import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from "node:crypto"
import { getMediaKeys, type proto } from "@whiskeysockets/baileys"

export const MEDIA_KINDS = ["image", "video", "audio", "voice", "document"] as const
export type MediaKind = (typeof MEDIA_KINDS)[number]

export type MediaOptions = {
  readonly caption?: string
  readonly mimetype?: string
  readonly fileName?: string
  readonly seconds?: number
  readonly contextInfo?: proto.IContextInfo
}

export type MediaFault = {
  readonly on: "upload" | "download"
  /** 500, no answer at all, or half of the file. */
  readonly as: "error" | "hang" | "cut"
  readonly times?: number
}

export type MediaPart = {
  readonly mediaKey?: Uint8Array | null
  readonly directPath?: string | null
  readonly mimetype?: string | null
}

type KeyType = "image" | "video" | "audio" | "ptt" | "document"

const KEY_TYPES: Readonly<Record<MediaKind, KeyType>> = {
  image: "image",
  video: "video",
  audio: "audio",
  voice: "ptt",
  document: "document",
}

const MIME_TYPES: Readonly<Record<MediaKind, string>> = {
  image: "image/jpeg",
  video: "video/mp4",
  audio: "audio/mpeg",
  voice: "audio/ogg; codecs=opus",
  document: "application/octet-stream",
}

const MAC_BYTES = 10

export type Media = ReturnType<typeof createMedia>

/** `host` is asked late: the server behind it may not listen yet. */
export function createMedia({ host }: { readonly host: () => string }) {
  const files = new Map<string, Buffer>()
  /** What the hosts do not know any more and the owner's phone still has. */
  const kept = new Map<string, Buffer>()
  let faults: { readonly fault: MediaFault; left: number }[] = []

  async function seal(kind: MediaKind, bytes: Uint8Array) {
    const mediaKey = randomBytes(32)
    const { iv, cipherKey, macKey } = await keysOf(mediaKey, kind)
    const cipher = createCipheriv("aes-256-cbc", cipherKey, iv)
    const sealed = Buffer.concat([cipher.update(bytes), cipher.final()])
    const mac = createHmac("sha256", macKey).update(iv).update(sealed).digest()
    const file = Buffer.concat([sealed, mac.subarray(0, MAC_BYTES)])
    const fileEncSha256 = sha256(file)
    const directPath = `/mms/${KEY_TYPES[kind]}/${fileEncSha256.toString("base64url")}`
    files.set(directPath, file)
    return {
      mediaKey,
      fileEncSha256,
      fileSha256: sha256(bytes),
      fileLength: bytes.length,
      directPath,
      url: `https://${host()}${directPath}`,
    }
  }

  return {
    put: (path: string, file: Buffer): void => void files.set(path, file),
    get: (path: string): Buffer | undefined => files.get(path),
    spoil: (fault: MediaFault): void => void faults.push({ fault, left: fault.times ?? 1 }),
    heal(): void {
      faults = []
    },
    takeFault(on: MediaFault["on"]): MediaFault["as"] | undefined {
      const met = faults.find(({ fault }) => fault.on === on)
      if (met === undefined) return undefined
      met.left -= 1
      faults = faults.filter(({ left }) => left > 0)
      return met.fault.as
    },

    /** From now on the host does not know the file, and nobody has it. */
    remove: (path: string): boolean => files.delete(path),

    /** From now on the host does not know the file; the owner's phone still has it. */
    forget(path: string): void {
      const file = files.get(path)
      if (file === undefined) throw new Error(`There is no file ${path}.`)
      files.delete(path)
      kept.set(path, file)
    },

    /** The phone uploads it again: where it is now. */
    restore(path: string): string | undefined {
      const file = kept.get(path)
      if (file === undefined) return undefined
      const place = `${path}-again`
      files.set(place, file)
      return place
    },

    async toMessage(
      kind: MediaKind,
      bytes: Uint8Array,
      { caption, mimetype = MIME_TYPES[kind], fileName, seconds, contextInfo }: MediaOptions,
    ): Promise<proto.IMessage> {
      const part = {
        ...(await seal(kind, bytes)),
        mimetype,
        ...(caption !== undefined && { caption }),
        ...(contextInfo !== undefined && { contextInfo }),
      }
      switch (kind) {
        case "image":
          return { imageMessage: part }
        case "video":
          return { videoMessage: { ...part, ...(seconds !== undefined && { seconds }) } }
        case "audio":
        case "voice":
          return { audioMessage: { ...part, ptt: kind === "voice", seconds: seconds ?? 1 } }
        case "document":
          return { documentMessage: { ...part, fileName: fileName ?? "document" } }
      }
    },

    async open(kind: MediaKind, { mediaKey, directPath }: MediaPart): Promise<Buffer> {
      const file = files.get(directPath ?? "")
      if (file === undefined || !mediaKey) throw new Error(`There is no file ${directPath}.`)
      const { iv, cipherKey, macKey } = await keysOf(mediaKey, kind)
      const sealed = file.subarray(0, -MAC_BYTES)
      const mac = createHmac("sha256", macKey).update(iv).update(sealed).digest()
      if (!mac.subarray(0, MAC_BYTES).equals(file.subarray(-MAC_BYTES))) {
        throw new Error(`The file ${directPath} is not what its sender sealed.`)
      }
      const decipher = createDecipheriv("aes-256-cbc", cipherKey, iv)
      return Buffer.concat([decipher.update(sealed), decipher.final()])
    },
  }
}

async function keysOf(mediaKey: Uint8Array, kind: MediaKind) {
  const { iv, cipherKey, macKey } = await getMediaKeys(mediaKey, KEY_TYPES[kind])
  if (macKey === undefined) throw new Error("A media key has no part for the HMAC.")
  return { iv, cipherKey, macKey }
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest()
}
