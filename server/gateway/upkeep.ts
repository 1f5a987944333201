// What is done from time to time, away from everybody's way: forgetting what has expired, copying the state.

import { type Clock, pause } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"

/** The first round comes soon after the start, but not during it. */
const FIRST_SHARE = 1 / 60

export interface UpkeepParts {
  readonly clock: Clock
  readonly log: Logger
  readonly timings: { readonly upkeepEveryMs: number }
  /** By what the log calls them. One that fails keeps no other from being done. */
  readonly tasks: Readonly<Record<string, () => Promise<void>>>
}

export interface Upkeep {
  start(): void
  /** Resolves when nothing of it works any more. */
  stop(): Promise<void>
}

export function createUpkeep({ clock, log, tasks, timings }: UpkeepParts): Upkeep {
  const stopping = new AbortController()
  let working: Promise<void> | undefined

  async function work(): Promise<void> {
    await pause(clock, timings.upkeepEveryMs * FIRST_SHARE, stopping.signal)
    while (!stopping.signal.aborted) {
      await doAll()
      await pause(clock, timings.upkeepEveryMs, stopping.signal)
    }
  }

  async function doAll(): Promise<void> {
    for (const [task, run] of Object.entries(tasks)) {
      if (stopping.signal.aborted) return
      try {
        await run()
      } catch (error) {
        log.warn("a task of upkeep failed", { task, error })
      }
    }
  }

  return {
    start() {
      working ??= work()
    },
    async stop() {
      stopping.abort()
      await working
    },
  }
}
