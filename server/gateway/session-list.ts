// The list of sessions as clients see it: in the health snapshot, page by page, and one row at a time when
// it changes.

import { type HealthSnapshot, invalidRequest, type SessionRow } from "#protocol"
import type { Clock } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { ListedSession, SessionStore } from "../store/store.ts"
import { createThrottle, type Throttle } from "./throttle.ts"

const RECENT = 5

export interface SessionListTimings {
  /** The shortest time between two events about one session. */
  readonly sessionMinIntervalMs: number
}

export interface SessionList {
  summary(): Promise<HealthSnapshot["sessions"]>
  /** Newest first; the cursor leads to what comes behind. */
  page(options: {
    readonly limit: number
    readonly cursor: string | undefined
  }): Promise<{ sessions: SessionRow[]; cursor?: string }>
  /** Undefined if there is no such session. */
  row(sessionKey: string): Promise<SessionRow | undefined>
  /** Something of the session's row changed. */
  changed(sessionKey: string): void
  /** The session is gone. */
  deleted(sessionKey: string): void
  stop(): void
}

export interface SessionListParts {
  readonly sessions: SessionStore
  /** Where the store is, for people. */
  readonly path: () => string
  readonly clock: Clock
  readonly log: Logger
  readonly timings: SessionListTimings
  readonly isBusy: (sessionKey: string) => boolean
  readonly announce: (news: { session: SessionRow } | { deleted: string }) => void
}

export function createSessionList(parts: SessionListParts): SessionList {
  const { clock, log, sessions, timings } = parts
  /** News of these sessions wait for more of the same. */
  const pending = new Map<string, Throttle>()

  async function row(sessionKey: string): Promise<SessionRow | undefined> {
    const session = await sessions.listed(sessionKey)
    return session && toRow(session, parts.isBusy(sessionKey))
  }

  async function announce(sessionKey: string): Promise<void> {
    try {
      const session = await row(sessionKey)
      if (session !== undefined) parts.announce({ session })
    } catch (error) {
      log.debug("could not announce a session", { error })
    }
  }

  function settled(sessionKey: string): void {
    pending.get(sessionKey)?.stop()
    pending.delete(sessionKey)
  }

  return {
    async summary() {
      const [count, recent] = await Promise.all([sessions.count(), sessions.recent(RECENT)])
      const now = clock.now()
      return {
        path: parts.path(),
        count,
        recent: recent.map(({ key, updatedAt }) => ({
          key,
          updatedAt,
          ageMs: Math.max(0, now - updatedAt),
        })),
      }
    },
    async page({ cursor, limit }) {
      const after = cursor === undefined ? undefined : fromCursor(cursor)
      // One more than is given tells whether there is anything behind.
      const found = await sessions.list({ limit: limit + 1, after })
      const given = found.slice(0, limit)
      const last = given.at(-1)
      return {
        sessions: given.map((session) => toRow(session, parts.isBusy(session.key))),
        ...(last !== undefined && found.length > limit && { cursor: toCursor(last) }),
      }
    },
    row,
    changed(sessionKey) {
      const known = pending.get(sessionKey)
      const throttle =
        known ??
        createThrottle(
          clock,
          () => timings.sessionMinIntervalMs,
          () => {
            settled(sessionKey)
            void announce(sessionKey)
          },
        )
      pending.set(sessionKey, throttle)
      throttle.request()
    },
    deleted(sessionKey) {
      settled(sessionKey)
      parts.announce({ deleted: sessionKey })
    },
    stop() {
      for (const sessionKey of pending.keys()) settled(sessionKey)
    },
  }
}

/** A place in the order, not a row: it holds while sessions come, move to the front and go. */
function toCursor({ key, updatedAt }: ListedSession): string {
  return `${updatedAt}:${key}`
}

function fromCursor(cursor: string): { updatedAt: number; key: string } {
  const [, time, key] = /^(\d{1,15}):(.+)$/.exec(cursor) ?? []
  if (time === undefined || key === undefined) {
    throw invalidRequest("cursor: is not one that sessions.list gave")
  }
  return { updatedAt: Number(time), key }
}

function toRow(session: ListedSession, running: boolean): SessionRow {
  const { channel, key, sessionId, thinking, title, unread, updatedAt } = session
  return {
    key,
    sessionId,
    channel,
    updatedAt,
    unread,
    running,
    ...(title !== undefined && { title }),
    ...(thinking !== undefined && { thinking }),
  }
}
