// Files that a conversation shows, fetched piece by piece over the one socket (rule M13) when somebody
// looks at them.

import { type ReadonlySignal, type Signal, signal } from "@preact/signals"
import type { Requests } from "../gateway.ts"

export type MediaState =
  | { readonly at: "idle" }
  /** From 0 to 1. */
  | { readonly at: "loading"; readonly progress: number }
  | { readonly at: "ready"; readonly mimeType: string; readonly base64: readonly string[] }
  | { readonly at: "failed" }

export interface Media {
  /** The same signal for the same file. */
  of(mediaId: string): ReadonlySignal<MediaState>
  /** Fetches it unless it is here or on its way; resolves when that is over, well or not. */
  load(mediaId: string): Promise<void>
  /** The gateway answers again: what failed may come now. */
  connected(): void
  forget(): void
}

/** In characters of base64; what was looked at last stays. */
const MAX_KEPT_LENGTH = 64_000_000
/** So many files come at a time: answers to more would pile up before a slow link, which is cut then (rule E7). */
const MAX_AT_ONCE = 4
const IDLE: MediaState = { at: "idle" }

export function createMedia(gateway: Requests): Media {
  /** In the order in which they were last asked for. */
  const files = new Map<string, Signal<MediaState>>()
  const queue: (() => void)[] = []
  let working = 0

  /** Resolves with the place of one that is over; whoever ends gives theirs on. */
  const nextPlace = () => new Promise<void>((resolve) => queue.push(resolve))

  function leave(): void {
    const next = queue.shift()
    if (next === undefined) working -= 1
    else next()
  }

  function of(mediaId: string): Signal<MediaState> {
    const known = files.get(mediaId) ?? signal(IDLE)
    files.delete(mediaId)
    files.set(mediaId, known)
    return known
  }

  async function load(mediaId: string): Promise<void> {
    const file = of(mediaId)
    const { at } = file.peek()
    if (at === "loading" || at === "ready") return
    const waiting: MediaState = { at: "loading", progress: 0 }
    file.value = waiting
    if (working < MAX_AT_ONCE) working += 1
    else await nextPlace()
    // Forgotten while it waited.
    if (file.peek() !== waiting) return leave()
    try {
      const base64: string[] = []
      let offset: number | undefined = 0
      let mimeType = ""
      while (offset !== undefined) {
        const piece: { mimeType: string; bytes: number; data: string; next?: number | undefined } =
          await gateway.request("media.get", { mediaId, offset })
        base64.push(piece.data)
        mimeType = piece.mimeType
        offset = piece.next
        if (offset !== undefined) file.value = { at: "loading", progress: offset / piece.bytes }
      }
      file.value = { at: "ready", mimeType, base64 }
      makeRoom()
    } catch {
      file.value = { at: "failed" }
    } finally {
      leave()
    }
  }

  function makeRoom(): void {
    let length = 0
    for (const [index, file] of [...files.values()].reverse().entries()) {
      const state = file.peek()
      if (state.at !== "ready") continue
      length += state.base64.reduce((sum, piece) => sum + piece.length, 0)
      if (length > MAX_KEPT_LENGTH && index > 0) file.value = IDLE
    }
  }

  return {
    of,
    load,
    connected() {
      for (const file of files.values()) if (file.peek().at === "failed") file.value = IDLE
    },
    forget() {
      for (const file of files.values()) file.value = IDLE
      files.clear()
    },
  }
}
