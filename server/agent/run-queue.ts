// Whose turn it is: runs of one session one after the other, in order; different sessions side by side up
// to a limit; and only so many waiting requests (rule A4).

import type { RunRecord } from "../store/store.ts"

const MAX_QUEUED_PER_SESSION = 50
const MAX_QUEUED = 200

/** A run that has begun. */
export interface RunningWork {
  /** Resolves when it has ended, whatever came of it; never rejects. */
  readonly done: Promise<void>
}

export interface RunQueue<Work extends RunningWork> {
  add(record: RunRecord): void
  /** More may run at a time than before: begins what may begin now. */
  beginWaiting(): void
  /** Takes waiting runs out again. */
  remove(sessionKey: string, chosen: (record: RunRecord) => boolean): readonly RunRecord[]
  active(sessionKey: string): Work | undefined
  readonly allActive: readonly Work[]
  readonly waitingCount: number
  isBusy(sessionKey: string): boolean
  isFull(sessionKey: string): boolean
  /** A request on its way to the disk counts as waiting until the returned function is called. */
  reserve(sessionKey: string): () => void
  /** Nothing begins any more; gives what waited. */
  close(): readonly RunRecord[]
  readonly closed: boolean
}

export interface RunQueueParts<Work extends RunningWork> {
  readonly maxConcurrent: number
  readonly begin: (record: RunRecord) => Work
  /** The session's row changed: something waits, or has ended. */
  readonly changed: (sessionKey: string) => void
  /** A session has nothing to do any more. */
  readonly idle: () => void
}

interface Session<Work> {
  readonly waiting: RunRecord[]
  active: Work | undefined
}

export function createRunQueue<Work extends RunningWork>(
  parts: RunQueueParts<Work>,
): RunQueue<Work> {
  const sessions = new Map<string, Session<Work>>()
  const reserved = new Map<string, number>()
  let activeCount = 0
  let closed = false

  function sessionOf(key: string): Session<Work> {
    const known = sessions.get(key)
    if (known !== undefined) return known
    const session: Session<Work> = { waiting: [], active: undefined }
    sessions.set(key, session)
    return session
  }

  function beginNext(): void {
    for (const [key, session] of sessions) {
      if (closed || activeCount >= parts.maxConcurrent) return
      if (session.active !== undefined) continue
      const next = session.waiting.shift()
      if (next === undefined) {
        sessions.delete(key)
        parts.idle()
        continue
      }
      activeCount += 1
      const work = parts.begin(next)
      session.active = work
      void work.done.then(() => {
        session.active = undefined
        activeCount -= 1
        // Whoever had a turn comes after those who wait for one.
        sessions.delete(key)
        sessions.set(key, session)
        parts.changed(key)
        beginNext()
      })
    }
  }

  function waitingCount(): number {
    let count = 0
    for (const session of sessions.values()) count += session.waiting.length
    return count
  }

  return {
    add(record) {
      sessionOf(record.sessionKey).waiting.push(record)
      parts.changed(record.sessionKey)
      beginNext()
    },
    beginWaiting: beginNext,
    remove(sessionKey, chosen) {
      const waiting = sessions.get(sessionKey)?.waiting ?? []
      const removed = waiting.filter(chosen)
      for (const record of removed) waiting.splice(waiting.indexOf(record), 1)
      return removed
    },
    active: (sessionKey) => sessions.get(sessionKey)?.active,
    get allActive() {
      return [...sessions.values()].flatMap((session) => session.active ?? [])
    },
    get waitingCount() {
      return waitingCount()
    },
    isBusy: (sessionKey) => sessions.has(sessionKey),
    isFull(sessionKey) {
      const waiting = sessions.get(sessionKey)?.waiting.length ?? 0
      if (waiting + (reserved.get(sessionKey) ?? 0) >= MAX_QUEUED_PER_SESSION) return true
      let count = waitingCount()
      for (const reservations of reserved.values()) count += reservations
      return count >= MAX_QUEUED
    },
    reserve(sessionKey) {
      reserved.set(sessionKey, (reserved.get(sessionKey) ?? 0) + 1)
      return () => {
        const left = (reserved.get(sessionKey) ?? 0) - 1
        if (left > 0) reserved.set(sessionKey, left)
        else reserved.delete(sessionKey)
      }
    },
    get closed() {
      return closed
    },
    close() {
      closed = true
      return [...sessions.values()].flatMap((session) => session.waiting.splice(0))
    },
  }
}
