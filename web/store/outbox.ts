// What was sent in this browser and the gateway has not yet shown to have. An entry is kept before it
// is sent and until the gateway has it; all tabs show it, and one of them sends.

import type { ReadonlySignal } from "@preact/signals"
import type { Clock, Requests } from "../gateway.ts"
import type { TabGroup, Tabs } from "../tabs.ts"
import {
  type EntryState,
  isEntry,
  type OutboxEntry,
  type OutgoingFile,
  resume,
  type SentEntry,
  toMoved,
} from "./outbox-entry.ts"
import { createHomes } from "./outbox-homes.ts"
import { createEntryList } from "./outbox-list.ts"
import { type AcceptedRun, createSender, type RunEnd } from "./outbox-sender.ts"
import type { OutboxStorage } from "./outbox-storage.ts"
import { decodeTabMessage, type TabMessage } from "./outbox-tabs.ts"
import type { Storage } from "./storage.ts"

export type { OutboxEntry, OutgoingFile, RunEnd }

export interface OutboxParts {
  readonly gateway: Requests
  readonly clock: Clock
  readonly createKey: () => string
  readonly storage: OutboxStorage
  readonly tabs: Tabs
  /** Whether the conversation is the one on the screen. */
  readonly isShown: (sessionKey: string) => boolean
  /** Whether nobody has begun the conversation, as far as is known. */
  readonly isNew: (sessionKey: string) => boolean
  /** Whether the gateway has no such conversation; false also when that cannot be found out. */
  readonly isGone: (sessionKey: string) => Promise<boolean>
  readonly on: {
    accepted(run: AcceptedRun): void
    ended(end: RunEnd): void
    /** These are in the outbox, or were; of those that were, only the key is told. */
    taken(sent: readonly SentEntry[]): void
  }
}

export interface Draft {
  readonly sessionKey: string
  readonly text: string
  readonly files?: readonly OutgoingFile[]
  readonly retryOf?: string
  /** The draft's own: however often it is added, also in two tabs, it is one message. */
  readonly key?: string
}

export interface Outbox {
  readonly entries: ReadonlySignal<readonly OutboxEntry[]>
  /** True once something could not be kept: it is lost if its tab is closed before it was sent. */
  readonly unkept: ReadonlySignal<boolean>
  /**
   * Takes a message over: resolves when it is kept, or when it turned out that it cannot be; until then
   * only the caller has it. False: there is nothing to send.
   */
  add(draft: Draft): Promise<boolean>
  /** A failed, waiting or uncertain entry goes out now, under its old key. */
  resend(key: string): void
  discard(key: string): void
  /** Two entries that have not left take each other's place in the order. */
  swap(key: string, other: string): void
  /**
   * The conversation was deleted. What has not left for it goes with it if that was this person's wish;
   * else it stands in the main one, until the person has decided.
   */
  sessionGone(sessionKey: string, options: { readonly isOwnWish: boolean }): void
  /** It was looked for in the conversation, and is not there. */
  missing(key: string): void
  /** Messages with these keys are on the gateway. */
  arrived(keys: readonly string[]): void
  /** The gateway answers: whatever has not arrived is sent, here or in the tab that leads. */
  connected(): void
  disconnected(): void
  /** Whose entries these are from now on. Those that an earlier version of the page kept are taken over. */
  belongTo(gatewayId: string, legacy: Storage): void
  stop(): void
}

