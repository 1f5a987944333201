// Whose turn it is: one at a time in each lane, in the order of asking, different lanes side by side.

export interface Lanes {
  /** How many have entered or wait to enter. */
  readonly busy: number
  /** Resolves with what ends the turn, which must be called; or with undefined if `signal` aborted first. */
  enter(lane: string, signal: AbortSignal): Promise<(() => void) | undefined>
}

export function createLanes(): Lanes {
  const ends = new Map<string, Promise<void>>()
  let busy = 0

  return {
    get busy() {
      return busy
    },
    async enter(lane, signal) {
      const before = ends.get(lane)
      const own = Promise.withResolvers<void>()
      // Whoever leaves the line early must not let the next one pass those that still stand before it.
      const end = Promise.all([before, own.promise]).then(() => {
        if (ends.get(lane) === end) ends.delete(lane)
      })
      ends.set(lane, end)
      busy += 1
      const leave = () => {
        busy -= 1
        own.resolve()
      }
      if (before !== undefined) await settledOrAborted(before, signal)
      if (!signal.aborted) return leave
      leave()
      return undefined
    },
  }
}

/** Resolves when `promise` settles or `signal` aborts, whichever is first. Never rejects. */
export function settledOrAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      signal.removeEventListener("abort", done)
      resolve()
    }
    signal.addEventListener("abort", done)
    promise.then(done, done)
  })
}
