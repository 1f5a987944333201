// Files that wait with a draft until it is sent, per session. Like the text beside them they survive a
// reload, and all tabs of the browser show the same ones; only what is still being read, and what cannot
// be sent, is this tab's own.

import { type ReadonlySignal, type Signal, signal } from "@preact/signals"
import { LIMITS } from "#protocol"
import type { Clock } from "../gateway.ts"
import type { TabGroup, Tabs } from "../tabs.ts"
import { type DraftFile, type DraftFilesStorage, isDraftFile } from "./draft-files-storage.ts"
import type { OutgoingFile, SentEntry } from "./outbox-entry.ts"

/** The part of the browser's File that is used. */
export interface FileSource {
  readonly name: string
  readonly type: string
  readonly size: number
}

/** Together with those before it, it would be too much for a message. */
type Crowded = "tooLarge" | "tooMany"
export type Refusal = Crowded | "empty" | "unreadable"

export type PickedState =
  /** From 0 to 1. */
  | { readonly at: "reading"; readonly progress: number }
  /** `kept`: it is still there after a reload, as far as is known. */
  | { readonly at: "ready"; readonly file: OutgoingFile; readonly kept: boolean }
  | { readonly at: "refused"; readonly why: Refusal }
  /** It came when there was no room left, and is ready once another one has gone. */
  | {
      readonly at: "crowded"
      readonly why: Crowded
      readonly file: OutgoingFile
      readonly kept: boolean
    }

export interface PickedFile {
  readonly id: string
  readonly addedAt: number
  readonly name: string
  readonly mimeType: string
  readonly bytes: number
  readonly state: PickedState
}

export interface ReadOptions {
  /** A picture that is larger may be made smaller. */
  readonly maxBytes: number
  readonly onProgress: (progress: number) => void
}

/** Rejects when the file cannot be read. */
export type ReadFile<Source extends FileSource> = (
  source: Source,
  options: ReadOptions,
) => Promise<OutgoingFile>

export interface PickedFiles<Source extends FileSource = FileSource> {
  /** The same signal for the same session. */
  of(sessionKey: string): ReadonlySignal<readonly PickedFile[]>
  add(sessionKey: string, sources: readonly Source[]): Promise<void>
  /** Files of a message that is taken back into the box; where there is no room for one, it waits for it. */
  restore(sessionKey: string, files: readonly OutgoingFile[]): void
  remove(sessionKey: string, ids: readonly string[]): void
  /** Those that can be sent. */
  ready(sessionKey: string): readonly { readonly id: string; readonly file: OutgoingFile }[]
  /** These messages are in the outbox, and their files with them. */
  taken(sent: readonly SentEntry[]): void
  /** A message went off; why some file could not go with it was seen. */
  dismissRefused(sessionKey: string): void
  /** The conversation is no more. */
  drop(sessionKey: string): void
  /** From now on files are kept for this gateway; those picked in this page stay, others go. */
  moveTo(gatewayId: string): void
}

export interface PickedFilesParts<Source extends FileSource> {
  readonly read: ReadFile<Source>
  readonly createKey: () => string
  readonly clock: Pick<Clock, "now">
  readonly storage: DraftFilesStorage
  readonly tabs: Tabs
}

type FilesNews =
  | { readonly kind: "put"; readonly row: DraftFile }
  | { readonly kind: "removed"; readonly sessionKey: string; readonly ids: readonly string[] }

