// What an operator should know and nobody else tells, as sentences in `status`.

import type { Clock } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { NoticeStore } from "../store/store.ts"
import { createThrottle } from "./throttle.ts"

/** What happens to many messages at once is told once in this time. */
const TOGETHER_MS = 60_000
const HOUR_MS = 3_600_000

export interface Notices {
  add(text: string): void
  /** So many messages came too late to be answered. */
  expired(count: number): void
  /** Resolves when everything is written down. */
  stop(): Promise<void>
}

export function createNotices(parts: {
  readonly notices: NoticeStore
  readonly clock: Clock
  readonly log: Logger
  readonly inboundMaxAgeMs: number
}): Notices {
  const { clock, log } = parts
  const writing = new Set<Promise<void>>()
  const lateNews = createThrottle(clock, () => TOGETHER_MS, tellExpired)
  let late = 0

  function add(text: string): void {
    const written = write(text).finally(() => writing.delete(written))
    writing.add(written)
  }

  async function write(text: string): Promise<void> {
    try {
      await parts.notices.add({ ts: clock.now(), text })
    } catch (error) {
      log.warn("could not write a notice down", { error })
    }
  }

  function tellExpired(): void {
    if (late === 0) return
    const hours = Math.round(parts.inboundMaxAgeMs / HOUR_MS)
    const messages = late === 1 ? "1 message was" : `${late} messages were`
    late = 0
    add(`${messages} older than ${hours} hours and not answered.`)
  }

  return {
    add,
    expired(count) {
      late += count
      lateNews.request()
    },
    async stop() {
      lateNews.stop()
      tellExpired()
      await Promise.all(writing)
    },
  }
}
