// Something that is done every so often, one time after the other, until it is stopped.

import { type Clock, pause } from "../host/clock.ts"

export interface Rounds {
  /** The first time comes after one interval. Does nothing after `stop`. */
  start(): void
  /** Resolves when nothing of it works any more. */
  stop(): Promise<void>
}

/** `work` must not reject. */
export function createRounds(parts: {
  readonly clock: Clock
  readonly everyMs: number
  readonly work: () => Promise<void>
}): Rounds {
  const stopping = new AbortController()
  let working: Promise<void> | undefined

  async function goRound(): Promise<void> {
    for (;;) {
      await pause(parts.clock, parts.everyMs, stopping.signal)
      if (stopping.signal.aborted) return
      await parts.work()
    }
  }

  return {
    start() {
      working ??= goRound()
    },
    async stop() {
      stopping.abort()
      await working
    },
  }
}
