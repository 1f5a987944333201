// Somebody whose messages cannot be decrypted, one after the other, costs more for each than all others
// together: every one is tried with every session and asked for again. Beyond some a minute the rest of
// theirs are refused unread until the minute is over, so that other chats go on. Groups are never: what
// one member sends is no fault of the others.

import type { Clock } from "../../host/clock.ts"
import type { Logger } from "../../host/logger.ts"
import { readPersonJid, toPersonId } from "./jid.ts"

const MAX_FAILURES = 40
const MINUTE_MS = 60_000
const MAX_PEOPLE = 1_000

export interface Storms {
  /** A message from there could not be decrypted. */
  failed(jid: string): void
  /** Whether what comes from there is not even tried for now. */
  rages(jid: string): boolean
}

export function createStorms(clock: Clock, log: Logger): Storms {
  const people = new Map<string, { failures: number; readonly until: number }>()

  function find(id: string) {
    const known = people.get(id)
    if (known === undefined || known.until > clock.monotonic()) return known
    people.delete(id)
    return undefined
  }

  function begin(id: string) {
    const begun = { failures: 0, until: clock.monotonic() + MINUTE_MS }
    people.set(id, begun)
    const [oldest] = people.keys()
    if (people.size > MAX_PEOPLE && oldest !== undefined) people.delete(oldest)
    return begun
  }

  return {
    failed(jid) {
      const id = idOf(jid)
      if (id === undefined) return
      const storm = find(id) ?? begin(id)
      storm.failures += 1
      if (storm.failures === MAX_FAILURES) {
        log.warn("somebody's messages cannot be decrypted and are not tried for a minute")
      }
    },
    rages(jid) {
      const id = idOf(jid)
      return id !== undefined && (find(id)?.failures ?? 0) >= MAX_FAILURES
    },
  }
}

function idOf(jid: string): string | undefined {
  const person = readPersonJid(jid)
  return person && toPersonId(person)
}
