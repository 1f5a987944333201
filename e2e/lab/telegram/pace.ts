// The service's own patience, for labs that want it: messages to one chat too close after each other are
// refused with 429.

import { Refusal } from "./refusal.ts"

export type Pace = ReturnType<typeof createPace>

export function createPace({ now }: { readonly now: () => number }) {
  const lastAt = new Map<number, number>()
  let intervalMs = 0

  return {
    /** Between two messages to one chat; 0 takes whatever comes. */
    set(ms: number): void {
      intervalMs = ms
    },

    admit(chatId: number): void {
      const waitMs = (lastAt.get(chatId) ?? -intervalMs) + intervalMs - now()
      if (waitMs <= 0) {
        lastAt.set(chatId, now())
        return
      }
      const retryAfter = Math.ceil(waitMs / 1_000)
      const description = `Too Many Requests: retry after ${retryAfter}`
      throw new Refusal(429, description, { retry_after: retryAfter })
    },
  }
}
