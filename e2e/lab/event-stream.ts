// What happens in a lab, as one stream. Waiting means listening to it, never polling.

export type WaitOptions = {
  /** A hang detector: the wait itself ends with the event. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export class DeadlineError extends Error {}

/** `hangMs` is how long a wait may take that does not say otherwise. */
export function createEventStream<Event>({ hangMs }: { readonly hangMs: number }) {
  const listeners = new Set<(event: Event) => void>()

  function watch(listener: (event: Event) => void): () => void {
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }

  return {
    watch,

    emit(event: Event): void {
      for (const listener of [...listeners]) listener(event)
    },

    /** Looks now and after every event, until `look` finds something; rejects at the deadline. */
    waitFor<T>(
      look: () => T | undefined | null | false,
      { timeoutMs = hangMs, signal }: WaitOptions = {},
    ): Promise<T> {
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      const attempt = () => {
        try {
          const found = look()
          if (found !== undefined && found !== null && found !== false) end(() => resolve(found))
        } catch (error) {
          end(() => reject(error))
        }
      }
      const abort = () => end(() => reject(signal?.reason))
      const timer = setTimeout(
        () => end(() => reject(new DeadlineError(`Nothing came within ${timeoutMs} ms.`))),
        timeoutMs,
      )
      const unwatch = watch(attempt)
      const end = (settle: () => void) => {
        clearTimeout(timer)
        unwatch()
        signal?.removeEventListener("abort", abort)
        settle()
      }
      signal?.addEventListener("abort", abort, { once: true })
      if (signal?.aborted) abort()
      else attempt()
      return promise
    },
  }
}
