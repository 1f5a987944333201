// Files from wherever they come: the web, this machine, a channel. Each passes the gate that belongs to it and
// becomes a file of the media folder; only such a file is sent, shown or given to the agent.

import type { LookupAddress } from "node:dns"
import type { FileHandle } from "node:fs/promises"
import { GatewayError, shuttingDown } from "#protocol"
import type { Clock } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { MediaRecord, MediaStore } from "../store/store.ts"
import { abortable, rejectedBy } from "./abortable.ts"
import { isPublicAddress } from "./address.ts"
import { refused, tooLarge, unavailable } from "./failure.ts"
import { toFileName } from "./file-name.ts"
import { endingOf, toMimeType } from "./file-type.ts"
import { createGuardedFetch, type GuardedFetch } from "./guarded-fetch.ts"
import { createMediaFolder, type FileWords, type MediaFolder } from "./media-folder.ts"
import { createPathGate, type PathGate } from "./path-gate.ts"
import { createTranscribe } from "./transcribe.ts"

export interface MediaTimings {
  /** From the first byte asked for to the last on disk. */
  readonly mediaFetchMs: number
  readonly transcribeMs: number
}

export interface MediaParts {
  /** Absolute, as all paths here. */
  readonly folder: string
  /** The agent's working directory: what lies there may be sent. */
  readonly workspace: string
  /** Other folders whose files may be sent. */
  readonly roots: readonly string[]
  /** Folders and files of which nothing else may be sent. */
  readonly secret: readonly string[]
  readonly maxBytes: number
  readonly allowHosts: readonly string[]
  /** A program that makes text of a voice note, and its arguments. */
  readonly transcribe: readonly string[] | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly lookup: (host: string) => Promise<readonly LookupAddress[]>
  readonly store: MediaStore
  readonly clock: Clock
  readonly log: Logger
  readonly timings: MediaTimings
}

/** What a `mediaUrl` or a line of an answer names. */
export type MediaSource =
  | { readonly kind: "web"; readonly url: URL }
  | { readonly kind: "path"; readonly path: string }

export interface Media extends Pick<MediaFolder, "read" | "has" | "expire"> {
  readonly maxBytes: number
  /** Removes what a crash left unfinished. Never rejects: a folder that fails shows with the next file. */
  start(): Promise<void>
  get(mediaId: string): Promise<MediaRecord | undefined>
  /** Copies a file in, within `mediaFetchMs`. Rejects with a GatewayError that names `mediaUrl` where the request is to blame. */
  obtain(source: MediaSource): Promise<MediaRecord>
  /** Writes a file that a channel brings; see `MediaFolder.save`. */
  save(
    stream: AsyncIterable<Uint8Array>,
    words: FileWords,
    signal: AbortSignal,
  ): Promise<MediaRecord>
  /** A file's name and type as they may be shown, by what a stranger says of it. */
  describe(words: FileWords): { readonly name: string; readonly mimeType: string }
  /** What is said in it; undefined if no program is there to tell, or it fails. */
  transcribe(file: MediaRecord, signal: AbortSignal): Promise<string | undefined>
  /** Ends what is under way. */
  stop(): void
}

export function createMedia(parts: MediaParts): Media {
  const { clock, log, store, timings } = parts
  const stopping = new AbortController()
  const folder = createMediaFolder(parts)
  // Made when they are needed: what they go by may change while the gateway runs.
  const fetchGuarded: GuardedFetch = (url, signal) =>
    createGuardedFetch({ ...parts, isPublic: isPublicAddress })(url, signal)
  const openPath: PathGate = (path) =>
    createPathGate({
      own: [parts.workspace, parts.folder],
      roots: parts.roots,
      secret: parts.secret,
    })(path)

  function save(
    stream: AsyncIterable<Uint8Array>,
    words: FileWords,
    signal: AbortSignal,
  ): Promise<MediaRecord> {
    const ending = AbortSignal.any([signal, stopping.signal])
    return told(ending, folder.save(abortable(stream, ending), words, ending))
  }

  async function obtain(source: MediaSource): Promise<MediaRecord> {
    const over = new AbortController()
    const timer = clock.after(timings.mediaFetchMs, () => over.abort(late()))
    const ending = AbortSignal.any([stopping.signal, over.signal])
    try {
      if (source.kind === "path") return await told(ending, copy(source.path, ending))
      const { body, mimeType, name } = await told(ending, fetchGuarded(source.url, ending))
      return await save(body, { mimeType, name }, ending)
    } finally {
      timer.cancel()
      // A body that nobody reads to its end would keep its connection.
      over.abort(late())
    }
  }

  async function copy(path: string, signal: AbortSignal): Promise<MediaRecord> {
    const handle = await openInTime(path, signal)
    try {
      if ((await handle.stat()).size > parts.maxBytes) throw tooLarge(parts.maxBytes)
      const stream = handle.createReadStream({ autoClose: false })
      return await save(stream, { name: path }, signal)
    } finally {
      await handle.close()
    }
  }

  /** Looking at a path may take for ever where a disk is another machine's. */
  async function openInTime(path: string, signal: AbortSignal): Promise<FileHandle> {
    const opening = openPath(path)
    try {
      return await Promise.race([opening, rejectedBy(signal)])
    } catch (error) {
      opening
        .then((handle) => handle.close())
        .catch((late: unknown) => log.debug("a file was not opened", { error: late }))
      throw error
    }
  }

  return {
    get maxBytes() {
      return parts.maxBytes
    },
    async start() {
      try {
        await folder.prepare()
      } catch (error) {
        log.error("the media folder cannot be used", { error })
      }
    },
    get: (mediaId) => store.get(mediaId),
    read: folder.read,
    has: folder.has,
    expire: folder.expire,
    obtain,
    save,
    describe({ mimeType: given, name }) {
      const mimeType = toMimeType(given, { head: new Uint8Array(), name })
      return { mimeType, name: toFileName(name, endingOf(mimeType)) }
    },
    async transcribe(file, signal) {
      const command = parts.transcribe
      if (command === undefined) return undefined
      try {
        const { environment } = parts
        const timeoutMs = timings.transcribeMs
        const transcribe = createTranscribe({ command, environment, clock, timeoutMs })
        return await transcribe(file.path, AbortSignal.any([signal, stopping.signal]))
      } catch (error) {
        log.warn("a voice note was not transcribed", { error })
        return undefined
      }
    },
    stop: () => stopping.abort(shuttingDown()),
  }
}

/** Throws for what is neither an address of the web without a password nor an absolute path. */
export function readMediaSource(text: string): MediaSource {
  if (text.startsWith("/") && !text.startsWith("//")) return { kind: "path", path: text }
  const url = URL.parse(text)
  const isWeb = url !== null && /^https?:$/.test(url.protocol) && /^https?:\/\//i.test(text)
  if (!isWeb || url.username !== "" || url.password !== "") {
    throw refused(
      "only http(s) without a password, or the absolute path of a file that may be sent",
      "unsupported",
    )
  }
  return { kind: "web", url }
}

/** What fails because it was told to end says why it was. */
async function told<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    if (!signal.aborted) throw error
    throw signal.reason instanceof GatewayError ? signal.reason : late()
  }
}

function late(): GatewayError {
  return unavailable("The file did not come in time.", { retryable: true })
}
