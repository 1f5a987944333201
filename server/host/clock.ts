// Time as a part that is passed in, so that tests decide when it passes.

export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Wall clock, milliseconds since 1970. May jump; only for what people see and what is stored. */
  now(): number
  /** Milliseconds that only ever grow. For deadlines and ages within one process. */
  monotonic(): number
  /** Calls `action` once, after `delayMs` (0 to 2^31 - 1). Does not keep the process alive. */
  after(delayMs: number, action: () => void): Timer
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs)
    timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
}

/** Resolves after `delayMs`, or at once when `signal` aborts. Never rejects. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const timer = clock.after(delayMs, done)
    function done(): void {
      timer.cancel()
      signal?.removeEventListener("abort", done)
      resolve()
    }
    signal?.addEventListener("abort", done)
  })
}
