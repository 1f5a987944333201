// Pages of one browser before a model of a gateway: everything but what is drawn.

import type { Clock } from "../gateway.ts"
import { createPage, type Page } from "../store/page.ts"
import type { BadLine } from "./bad-line.ts"
import { createMemoryDraftFiles } from "./memory-draft-files.ts"
import { createMemoryLastViews } from "./memory-last-views.ts"
import { createFakeBrowser, createMemoryOutbox } from "./memory-outbox.ts"
import { createMemoryStorage } from "./memory-storage.ts"

export interface PagesOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly line: Pick<BadLine, "openSocket" | "fetchBoot">
}

export function createBrowser({ clock, line, random }: PagesOptions) {
  const local = createMemoryStorage()
  const outboxStorage = createMemoryOutbox()
  const draftFiles = createMemoryDraftFiles()
  const lastViews = createMemoryLastViews()
  const browser = createFakeBrowser()
  let keys = 0
  return {
    outboxStorage,
    /** A tab; what it keeps for itself alone outlives a reload if it is handed over. */
    open(session = createMemoryStorage()): Page {
      const page = createPage({
        clock,
        random,
        isVisible: () => true,
        openSocket: line.openSocket,
        fetchBoot: line.fetchBoot,
        version: "1",
        locale: () => "en",
        session,
        local,
        outboxStorage,
        draftFiles,
        lastViews,
        tabs: browser.openTabs(),
        toDate: (ts) => new Date(ts).toDateString(),
        createKey: () => {
          keys += 1
          return `key-${keys}`
        },
        readFile: () => Promise.reject(new Error("nobody picks a file here")),
        tokenFromLink: undefined,
        reload: () => undefined,
      })
      page.start()
      return page
    },
  }
}

/** Chance that can be had again: the same seed gives the same numbers from 0 to 1. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    // mulberry32: small, and good enough to choose moments with.
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
