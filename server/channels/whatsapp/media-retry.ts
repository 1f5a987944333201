// A file that its host has forgotten, as it does after some weeks. The owner's phone may still have it, and
// uploads it again when a linked device asks.

import * as v from "valibot"
import type { Clock } from "../../host/clock.ts"
import type { Logger } from "../../host/logger.ts"
import type { Connection } from "./outgoing.ts"

/** What a reference holds for asking again: how the service calls its message, and the key of the file. */
const Asked = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({
    key: v.string(),
    message: v.object({
      id: v.string(),
      remoteJid: v.string(),
      fromMe: v.boolean(),
      participant: v.exactOptional(v.string()),
    }),
  }),
)

const DIRECT_PATH = /^\/[!-~]{1,4095}$/

export interface RetryParts {
  readonly clock: Clock
  readonly log: Logger
  /** How long the phone has to answer. */
  readonly waitMs: number
}

/** The reference of the file where it is now; undefined where it cannot be had again. Never rejects. */
export async function askAgain(
  { clock, log, waitMs }: RetryParts,
  { socket, ended }: Connection,
  reference: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const asked = v.safeParse(Asked, reference)
  if (!asked.success) return undefined
  const { key, message } = asked.output
  const late = new AbortController()
  const timer = clock.after(waitMs, () => late.abort())
  try {
    const over = AbortSignal.any([signal, ended, late.signal])
    const directPath = await socket.requestMedia(message, Buffer.from(key, "base64"), over)
    if (directPath === undefined || !DIRECT_PATH.test(directPath)) return undefined
    const { url: _, ...rest } = asked.output
    return JSON.stringify({ ...rest, directPath })
  } catch (error) {
    log.debug("a file was not uploaded again", { error: String(error) })
    return undefined
  } finally {
    timer.cancel()
  }
}
