// A stream that ends when it is told to, even if whoever brings it never answers again.

/** Gives what `stream` gives. After `signal` aborts it throws the reason of that. */
export async function* abortable<Chunk>(
  stream: AsyncIterable<Chunk>,
  signal: AbortSignal,
): AsyncGenerator<Chunk> {
  const over = new AbortController()
  const aborted = rejectedBy(signal, over.signal)
  const source = stream[Symbol.asyncIterator]()
  let isAtEnd = false
  try {
    for (;;) {
      const { done, value } = await Promise.race([source.next(), aborted])
      isAtEnd = done === true
      if (isAtEnd) return
      yield value
    }
  } finally {
    over.abort()
    // Not awaited: one that hangs in `next` would hang here as well.
    if (!isAtEnd) source.return?.().catch(() => undefined)
  }
}

/** Rejects with the reason when `signal` aborts, and does not resolve; `until` says that nobody waits any more. */
export function rejectedBy(signal: AbortSignal, until?: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  // It may abort while nobody waits.
  promise.catch(() => undefined)
  const abort = () => reject(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener("abort", abort, { once: true })
  until?.addEventListener("abort", () => signal.removeEventListener("abort", abort), { once: true })
  return promise
}
