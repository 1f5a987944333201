// The list of sessions as clients see it: in the health snapshot, and one row at a time when it changes.

import type { HealthSnapshot, SessionRow } from "#protocol"
import type { Clock } from "../host/clock.ts"
import type { Logger } from "../host/logger.ts"
import type { SessionRecord, SessionStore } from "../store/store.ts"

const RECENT = 5

export interface SessionList {
  summary(): Promise<HealthSnapshot["sessions"]>
  /** Something of the session's row changed. */
  changed(sessionKey: string): void
}

export interface SessionListParts {
  readonly sessions: SessionStore
  /** Where the store is, for people. */
  readonly path: () => string
  readonly clock: Clock
  readonly log: Logger
  readonly isBusy: (sessionKey: string) => boolean
  readonly announce: (session: SessionRow) => void
}

export function createSessionList(parts: SessionListParts): SessionList {
  const { clock, log, sessions } = parts

  async function announce(sessionKey: string): Promise<void> {
    try {
      const session = await sessions.get(sessionKey)
      if (session !== undefined) parts.announce(toRow(session, parts.isBusy(sessionKey)))
    } catch (error) {
      log.debug("could not announce a session", { error })
    }
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
    changed: (sessionKey) => void announce(sessionKey),
  }
}

function toRow(session: SessionRecord, running: boolean): SessionRow {
  const { channel, key, sessionId, title, updatedAt } = session
  return { key, sessionId, channel, updatedAt, running, ...(title !== undefined && { title }) }
}