export function createOutbox(parts: OutboxParts): Outbox {
  const { clock, on } = parts
  const list = createEntryList(parts.storage, clock)
  const { entries, find } = list
  const adding = new Map<string, Promise<boolean>>()
  /** Where no tab leads, each sends its own and what it found, and not what it hears of. */
  const othersKeys = new Set<string>()
  /** Under way when their conversation was deleted. */
  const orphans = new Set<string>()
  let gatewayId: string | undefined
  let group: TabGroup | undefined
  let isConnected = false
  let isLeading = false
  let giveUpLead: (() => void) | undefined

  const tell = (message: TabMessage) => group?.tell(message)

  const sender = createSender({
    gateway: parts.gateway,
    clock,
    entries: () =>
      entries
        .peek()
        .filter(({ key, sessionKey }) => !othersKeys.has(key) && !homes.isUnknown(sessionKey)),
    leaves(entry) {
      if (entry.sentAt === undefined) {
        const sent = { ...entry, sentAt: clock.now() }
        list.set(sent)
        void list.keep(sent)
      }
      change(entry.key, { at: "sending" })
    },
    change,
    accepted(run) {
      tell({ kind: "accepted", run })
      on.accepted(run)
    },
    ended(end) {
      tell({ kind: "ended", end })
      on.ended(end)
    },
  })

  const homes = createHomes({ isGone: parts.isGone, settled: sender.pump })

  /** A state that this tab brought about. */
  function change(key: string, state: EntryState): void {
    const entry = list.setState(key, state)
    // Also of one that has arrived here meanwhile: another tab may not have heard of it.
    tell({ kind: "state", key, state })
    if (entry === undefined) return
    // Whatever else it is, the next page begins with it anew.
    if (state.at === "failed" || state.at === "uncertain") void list.keep(entry)
    if (state.at === "accepted") list.unkeep([entry])
    const hasSettled = state.at === "failed" || state.at === "accepted"
    if (hasSettled && orphans.delete(key) && state.at === "failed") moveAway(entry)
  }

  /** Its conversation was deleted: it stands in the main one, until the person has decided. */
  function moveAway(entry: OutboxEntry): void {
    const moved = toMoved(entry)
    const hasWords = moved.text !== "" || moved.files !== undefined
    if (hasWords) {
      void list.keep(moved)
      publish(moved)
    }
    discard([entry.key])
  }

  /** New, or to be sent again: here and in all tabs. */
  function publish(entry: OutboxEntry): void {
    list.set(entry)
    tell({ kind: "put", entry })
    on.taken([entry])
    sender.pump()
  }

  function drop(keys: readonly string[]): readonly OutboxEntry[] {
    for (const key of keys) {
      sender.cancel(key)
      othersKeys.delete(key)
      orphans.delete(key)
    }
    const dropped = list.drop(keys)
    on.taken(keys.map((key) => ({ key })))
    sender.pump()
    return dropped
  }

  function discard(keys: readonly string[]): void {
    list.unkeep(drop(keys))
    tell({ kind: "removed", keys })
  }

  /**
   * What the gateway accepted is in the history of its conversation, which is asked for when it is shown:
   * the event that tells of its message may have come before this page was connected.
   */
  function leaveToHistory(leaving: readonly OutboxEntry[]): void {
    const elsewhere = leaving.filter(
      ({ sessionKey, state }) => state.at === "accepted" && !parts.isShown(sessionKey),
    )
    list.forget(elsewhere.map(({ key }) => key))
  }

  async function take({ files = [], retryOf, sessionKey, text }: Draft, key: string) {
    const entry: OutboxEntry = {
      key,
      sessionKey,
      text,
      createdAt: list.nextTime(),
      ...(files.length > 0 && { files }),
      ...(retryOf !== undefined && { retryOf }),
      ...(parts.isNew(sessionKey) && { begins: true }),
      state: { at: "queued" },
    }
    await list.keep(entry)
    if (find(key) === undefined && !list.isGone(key)) publish(entry)
    return true
  }

  async function takeOver(legacy: Storage): Promise<void> {
    for (const entry of decodeLegacy(legacy.read(LEGACY_KEY))) {
      if (list.isGone(entry.key) || find(entry.key) !== undefined) continue
      const moved = { ...resume(entry, clock.now()), createdAt: list.nextTime() }
      await list.keep(moved)
      publish(moved)
    }
    legacy.remove(LEGACY_KEY)
  }

  function lead(): void {
    const led = group
    giveUpLead?.()
    giveUpLead = led?.lead(() => {
      // Whoever led before may have left some of them half done.
      void list.load().then(() => {
        if (group !== led || !isConnected) return
        isLeading = true
        list.resumeAll()
        homes.check(entries.peek(), (gone) => sessionGone(gone, { isOwnWish: false }))
        sender.start()
      })
    })
  }

  function hear(data: unknown): void {
    const message = decodeTabMessage(data)
    switch (message?.kind) {
      case "put":
        heardOf(message.entry)
        return
      case "state": {
        const entry = list.setState(message.key, message.state)
        if (entry !== undefined) leaveToHistory([entry])
        sender.pump()
        return
      }
      case "accepted":
        on.accepted(message.run)
        return
      case "removed":
        drop(message.keys)
        return
      case "ended":
        on.ended(message.end)
        return
      case "hello":
        tellStates()
        return
      case undefined:
        return
      default:
        message satisfies never
    }
  }

  function heardOf(entry: OutboxEntry): void {
    const { key } = entry
    if (list.isGone(key)) {
      // Sent in two tabs at once: it has arrived by the other one.
      tell({ kind: "removed", keys: [key] })
      list.unkeep([entry])
      return
    }
    const known = find(key)
    if (isLeading && known?.state.at === "sending") return
    if (group?.choosesOne === false && known === undefined) othersKeys.add(key)
    sender.cancel(key)
    list.set(entry)
    on.taken([entry])
    sender.pump()
  }

  function sessionGone(sessionKey: string, { isOwnWish }: { readonly isOwnWish: boolean }): void {
    for (const entry of entries.peek().filter((each) => each.sessionKey === sessionKey)) {
      if (entry.state.at === "accepted") continue
      // It has left, and begins the conversation anew if the gateway takes it.
      if (entry.state.at === "sending") orphans.add(entry.key)
      // The deleting tab's word holds for what another one has moved meanwhile.
      else if (isOwnWish) discard([entry.key, toMoved(entry).key])
      else moveAway(entry)
    }
  }

  /** A tab that was just opened knows only what is kept. */
  function tellStates(): void {
    if (!isLeading) return
    for (const { key, state } of entries.peek()) {
      if (state.at !== "queued") tell({ kind: "state", key, state })
    }
  }

  return {
    entries,
    unkept: list.unkept,
    add(draft) {
      const { files = [], text } = draft
      const isEmpty = text.trim() === "" && files.length === 0 && draft.retryOf === undefined
      if (isEmpty) return Promise.resolve(false)
      const key = draft.key ?? parts.createKey()
      if (list.isGone(key) || find(key) !== undefined) return Promise.resolve(true)
      const adds = adding.get(key) ?? take(draft, key).finally(() => adding.delete(key))
      adding.set(key, adds)
      return adds
    },
    resend(key) {
      const entry = find(key)
      if (entry === undefined) return
      const { sentAt: _, ...rest } = entry
      const again: OutboxEntry = { ...rest, state: { at: "queued" } }
      sender.cancel(key)
      othersKeys.delete(key)
      void list.keep(again)
      publish(again)
    },
    discard: (key) => discard([key]),
    swap(key, other) {
      const [a, b] = [find(key), find(other)]
      if (a?.state.at !== "queued" || b?.state.at !== "queued") return
      for (const moved of [
        { ...a, createdAt: b.createdAt },
        { ...b, createdAt: a.createdAt },
      ]) {
        void list.keep(moved)
        publish(moved)
      }
    },
    sessionGone,
    missing: (key) => change(key, { at: "uncertain", missing: true }),
    arrived(keys) {
      const dropped = drop(keys)
      // All tabs hear of it; one of them need do it.
      if (isLeading) list.unkeep(dropped)
    },
    connected() {
      isConnected = true
      void list.load()
      leaveToHistory(entries.peek())
      lead()
    },
    disconnected() {
      isConnected = false
      giveUpLead?.()
      giveUpLead = undefined
      homes.stop()
      sender.stop()
      if (!isLeading) return
      isLeading = false
      for (const { key, state } of entries.peek()) {
        if (state.at === "sending" || state.at === "waiting") change(key, { at: "queued" })
      }
    },
    belongTo(next, legacy) {
      if (gatewayId === next) return
      gatewayId = next
      group?.leave()
      const joined = parts.tabs.join(`clawdis:${next}:outbox`, hear)
      group = joined
      list.belongTo(next)
      // What was written before this tab knew whose it is, no other one has heard of.
      for (const entry of entries.peek()) tell({ kind: "put", entry })
      if (isConnected) lead()
      void list
        .load()
        .then(() => takeOver(legacy))
        .then(() => {
          on.taken(entries.peek())
          joined.tell({ kind: "hello" } satisfies TabMessage)
        })
    },
    stop() {
      isConnected = false
      isLeading = false
      giveUpLead?.()
      homes.stop()
      sender.stop()
      group?.leave()
    },
  }
}

/** Where entries of one tab were kept before all tabs shared them. */
const LEGACY_KEY = "outbox"

function decodeLegacy(text: string | undefined): readonly OutboxEntry[] {
  if (text === undefined) return []
  try {
    const kept: unknown = JSON.parse(text)
    return Array.isArray(kept) ? kept.filter(isEntry) : []
  } catch {
    return []
  }
}
