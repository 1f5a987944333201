// The queue of updates for the bot. An update stays until an offset above it confirms it, so a client
// that dies before confirming gets it again. At most one poll waits; a new one ends the old one.

import { Refusal } from "./refusal.ts"

export type PollOptions = {
  readonly offset: number
  readonly limit: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

type Queued = {
  readonly id: number
  /** Kept as text, so that odd numbers reach the bot exactly as they were written. */
  readonly text: string
  /** Pushed by hand: delivered at least once, even when an offset is already past its id. */
  owed: boolean
}

type Waiting = {
  readonly limit: number
  readonly answer: (texts: string[]) => void
  readonly refuse: (reason: unknown) => void
}

export type Updates = ReturnType<typeof createUpdates>

const CONFLICT =
  "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"

export function createUpdates({
  onChange,
  firstId = 1001,
}: {
  onChange: () => void
  firstId?: number
}) {
  let queue: Queued[] = []
  let nextId = firstId
  let waiting: Waiting | null = null

  function enqueue(entry: Queued): void {
    queue.push(entry)
    waiting?.answer(take(waiting.limit))
    onChange()
  }

  function take(limit: number): string[] {
    const batch = queue.slice(0, limit)
    for (const entry of batch) entry.owed = false
    return batch.map(({ text }) => text)
  }

  function confirm(offset: number): void {
    if (offset > 0) queue = queue.filter(({ id, owed }) => id >= offset || owed)
    if (offset < 0) queue = queue.slice(offset)
  }

  /** Ends the waiting poll with an error. Says whether there was one. */
  function interrupt(reason: unknown): boolean {
    const ended = waiting !== null
    waiting?.refuse(reason)
    return ended
  }

  return {
    interrupt,

    get polling(): boolean {
      return waiting !== null
    },

    get pendingIds(): number[] {
      return queue.map(({ id }) => id)
    },

    /** Gives the next id without queueing anything: for what the bot did not ask to hear. */
    skip(): number {
      nextId += 1
      return nextId - 1
    },

    push<T extends object>(content: T): T & { readonly update_id: number } {
      const update = { update_id: nextId, ...content }
      nextId += 1
      enqueue({ id: update.update_id, text: JSON.stringify(update), owed: false })
      return update
    },

    /** Queues JSON text as it is. Without a numeric `update_id` of its own it counts as the next one. */
    pushText(text: string): void {
      const { update_id: given } = Object(JSON.parse(text)) as { update_id?: unknown }
      const id = typeof given === "number" ? given : nextId
      if (Number.isSafeInteger(id) && id >= nextId) nextId = id + 1
      enqueue({ id, text, owed: true })
    },

    drop(): void {
      queue = []
      onChange()
    },

    poll({ offset, limit, timeoutMs, signal }: PollOptions): Promise<string[]> {
      interrupt(new Refusal(409, CONFLICT))
      confirm(offset)
      onChange()
      if (queue.length > 0 || timeoutMs === 0) return Promise.resolve(take(limit))

      const { promise, resolve, reject } = Promise.withResolvers<string[]>()
      const abort = () => own.refuse(signal.reason)
      const timer = setTimeout(() => own.answer([]), timeoutMs)
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener("abort", abort)
        if (waiting === own) waiting = null
        onChange()
      }
      const own: Waiting = {
        limit,
        answer(texts) {
          end()
          resolve(texts)
        },
        refuse(reason) {
          end()
          reject(reason)
        },
      }
      waiting = own
      signal.addEventListener("abort", abort, { once: true })
      if (signal.aborted) abort()
      else onChange()
      return promise
    },
  }
}
