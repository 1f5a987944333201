// Files that wait with a draft until it is sent, per session.

import { type ReadonlySignal, type Signal, signal } from "@preact/signals"
import { LIMITS } from "#protocol"
import type { OutgoingFile } from "./outbox.ts"

/** The part of the browser's File that is used. */
export interface FileSource {
  readonly name: string
  readonly type: string
  readonly size: number
}

export type Refusal = "empty" | "tooLarge" | "tooMany" | "unreadable"

export type PickedState =
  /** From 0 to 1. */
  | { readonly at: "reading"; readonly progress: number }
  | { readonly at: "ready"; readonly file: OutgoingFile }
  | { readonly at: "refused"; readonly why: Refusal }

export interface PickedFile {
  readonly id: string
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
  /** Files of a message that is taken back into the box. */
  restore(sessionKey: string, files: readonly OutgoingFile[]): void
  remove(sessionKey: string, ids: readonly string[]): void
  /** Those that can be sent. */
  ready(sessionKey: string): readonly { readonly id: string; readonly file: OutgoingFile }[]
}

interface PickedFilesParts<Source extends FileSource> {
  readonly read: ReadFile<Source>
  readonly createKey: () => string
}

export function createPickedFiles<Source extends FileSource>(
  parts: PickedFilesParts<Source>,
): PickedFiles<Source> {
  const bySession = new Map<string, Signal<readonly PickedFile[]>>()

  function of(sessionKey: string): Signal<readonly PickedFile[]> {
    const known = bySession.get(sessionKey)
    if (known !== undefined) return known
    const created = signal<readonly PickedFile[]>([])
    bySession.set(sessionKey, created)
    return created
  }

  function set(sessionKey: string, id: string, change: Partial<PickedFile>): void {
    const files = of(sessionKey)
    files.value = files.peek().map((file) => (file.id === id ? { ...file, ...change } : file))
  }

  /** What is left of the limit for all files together. */
  function roomIn(sessionKey: string): number {
    const used = of(sessionKey)
      .peek()
      .reduce((sum, { state }) => (state.at === "ready" ? sum + state.file.bytes : sum), 0)
    return LIMITS.maxAttachmentsBytes - used
  }

  async function readOne(sessionKey: string, id: string, source: Source): Promise<void> {
    const room = roomIn(sessionKey)
    try {
      const file = await parts.read(source, {
        maxBytes: room,
        onProgress: (progress) => set(sessionKey, id, { state: { at: "reading", progress } }),
      })
      const fits = file.bytes <= roomIn(sessionKey)
      const state: PickedState = fits ? { at: "ready", file } : { at: "refused", why: "tooLarge" }
      set(sessionKey, id, { state, name: file.name, bytes: file.bytes, mimeType: file.mimeType })
    } catch {
      const why = source.size > room ? "tooLarge" : "unreadable"
      set(sessionKey, id, { state: { at: "refused", why } })
    }
  }

  return {
    of,
    async add(sessionKey, sources) {
      const files = of(sessionKey)
      // One after the other, so that each knows how much room the ones before it left.
      for (const source of sources) {
        const id = parts.createKey()
        const { name, size, type } = source
        const kept = files.peek().filter(({ state }) => state.at !== "refused").length
        const why = size === 0 ? "empty" : kept >= LIMITS.maxAttachments ? "tooMany" : undefined
        const state: PickedState =
          why === undefined ? { at: "reading", progress: 0 } : { at: "refused", why }
        files.value = [...files.peek(), { id, name, mimeType: type, bytes: size, state }]
        if (why === undefined) await readOne(sessionKey, id, source)
      }
    },
    restore(sessionKey, restored) {
      const files = of(sessionKey)
      const added = restored.map(
        (file): PickedFile => ({
          id: parts.createKey(),
          name: file.name,
          mimeType: file.mimeType,
          bytes: file.bytes,
          state: { at: "ready", file },
        }),
      )
      files.value = [...files.peek(), ...added]
    },
    remove(sessionKey, ids) {
      const files = of(sessionKey)
      files.value = files.peek().filter(({ id }) => !ids.includes(id))
    },
    ready: (sessionKey) =>
      of(sessionKey)
        .peek()
        .flatMap(({ id, state }) => (state.at === "ready" ? { id, file: state.file } : [])),
  }
}
