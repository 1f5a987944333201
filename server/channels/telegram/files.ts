// Fetches the files that people send. The address of a file holds the token and lasts for an hour, so it
// is asked for each time and stands in no error.

import * as v from "valibot"
import { GatewayError } from "#protocol"
import type { Clock } from "../../host/clock.ts"
import type { ChannelTimings, InboundMedia } from "../channel.ts"
import { MAX_DOWNLOAD_BYTES, Reference } from "./attachment.ts"
import type { BotApi } from "./bot-api.ts"
import { type Failure, TelegramError, toFailure } from "./failure.ts"
import { unsent } from "./send-error.ts"
import type { Download } from "./transport.ts"

const Located = v.object({
  // One on the disk of a Bot API server that runs with --local cannot be fetched from it.
  file_path: v.pipe(v.string(), v.regex(/^(?!\/)(?!.*(?:^|\/)\.\.?(?:\/|$)).+$/)),
  file_size: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
})

export interface FileParts {
  readonly api: BotApi
  readonly clock: Clock
  readonly timings: ChannelTimings
}

/** As `Channel.fetchMedia`; it ends in time, whether or not somebody reads. */
export async function fetchFile(
  { api, clock, timings }: FileParts,
  media: InboundMedia,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const reference = v.safeParse(Reference, media.reference)
  if (!reference.success) throw unavailable("Its reference is damaged.")
  const late = new AbortController()
  const ending = AbortSignal.any([signal, late.signal])
  const timer = clock.after(timings.mediaTimeoutMs, () => late.abort())
  try {
    const options = { timeoutMs: timings.requestTimeoutMs, signal: ending }
    const answer = await api.call("getFile", { file_id: reference.output.fileId }, options)
    const located = v.safeParse(Located, answer)
    if (!located.success) throw unavailable("The answer names none that can be fetched.")
    const { file_path, file_size } = located.output
    if ((file_size ?? 0) > MAX_DOWNLOAD_BYTES) throw tooLarge()
    const download = await api.download(file_path, ending)
    if (download.status !== 200) throw unavailable(`It was answered with ${download.status}.`)
    return read(download, file_size, () => timer.cancel())
  } catch (error) {
    timer.cancel()
    // What is left unread would keep its connection.
    late.abort()
    throw error instanceof TelegramError ? toFetchError(error.failure) : error
  }
}

async function* read(
  { body }: Download,
  announced: number | undefined,
  ended: () => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  try {
    for await (const chunk of body) {
      bytes += chunk.length
      if (bytes > (announced ?? MAX_DOWNLOAD_BYTES)) throw tooLarge()
      yield chunk
    }
    if (announced !== undefined && bytes < announced) throw unavailable("It came incomplete.")
  } catch (error) {
    throw error instanceof GatewayError ? error : toFetchError(toFailure(error))
  } finally {
    ended()
  }
}

function toFetchError(failure: Failure): GatewayError {
  if (failure.kind !== "refused") {
    return unsent("not_connected", `The file could not be fetched: ${failure.cause}.`)
  }
  const { code, description, retryAfterMs } = failure
  if (code === 429) {
    return unsent("rate_limited", "Telegram gives out no more files for now.", retryAfterMs)
  }
  if (code === 401) return unsent("not_connected", "Telegram rejected the bot token.")
  return /too big/i.test(description) ? tooLarge() : unavailable(`${description}.`)
}

function unavailable(why: string): GatewayError {
  const message = `Telegram does not have the file any more. ${why}`
  const options = { reason: "media_unavailable", retryable: false } as const
  return new GatewayError("UNAVAILABLE", message, options)
}

function tooLarge(): GatewayError {
  const message = "The file is larger than the 20 MB that Telegram gives a bot."
  const options = { reason: "media_too_large", retryable: false } as const
  return new GatewayError("UNAVAILABLE", message, options)
}
