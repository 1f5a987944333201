// The files of a message that came in: fetched from the service into the media folder before the turn begins.
// One that cannot be had is said to be missing, and the turn goes on.

import { randomUUID } from "node:crypto"
import type { Part } from "#protocol"
import type { Channel, InboundMedia, InboundMessage } from "../channels/channel.ts"
import type { Clock } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { Media } from "../media/media.ts"
import type { MediaRecord } from "../store/store.ts"
import { toPart } from "./attachments.ts"
import type { Channels } from "./channels.ts"

/** More files than people send at once are not fetched. */
const MAX_FILES = 10

export interface CollectMediaTimings {
  /** All files of a message, from the first byte asked for to the last on disk. */
  readonly inboundMediaMs: number
}

export interface CollectMediaParts {
  readonly channels: Channels
  readonly media: Media
  readonly clock: Clock
  readonly log: Logger
  readonly timings: CollectMediaTimings
}

export interface CollectedMedia {
  /** What the agent is given. */
  readonly records: readonly MediaRecord[]
  /** What the conversation shows. */
  readonly parts: readonly Part[]
  /** What the envelope says of the files, each in a line. */
  readonly lines: readonly string[]
}

/** What came with it, and with what it answers. */
export function filesOf({ media = [], quoted }: InboundMessage): readonly InboundMedia[] {
  return [...media, ...(quoted?.media ?? [])]
}

/** Never rejects. */
export type CollectMedia = (message: InboundMessage, signal: AbortSignal) => Promise<CollectedMedia>

export function createCollectMedia(parts: CollectMediaParts): CollectMedia {
  const { channels, clock, log, media, timings } = parts

  return async (message, signal) => {
    const files = filesOf(message)
    const channel = channels.get(message.channel)?.channel
    const over = new AbortController()
    const timer = clock.after(timings.inboundMediaMs, () => over.abort())
    const signals = { fetching: AbortSignal.any([signal, over.signal]), stopped: signal }
    const collected = await Promise.all(
      files.map((file, index) => collect(index < MAX_FILES ? channel : undefined, file, signals)),
    )
    timer.cancel()
    return {
      records: collected.flatMap(({ record }) => (record === undefined ? [] : [record])),
      parts: collected.map(({ part }) => part),
      lines: collected.flatMap(({ lines }) => lines),
    }
  }

  async function collect(
    channel: Channel | undefined,
    file: InboundMedia,
    { fetching, stopped }: { fetching: AbortSignal; stopped: AbortSignal },
  ): Promise<{ record?: MediaRecord; part: Part; lines: string[] }> {
    const record = await fetchOne(channel, file, fetching)
    if (record === undefined) {
      const { mimeType, name } = media.describe(file)
      const bytes = file.bytes ?? 0
      const mediaId = randomUUID()
      return {
        part: { type: "attachment", mediaId, name, mimeType, bytes, state: "unavailable" },
        lines: [`${file.kind} ${name} (media unavailable)`],
      }
    }
    const said = file.kind === "voice" ? await media.transcribe(record, stopped) : undefined
    return {
      record,
      part: toPart(record),
      lines: [
        `${file.kind} ${record.name}: ${record.path}`,
        ...(said === undefined ? [] : [`transcript of ${record.name}: ${said}`]),
      ],
    }
  }

  async function fetchOne(
    channel: Channel | undefined,
    file: InboundMedia,
    signal: AbortSignal,
  ): Promise<MediaRecord | undefined> {
    try {
      if (channel?.fetchMedia === undefined) return undefined
      if ((file.bytes ?? 0) > media.maxBytes) return undefined
      return await media.save(fetchFrom(channel, file, signal), file, signal)
    } catch (error) {
      log.warn("a file of a message could not be had", { kind: file.kind, error })
      return undefined
    }
  }
}

/** The asking counts as part of the stream, so that what ends the one ends the other. */
async function* fetchFrom(
  channel: Channel,
  file: InboundMedia,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  yield* (await channel.fetchMedia?.(file, signal)) ?? []
}
