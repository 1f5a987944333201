// Whether the conversations that unsent entries are for are there still: one may have been deleted while
// no page of this browser was open. Until that is known, nothing is sent to them.

import { MAIN_SESSION } from "#protocol"
import type { OutboxEntry } from "./outbox-entry.ts"

export interface Homes {
  /** Asks for each of them, and calls back for each that is no more. */
  check(entries: readonly OutboxEntry[], gone: (sessionKey: string) => void): void
  /** What is being asked is not known. */
  isUnknown(sessionKey: string): boolean
  /** The answers will not come any more. */
  stop(): void
}

interface HomesParts {
  /** False also when that cannot be found out: then sending says how it is. */
  readonly isGone: (sessionKey: string) => Promise<boolean>
  /** Something may be sent now. */
  readonly settled: () => void
}

export function createHomes({ isGone, settled }: HomesParts): Homes {
  const asking = new Map<string, symbol>()

  async function ask(sessionKey: string, gone: (sessionKey: string) => void): Promise<void> {
    const question = Symbol(sessionKey)
    asking.set(sessionKey, question)
    const answer = await isGone(sessionKey)
    if (asking.get(sessionKey) !== question) return
    asking.delete(sessionKey)
    if (answer) gone(sessionKey)
    settled()
  }

  return {
    check(entries, gone) {
      // The main one is always there, and one that has not begun begins with what is sent.
      const begins = new Set(
        entries.flatMap((entry) => (entry.begins === true ? entry.sessionKey : [])),
      )
      const keys = new Set(
        entries.flatMap(({ sessionKey, state }) => (state.at === "accepted" ? [] : sessionKey)),
      )
      for (const sessionKey of keys) {
        if (sessionKey !== MAIN_SESSION && !begins.has(sessionKey)) void ask(sessionKey, gone)
      }
    },
    isUnknown: (sessionKey) => asking.has(sessionKey),
    stop: () => asking.clear(),
  }
}
