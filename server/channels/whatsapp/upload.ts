// Brings a file that is sent to where the service keeps files, encrypted as media.ts describes.
//
// The library would do it too, but nobody listens when its temporary file cannot be written or the file
// cannot be read, so that a full disk would end the process. It is given what is uploaded already, as if
// it had sent the same file before.

import { createCipheriv, createHash, createHmac, randomBytes, randomUUID } from "node:crypto"
import { type FileHandle, open, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type * as Baileys from "@whiskeysockets/baileys"
import type { AnyMessageContent, WAMediaUploadFunction } from "@whiskeysockets/baileys"
import { GatewayError } from "#protocol"
import { deriveKeys, KEY_BYTES, MAC_BYTES } from "./media.ts"

const KINDS = ["image", "video", "audio", "document"] as const
type Kind = (typeof KINDS)[number]

export interface UploadParts {
  readonly library: Pick<typeof Baileys, "getAudioDuration" | "proto">
  readonly upload: WAMediaUploadFunction
}

export interface Uploaded {
  readonly content: AnyMessageContent
  /** What the library asks for a file that it has uploaded before. */
  readonly mediaCache: Baileys.CacheStore
}

/** Undefined for what brings no file. Rejects with a GatewayError of reason `storage` where the temporary folder fails. */
export async function uploadFile(
  content: AnyMessageContent,
  parts: UploadParts,
): Promise<Uploaded | undefined> {
  const found = findFile(content)
  if (found === undefined) return undefined
  const { kind, path } = found
  const temporary = join(tmpdir(), `clawdis-${randomUUID()}`)
  try {
    const encrypted = await encrypt(path, temporary, kind)
    const { directPath, mediaUrl } = await parts.upload(temporary, {
      fileEncSha256B64: encrypted.fileEncSha256.toString("base64"),
      mediaType: kind,
    })
    const words = { url: mediaUrl, directPath, ...encrypted }
    const { Message } = parts.library.proto
    const bytes = Message.encode(Message.fromObject({ [`${kind}Message`]: words })).finish()
    const seconds = kind === "audio" ? await secondsOf(path, parts) : undefined
    return {
      content: seconds === undefined ? content : { ...content, seconds },
      mediaCache: {
        get: <Value>() => bytes as Value,
        set: () => undefined,
        del: () => undefined,
        flushAll: () => undefined,
      },
    }
  } finally {
    await rm(temporary, { force: true })
  }
}

function findFile(content: AnyMessageContent): { kind: Kind; path: string } | undefined {
  for (const kind of KINDS) {
    const file: unknown = Reflect.get(content, kind)
    const url: unknown = typeof file === "object" && file !== null && Reflect.get(file, "url")
    if (url instanceof URL) return { kind, path: fileURLToPath(url) }
  }
  return undefined
}

async function encrypt(path: string, temporary: string, kind: Kind) {
  const source = await open(path)
  try {
    const target = await onDisk(() => open(temporary, "wx", 0o600))
    try {
      return await encryptInto(target, source, kind)
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

async function encryptInto(target: FileHandle, source: FileHandle, kind: Kind) {
  const mediaKey = randomBytes(KEY_BYTES)
  const { cipherKey, iv, macKey } = deriveKeys(kind, mediaKey)
  const cipher = createCipheriv("aes-256-cbc", cipherKey, iv)
  const mac = createHmac("sha256", macKey).update(iv)
  const hash = createHash("sha256")
  const encryptedHash = createHash("sha256")
  let fileLength = 0

  async function write(bytes: Uint8Array): Promise<void> {
    encryptedHash.update(bytes)
    await onDisk(() => target.writeFile(bytes))
  }

  for await (const chunk of source.createReadStream({ autoClose: false })) {
    const plain = chunk as Buffer
    fileLength += plain.length
    hash.update(plain)
    const bytes = cipher.update(plain)
    mac.update(bytes)
    await write(bytes)
  }
  const last = cipher.final()
  mac.update(last)
  await write(last)
  await write(mac.digest().subarray(0, MAC_BYTES))
  return {
    mediaKey,
    mediaKeyTimestamp: Math.floor(Date.now() / 1_000),
    fileLength,
    fileSha256: hash.digest(),
    fileEncSha256: encryptedHash.digest(),
  }
}

/** A sound whose length cannot be told is sent all the same. */
async function secondsOf(path: string, { library }: UploadParts): Promise<number | undefined> {
  const seconds = await library.getAudioDuration(path).catch(() => undefined)
  return seconds === undefined ? undefined : Math.round(seconds)
}

async function onDisk<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    throw new GatewayError("UNAVAILABLE", "The temporary folder failed; the file was not sent.", {
      cause,
      reason: "storage",
      retryable: true,
    })
  }
}