export function createPickedFiles<Source extends FileSource>(
  parts: PickedFilesParts<Source>,
  firstGateway: string | undefined,
): PickedFiles<Source> {
  const { clock, createKey, storage } = parts
  const bySession = new Map<string, Signal<readonly PickedFile[]>>()
  /** Those that came into the draft in this page. */
  const own = new Set<string>()
  /** No late word brings one of them back. */
  const gone = new Set<string>()
  /** The latest wish for what is kept of each draft: an answer to an older one counts no longer. */
  const loads = new Map<string, symbol>()
  let gatewayId: string | undefined
  let group: TabGroup | undefined
  let lastTime = 0

  function find(sessionKey: string): Signal<readonly PickedFile[]> {
    const known = bySession.get(sessionKey)
    if (known !== undefined) return known
    const created = signal<readonly PickedFile[]>([])
    bySession.set(sessionKey, created)
    void load(sessionKey)
    return created
  }

  async function load(sessionKey: string): Promise<void> {
    const owner = gatewayId
    if (owner === undefined) return
    const wish = Symbol(sessionKey)
    loads.set(sessionKey, wish)
    const rows = await storage.load(owner, sessionKey)
    if (loads.get(sessionKey) === wish) show(rows)
  }

  /** Files from elsewhere: what was kept, or what another tab tells. */
  function show(rows: readonly DraftFile[]): void {
    for (const row of rows) {
      const files = find(row.sessionKey)
      if (gone.has(row.id) || files.peek().some(({ id }) => id === row.id)) continue
      files.value = fitted([...files.peek(), toPicked(row)])
    }
  }

  function set(sessionKey: string, id: string, change: Partial<PickedFile>): void {
    const files = find(sessionKey)
    files.value = fitted(
      files.peek().map((file) => (file.id === id ? { ...file, ...change } : file)),
    )
  }

  function nextTime(): number {
    lastTime = Math.max(clock.now(), lastTime + 1)
    return lastTime
  }

  async function keep(row: DraftFile): Promise<void> {
    const { file, id, sessionKey } = row
    group?.tell({ kind: "put", row } satisfies FilesNews)
    if (gatewayId === undefined || (await storage.put(gatewayId, row))) return
    set(sessionKey, id, { state: { at: "ready", file, kept: false } })
  }

  function remove(sessionKey: string, ids: readonly string[]): void {
    const leaving = ids.filter((id) => !gone.has(id))
    if (leaving.length === 0) return
    hide(sessionKey, leaving)
    group?.tell({ kind: "removed", sessionKey, ids: leaving } satisfies FilesNews)
    if (gatewayId !== undefined) void storage.remove(gatewayId, sessionKey, leaving)
  }

  function hide(sessionKey: string, ids: readonly string[]): void {
    for (const id of ids) gone.add(id)
    const files = find(sessionKey)
    files.value = fitted(files.peek().filter(({ id }) => !ids.includes(id)))
  }

  function hear(data: unknown): void {
    if (!isNews(data)) return
    if (data.kind === "put") show([data.row])
    else hide(data.sessionKey, data.ids)
  }

  /** What is left of the limit for all files together. */
  function roomIn(sessionKey: string): number {
    const used = find(sessionKey)
      .peek()
      .reduce((sum, { state }) => (state.at === "ready" ? sum + state.file.bytes : sum), 0)
    return LIMITS.maxAttachmentsBytes - used
  }

  async function readOne(sessionKey: string, picked: PickedFile, source: Source): Promise<void> {
    const { addedAt, id } = picked
    const room = roomIn(sessionKey)
    const refuse = (why: Refusal) => set(sessionKey, id, { state: { at: "refused", why } })
    try {
      const read = await parts.read(source, {
        maxBytes: room,
        onProgress: (progress) => set(sessionKey, id, { state: { at: "reading", progress } }),
      })
      if (gone.has(id)) return
      if (read.bytes > roomIn(sessionKey)) return refuse("tooLarge")
      const row: DraftFile = { sessionKey, id, addedAt, file: { ...read, id } }
      set(sessionKey, id, toPicked(row))
      void keep(row)
    } catch {
      refuse(source.size > room ? "tooLarge" : "unreadable")
    }
  }

  function moveTo(next: string): void {
    if (gatewayId === next) return
    const before = gatewayId
    gatewayId = next
    group?.leave()
    group = parts.tabs.join(`clawdis:${next}:draft-files`, hear)
    for (const [sessionKey, files] of bySession) {
      files.value = fitted(files.peek().filter(({ id }) => own.has(id)))
      for (const { addedAt, id, state } of files.peek()) {
        if ("file" in state) void keep({ sessionKey, id, addedAt, file: state.file })
      }
      if (before !== undefined) {
        // They were for whoever answers, and nothing of them stays behind.
        const ids = files.peek().map(({ id }) => id)
        void storage.remove(before, sessionKey, ids)
      }
      void load(sessionKey)
    }
  }

  if (firstGateway !== undefined) moveTo(firstGateway)

  return {
    of: find,
    async add(sessionKey, sources) {
      const files = find(sessionKey)
      // One after the other, so that each knows how much room the ones before it left.
      for (const source of sources) {
        const id = createKey()
        const { name, size, type } = source
        const kept = files
          .peek()
          .filter(({ state }) => state.at === "reading" || state.at === "ready").length
        const why = size === 0 ? "empty" : kept >= LIMITS.maxAttachments ? "tooMany" : undefined
        const state: PickedState =
          why === undefined ? { at: "reading", progress: 0 } : { at: "refused", why }
        const picked = { id, addedAt: nextTime(), name, mimeType: type, bytes: size, state }
        own.add(id)
        files.value = [...files.peek(), picked]
        if (why === undefined) await readOne(sessionKey, picked, source)
      }
    },
    restore(sessionKey, restored) {
      for (const file of restored) {
        const id = createKey()
        const row = { sessionKey, id, addedAt: nextTime(), file: { ...file, id } }
        own.add(id)
        show([row])
        void keep(row)
      }
    },
    remove,
    ready: (sessionKey) =>
      find(sessionKey)
        .peek()
        .flatMap(({ id, state }) => (state.at === "ready" ? { id, file: state.file } : [])),
    taken(sent) {
      for (const { files = [], sessionKey } of sent) {
        if (sessionKey !== undefined)
          remove(
            sessionKey,
            files.flatMap(({ id }) => id ?? []),
          )
      }
    },
    dismissRefused(sessionKey) {
      const refused = find(sessionKey)
        .peek()
        .filter(({ state }) => state.at === "refused")
      hide(
        sessionKey,
        refused.map(({ id }) => id),
      )
    },
    drop(sessionKey) {
      remove(
        sessionKey,
        find(sessionKey)
          .peek()
          .map(({ id }) => id),
      )
      // Also those that are not loaded yet.
      loads.delete(sessionKey)
      if (gatewayId !== undefined) void storage.removeAll(gatewayId, sessionKey)
    },
    moveTo,
  }
}

