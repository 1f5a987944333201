// A stream that ends when it is told to, even if whoever brings it never answers again.

/** Gives what `stream` gives. After `signal` aborts it throws the reason of that. */
export async function* abortable<Chunk>(
  stream: AsyncIterable<Chunk>,
  signal: AbortSignal,
): AsyncGenerator<Chunk> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  // It may abort while nobody waits.
  aborted.catch(() => undefined)
  if (signal.aborted) abort()
  signal.addEventListener("abort", abort, { once: true })
  const source = stream[Symbol.asyncIterator]()
  let over = false
  try {
    for (;;) {
      const { done, value } = await Promise.race([source.next(), aborted])
      over = done === true
      if (over) return
      yield value
    }
  } finally {
    signal.removeEventListener("abort", abort)
    // Not awaited: one that hangs in `next` would hang here as well.
    if (!over) source.return?.().catch(() => undefined)
  }
}
