// Everything that happens in the lab, as one stream. Waiting means listening to it, never polling.

import type { Entity, Message } from "./messages.ts"

export type UploadedFile = { readonly name: string; readonly bytes: Buffer }

export type Call = {
  /** Counts from 1 in the order in which complete requests arrived. */
  readonly order: number
  readonly atMs: number
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly files: Readonly<Record<string, UploadedFile>>
  /** The fault that met this call, if one did. */
  fault: string | null
}

export type Draft = {
  readonly chatId: number
  readonly draftId: number
  readonly text: string
  readonly entities?: readonly Entity[]
}
export type Action = { readonly chatId: number; readonly action: string }

export type LabEvent =
  | { readonly type: "call"; readonly call: Call }
  | { readonly type: "answered"; readonly call: Call }
  | { readonly type: "sent"; readonly message: Message }
  | { readonly type: "edited"; readonly message: Message }
  | { readonly type: "deleted"; readonly message: Message }
  | { readonly type: "action"; readonly action: Action }
  | { readonly type: "draft"; readonly draft: Draft }
  | { readonly type: "updates" }

export type WaitOptions = {
  /** A hang detector: the wait itself ends with the event. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export class DeadlineError extends Error {}

export type Events = ReturnType<typeof createEvents>

const HANG_MS = 10_000

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