function toPicked({ addedAt, file, id }: DraftFile): PickedFile {
  const { bytes, mimeType, name } = file
  return { id, addedAt, name, mimeType, bytes, state: { at: "ready", file, kept: true } }
}

/**
 * The files in their order, each ready as far as those before it leave room. That is asked anew whenever
 * one comes or goes, from whichever tab, and with the same answer in all of them.
 */
function fitted(files: readonly PickedFile[]): readonly PickedFile[] {
  let count = 0
  let room: number = LIMITS.maxAttachmentsBytes
  return files
    .toSorted((a, b) => a.addedAt - b.addedAt || (a.id < b.id ? -1 : 1))
    .map((picked) => {
      if (!("file" in picked.state)) return picked
      const { file, kept } = picked.state
      const isTooMany = count >= LIMITS.maxAttachments
      if (isTooMany || file.bytes > room) {
        const why = isTooMany ? "tooMany" : "tooLarge"
        return { ...picked, state: { at: "crowded", why, file, kept } }
      }
      count += 1
      room -= file.bytes
      return { ...picked, state: { at: "ready", file, kept } }
    })
}

function isNews(data: unknown): data is FilesNews {
  const news = data as Partial<Record<"kind" | "row" | "sessionKey" | "ids", unknown>> | null
  if (news?.kind === "put") return isDraftFile(news.row)
  return news?.kind === "removed" && typeof news.sessionKey === "string" && Array.isArray(news.ids)
}
