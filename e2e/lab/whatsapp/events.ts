// Everything that happens in the lab, as one stream. Waiting means listening to it, never polling.

import type { Read, Received, Typing } from "./records.ts"

export type LabEvent =
  | { readonly type: "received"; readonly lid: string; readonly message: Received }
  | { readonly type: "typing"; readonly typing: Typing }
  | { readonly type: "read"; readonly read: Read }
  | { readonly type: "link"; readonly state: string }
  | { readonly type: "change" }

export type WaitOptions = {
  /** A hang detector: the wait itself ends with the event. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export class DeadlineError extends Error {}

export type Events = ReturnType<typeof createEvents>

const HANG_MS = 15_000

export function createEvents() {
  const listeners = new Set<(event: LabEvent) => void>()

  function watch(listener: (event: LabEvent) => void): () => void {
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }

  return {
    watch,

    emit(event: LabEvent): void {
      for (const listener of [...listeners]) listener(event)
    },

    /** Looks now and after every event, until `look` finds something; rejects at the deadline. */
    waitFor<T>(
      look: () => T | undefined | null | false,
      { timeoutMs = HANG_MS, signal }: WaitOptions = {},
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
