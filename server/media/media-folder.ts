// The folder of files: what came with messages, and copies of what is sent. A file is whole and known to the
// store, or it is not there.

import { randomUUID } from "node:crypto"
import { constants } from "node:fs"
import { type FileHandle, open, readdir, rename, stat, unlink } from "node:fs/promises"
import { join } from "node:path"
import { GatewayError } from "#protocol"
import type { Clock } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import { makeFolder } from "../host/make-folder.ts"
import type { MediaRecord, MediaStore } from "../store/store.ts"
import { tooLarge, unavailable } from "./failure.ts"
import { toFileName } from "./file-name.ts"
import { endingOf, SNIFFED_BYTES, toMimeType } from "./file-type.ts"

const UNFINISHED = ".part"

export interface MediaFolderParts {
  /** Absolute. */
  readonly folder: string
  readonly maxBytes: number
  readonly store: MediaStore
  readonly clock: Clock
  readonly log: Logger
}

/** What is said of a file by whoever it comes from. */
export interface FileWords {
  readonly name?: string | undefined
  readonly mimeType?: string | undefined
}

export interface MediaFolder {
  /** Makes the folder, private to us, and removes what a crash left unfinished. */
  prepare(): Promise<void>
  /**
   * Writes a file. Rejects with `media_too_large` past the limit, `media_unavailable` for nothing at all,
   * `storage` when the disk fails, or with what the stream fails with; nothing is left then.
   */
  save(
    stream: AsyncIterable<Uint8Array>,
    words: FileWords,
    signal: AbortSignal,
  ): Promise<MediaRecord>
  /** A piece of a file; undefined when the file is gone. */
  read(
    file: MediaRecord,
    piece: { readonly offset: number; readonly length: number },
  ): Promise<Uint8Array | undefined>
  has(file: Pick<MediaRecord, "path">): Promise<boolean>
  /** Removes the files that were saved before. */
  expire(before: number): Promise<void>
}

export function createMediaFolder(parts: MediaFolderParts): MediaFolder {
  const { clock, folder, log, store } = parts

  async function save(
    stream: AsyncIterable<Uint8Array>,
    words: FileWords,
    signal: AbortSignal,
  ): Promise<MediaRecord> {
    const mediaId = randomUUID()
    const unfinished = join(folder, `${mediaId}${UNFINISHED}`)
    let path = unfinished
    try {
      const { bytes, head } = await write(unfinished, stream, signal)
      const mimeType = toMimeType(words.mimeType, { head, name: words.name })
      const ending = endingOf(mimeType)
      const finished = join(folder, `${mediaId}${ending}`)
      await onDisk(() => rename(unfinished, finished))
      path = finished
      await onDisk(() => syncFolder(folder))
      const record = { mediaId, path, mimeType, name: toFileName(words.name, ending), bytes }
      await store.add(record, clock.now())
      return record
    } catch (error) {
      await remove(path)
      throw error
    }
  }

  async function write(
    path: string,
    stream: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<{ bytes: number; head: Uint8Array }> {
    const handle = await onDisk(() => open(path, "wx", 0o600))
    let bytes = 0
    let head: Uint8Array = new Uint8Array()
    try {
      for await (const chunk of stream) {
        signal.throwIfAborted()
        bytes += chunk.byteLength
        if (bytes > parts.maxBytes) throw tooLarge(parts.maxBytes)
        if (head.byteLength < SNIFFED_BYTES) {
          head = Buffer.concat([head, chunk.subarray(0, SNIFFED_BYTES)])
        }
        await onDisk(() => handle.writeFile(chunk))
      }
      signal.throwIfAborted()
      if (bytes === 0) throw unavailable("The file is empty.", { retryable: false })
      await onDisk(() => handle.sync())
      return { bytes, head }
    } finally {
      await handle.close()
    }
  }

  async function remove(path: string): Promise<void> {
    try {
      await unlink(path)
    } catch (error) {
      if (!isMissing(error)) log.warn("could not remove a file", { error })
    }
  }

  /** A file of ours that the store does not know: its save was cut before anybody heard of it. */
  async function isLeftOver(name: string): Promise<boolean> {
    const [mediaId = "", ending] = name.split(".")
    if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(mediaId)) return false
    return `.${ending}` === UNFINISHED || (await store.get(mediaId)) === undefined
  }

  return {
    async prepare() {
      makeFolder(folder, 0o700)
      for (const name of await readdir(folder)) {
        if (await isLeftOver(name)) await remove(join(folder, name))
      }
    },
    save,
    async read({ path }, { length, offset }) {
      let handle: FileHandle
      try {
        handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
      } catch (error) {
        if (isMissing(error)) return undefined
        throw diskFailed(error)
      }
      try {
        const piece = new Uint8Array(length)
        const { bytesRead } = await onDisk(() => handle.read(piece, 0, piece.byteLength, offset))
        return piece.subarray(0, bytesRead)
      } finally {
        await handle.close()
      }
    },
    async has({ path }) {
      try {
        return (await stat(path)).isFile()
      } catch (error) {
        if (isMissing(error)) return false
        throw diskFailed(error)
      }
    },
    async expire(before) {
      for (const { path } of await store.takeExpired(before)) await remove(path)
    },
  }
}

/** The rename itself is on disk only then. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function onDisk<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw diskFailed(error)
  }
}

function diskFailed(cause: unknown): GatewayError {
  return new GatewayError("UNAVAILABLE", "The disk failed; the file was not kept.", {
    cause,
    reason: "storage",
    retryable: true,
  })
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT"
}
