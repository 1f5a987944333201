// Every wait of a client ends: with a value, at a deadline, or when its user has enough.

export interface WaitOptions {
  readonly signal: AbortSignal
  /** Missing means as long as it takes. */
  readonly timeoutMs?: number
  readonly onTimeout?: () => Error
}

/** What `promise` gives; rejects with the signal's reason when it aborts, and at the deadline. */
export function waitFor<Value>(promise: Promise<Value>, options: WaitOptions): Promise<Value> {
  const { signal, timeoutMs, onTimeout } = options
  return new Promise((resolve, reject) => {
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => end(() => reject(onTimeout?.() ?? new Error("timed out"))), timeoutMs)
    const abort = (): void => end(() => reject(signal.reason))
    function end(settle: () => void): void {
      clearTimeout(timer)
      signal.removeEventListener("abort", abort)
      settle()
    }
    promise.then(
      (value) => end(() => resolve(value)),
      (error) => end(() => reject(error)),
    )
    if (signal.aborted) abort()
    else signal.addEventListener("abort", abort)
  })
}
