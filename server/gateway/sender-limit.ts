// How many runs one sender may start in a while: two bots that answer each other stop here.

import type { Clock } from "../host/clock.ts"

export interface RunsPerSender {
  readonly count: number
  readonly minutes: number
}

export interface SenderLimits {
  readonly runsPerSender: RunsPerSender
}

export interface SenderLimit {
  isReached(channel: string, senderId: string): boolean
  /** A run of this sender begins. */
  note(channel: string, senderId: string): void
  /** Whether the sender was not reported since their runs were last within the limit. */
  isNews(channel: string, senderId: string): boolean
}

interface Recent {
  /** When their runs began, oldest first; no more than the limit. */
  readonly runs: number[]
  reportedAt?: number
}

const MINUTE_MS = 60_000
/** As many senders are remembered before those who have been silent are forgotten. */
const MAX_SENDERS = 10_000
const KEPT_SENDERS = 9_000

/** The limit is read each time: it can change. */
export function createSenderLimit(clock: Clock, limits: SenderLimits): SenderLimit {
  const senders = new Map<string, Recent>()

  function recentOf(channel: string, senderId: string): Recent {
    const name = `${channel}:${senderId}`
    const recent = senders.get(name) ?? { runs: [] }
    while (recent.runs.length > 0 && isPast(recent.runs[0])) recent.runs.shift()
    senders.set(name, recent)
    if (senders.size > MAX_SENDERS) forgetSilent()
    return recent
  }

  function isPast(at: number | undefined): boolean {
    return at === undefined || clock.monotonic() - at >= limits.runsPerSender.minutes * MINUTE_MS
  }

  function forgetSilent(): void {
    for (const [name, { reportedAt, runs }] of senders) {
      if (isPast(runs.at(-1)) && isPast(reportedAt)) senders.delete(name)
    }
    // All of them wrote just now: whoever was first loses the count, not everybody the messages.
    for (const name of senders.keys()) {
      if (senders.size <= KEPT_SENDERS) break
      senders.delete(name)
    }
  }

  return {
    isReached: (channel, senderId) =>
      recentOf(channel, senderId).runs.length >= limits.runsPerSender.count,
    note(channel, senderId) {
      const { runs } = recentOf(channel, senderId)
      runs.push(clock.monotonic())
      while (runs.length > limits.runsPerSender.count) runs.shift()
    },
    isNews(channel, senderId) {
      const recent = recentOf(channel, senderId)
      if (!isPast(recent.reportedAt)) return false
      recent.reportedAt = clock.monotonic()
      return true
    },
  }
}
