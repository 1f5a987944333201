// The entries as this tab knows them, and their copies in the storage that all tabs share. The storage
// holds what the gateway may not have yet; an entry that it does not hold is here because it could not
// be kept, or because the gateway has it and only its row has not come.

import { type ReadonlySignal, signal } from "@preact/signals"
import type { Clock } from "../gateway.ts"
import { type EntryState, type OutboxEntry, resume } from "./outbox-entry.ts"
import type { OutboxStorage } from "./outbox-storage.ts"

export interface EntryList {
  readonly entries: ReadonlySignal<readonly OutboxEntry[]>
  readonly unkept: ReadonlySignal<boolean>
  find(key: string): OutboxEntry | undefined
  /** It was here and is no more. */
  isGone(key: string): boolean
  /** Later than the time of every known entry. */
  nextTime(): number
  /** Adds it or puts it in the place of the one with its key, here only. */
  set(entry: OutboxEntry): void
  /** Here only. Nothing if there is no such entry. */
  setState(key: string, state: EntryState): OutboxEntry | undefined
  /** What was under way is not any more. */
  resumeAll(): void
  /** Takes them out, here only; each may come again. */
  forget(keys: readonly string[]): void
  /** Takes them out for good, here only, and says which of them there were. */
  drop(keys: readonly string[]): readonly OutboxEntry[]
  /** Resolves when it is in the storage, or cannot be. */
  keep(entry: OutboxEntry): Promise<void>
  unkeep(entries: readonly OutboxEntry[]): void
  /** The entries of this gateway from now on. */
  belongTo(gatewayId: string): void
  /** Takes in what is kept: other tabs may have added or removed some unheard. */
  load(): Promise<void>
}

/** Keys of which it is remembered that they have left: no late word brings one of them back. */
const MAX_GONE = 5_000

export function createEntryList(storage: OutboxStorage, clock: Clock): EntryList {
  const entries = signal<readonly OutboxEntry[]>([])
  const unkept = signal(false)
  const unkeptKeys = new Set<string>()
  const gone = new Set<string>()
  let owner: string | undefined
  let lastTime = 0

  const find = (key: string) => entries.peek().find((entry) => entry.key === key)

  function replace(next: readonly OutboxEntry[]): void {
    entries.value = next.toSorted((a, b) => a.createdAt - b.createdAt)
  }

  function without(keys: readonly string[]): readonly OutboxEntry[] {
    const leaving = new Set(keys)
    const taken = entries.peek().filter(({ key }) => leaving.has(key))
    if (taken.length > 0) entries.value = entries.peek().filter(({ key }) => !leaving.has(key))
    return taken
  }

  async function keep(entry: OutboxEntry): Promise<void> {
    if (owner === undefined) return
    if (await storage.put(owner, entry)) unkeptKeys.delete(entry.key)
    else {
      unkeptKeys.add(entry.key)
      unkept.value = true
    }
  }

  function unkeep(leaving: readonly OutboxEntry[]): void {
    if (owner !== undefined && leaving.length > 0) void storage.remove(owner, leaving)
  }

  async function load(): Promise<void> {
    const loaded = owner
    if (loaded === undefined) return
    const before = new Set(entries.peek().map(({ key }) => key))
    const found = await storage.load(loaded)
    // What cannot be read now may be there all the same: nothing is taken off the list.
    if (found === undefined || owner !== loaded) return
    unkeep(found.filter(({ key }) => gone.has(key)))
    const kept = new Map(found.filter(({ key }) => !gone.has(key)).map((row) => [row.key, row]))
    const known = entries
      .peek()
      .filter(
        ({ key, state }) =>
          kept.has(key) || unkeptKeys.has(key) || state.at === "accepted" || !before.has(key),
      )
      .map((entry) => ({ ...(kept.get(entry.key) ?? entry), state: entry.state }))
    const knownKeys = new Set(entries.peek().map(({ key }) => key))
    const fresh = [...kept.values()]
      .filter(({ key }) => !knownKeys.has(key))
      .map((entry) => resume(entry, clock.now()))
    replace([...known, ...fresh])
  }

  return {
    entries,
    unkept,
    find,
    isGone: (key) => gone.has(key),
    nextTime() {
      const newest = entries.peek().at(-1)?.createdAt ?? 0
      lastTime = Math.max(clock.now(), lastTime + 1, newest + 1)
      return lastTime
    },
    set(entry) {
      replace([...entries.peek().filter(({ key }) => key !== entry.key), entry])
    },
    setState(key, state) {
      const before = find(key)
      if (before === undefined) return undefined
      const entry = { ...before, state }
      entries.value = entries.peek().map((other) => (other === before ? entry : other))
      return entry
    },
    resumeAll() {
      entries.value = entries.peek().map((entry) => resume(entry, clock.now()))
    },
    forget: (keys) => without(keys),
    drop(keys) {
      for (const key of keys) {
        gone.add(key)
        unkeptKeys.delete(key)
      }
      for (const oldest of gone) {
        if (gone.size <= MAX_GONE) break
        gone.delete(oldest)
      }
      return without(keys)
    },
    keep,
    unkeep,
    belongTo(gatewayId) {
      // What was written before anybody answered is for whoever does; what was for another one is not.
      const own = owner === undefined ? entries.peek() : []
      owner = gatewayId
      entries.value = own
      for (const entry of own) {
        unkeptKeys.add(entry.key)
        void keep(entry)
      }
    },
    load,
  }
}
