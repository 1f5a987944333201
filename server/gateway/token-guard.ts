// Makes guessing the token slow without ever refusing the right one (rule T8). There is one budget for all
// clients, for behind a tunnel or a proxy all of them look alike.

import { LIMITS } from "#protocol"
import type { Clock } from "../host/clock.ts"

export interface TokenGuardTimings {
  /** So many wrong tokens within this time make the gateway careful, and this long without one trusting again. */
  readonly wrongTokensWindowMs: number
  /** How long every hello waits to be judged meanwhile. */
  readonly wrongTokenDelayMs: number
}

export interface TokenGuard {
  noteWrong(): void
  /** How long the next hello must wait to be judged; usually 0. */
  readonly delayMs: number
}

export function createTokenGuard(clock: Clock, timings: TokenGuardTimings): TokenGuard {
  /** When the latest wrong ones came, oldest first; no more than are needed to judge. */
  let latest: number[] = []
  let careful = false

  return {
    noteWrong() {
      const now = clock.monotonic()
      latest = [...latest, now].slice(-LIMITS.maxWrongTokens)
      const [oldest = now] = latest
      const isBurst = now - oldest < timings.wrongTokensWindowMs
      if (latest.length === LIMITS.maxWrongTokens && isBurst) careful = true
    },
    get delayMs() {
      const last = latest.at(-1)
      if (careful && last !== undefined) {
        careful = clock.monotonic() - last < timings.wrongTokensWindowMs
      }
      return careful ? timings.wrongTokenDelayMs : 0
    },
  }
}
