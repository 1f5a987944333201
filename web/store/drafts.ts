// What is being typed, per session. It survives a reload, a lost connection and a failed send.

import { type Signal, signal } from "@preact/signals"
import type { Storage } from "./storage.ts"

export interface Drafts {
  /** The same signal for the same session. */
  of(sessionKey: string): Signal<string>
  write(sessionKey: string, text: string): void
  /** From now on drafts are kept here; what was typed in this page stays, what was kept elsewhere goes. */
  moveTo(storage: Storage): void
}

export function createDrafts(initial: Storage): Drafts {
  let storage = initial
  const drafts = new Map<string, Signal<string>>()
  const typed = new Set<string>()

  function of(sessionKey: string): Signal<string> {
    const known = drafts.get(sessionKey)
    if (known !== undefined) return known
    const draft = signal(storage.read(keyOf(sessionKey)) ?? "")
    drafts.set(sessionKey, draft)
    return draft
  }

  function write(sessionKey: string, text: string): void {
    typed.add(sessionKey)
    of(sessionKey).value = text
    if (text === "") storage.remove(keyOf(sessionKey))
    else storage.write(keyOf(sessionKey), text)
  }

  return {
    of,
    write,
    moveTo(next) {
      storage = next
      for (const [sessionKey, draft] of drafts) {
        if (typed.has(sessionKey)) write(sessionKey, draft.value)
        else draft.value = storage.read(keyOf(sessionKey)) ?? ""
      }
    },
  }
}

const keyOf = (sessionKey: string) => `draft:${sessionKey}`
