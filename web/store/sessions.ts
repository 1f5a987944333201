// The conversations of the gateway, newest first (rule M9): pages of the list, what is heard of each
// since, and what a person does to one.

import { computed, type ReadonlySignal, signal } from "@preact/signals"
import { type ErrorShape, type EventPayload, LIMITS, type SessionRow } from "#protocol"
import type { Requests } from "../gateway.ts"
import { toShape } from "./thrown.ts"

export interface Sessions {
  readonly rows: ReadonlySignal<readonly SessionRow[]>
  readonly loaded: ReadonlySignal<boolean>
  readonly hasMore: ReadonlySignal<boolean>
  /** How the last wish for a page of the list ended. */
  readonly fetching: ReadonlySignal<"idle" | "loading" | "failed">
  /** By session; what went well leaves nothing behind. */
  readonly actions: ReadonlySignal<ReadonlyMap<string, SessionAction>>
  find(sessionKey: string): SessionRow | undefined
  /** What is on the page anew, as far as it went; throws when that failed. */
  refresh(): Promise<void>
  /** The next older page. */
  loadMore(): Promise<void>
  heard(event: EventPayload<"sessions">): void
  /** Whether it was done; why not stands in `actions`. An empty title takes the chosen one away. */
  rename(sessionKey: string, title: string): Promise<boolean>
  reset(sessionKey: string): Promise<boolean>
  remove(sessionKey: string): Promise<boolean>
  /** Everything up to this message was read. False when the gateway does not know that now. */
  markRead(sessionKey: string, messageId: string): Promise<boolean>
  /** What went wrong with this session was seen. */
  dismiss(sessionKey: string): void
  forget(): void
}

export type SessionAction =
  | { readonly at: "busy"; readonly action: SessionActionName }
  | { readonly at: "failed"; readonly action: SessionActionName; readonly error: ErrorShape }

export type SessionActionName = "rename" | "reset" | "remove"

export interface SessionsParts {
  readonly gateway: Requests
}

interface Listing {
  readonly loaded: boolean
  readonly rows: ReadonlyMap<string, SessionRow>
  /** Where the next older page begins. */
  readonly cursor: string | undefined
}

const NOTHING: Listing = { loaded: false, rows: new Map(), cursor: undefined }

export function createSessions({ gateway }: SessionsParts): Sessions {
  const listing = signal(NOTHING)
  const fetching = signal<"idle" | "loading" | "failed">("idle")
  const actions = signal<ReadonlyMap<string, SessionAction>>(new Map())
  /** What was heard since a page was asked for is newer than the page; undefined: it is gone. */
  const news = new Map<string, SessionRow | undefined>()
  /** Grows with each wish for the list, so that an answer to an older wish changes nothing. */
  let wishes = 0

  const rows = computed(() =>
    [...listing.value.rows.values()].sort(
      (a, b) => b.updatedAt - a.updatedAt || (a.key < b.key ? -1 : 1),
    ),
  )

  async function fetchPages(ask: (isLatest: () => boolean) => Promise<void>): Promise<void> {
    wishes += 1
    const wish = wishes
    const isLatest = () => wish === wishes
    news.clear()
    fetching.value = "loading"
    try {
      await ask(isLatest)
      if (isLatest()) fetching.value = "idle"
    } catch (error) {
      if (isLatest()) fetching.value = "failed"
      throw error
    }
  }

  function withNews(known: ReadonlyMap<string, SessionRow>): ReadonlyMap<string, SessionRow> {
    const merged = new Map(known)
    for (const [key, row] of news) {
      if (row === undefined) merged.delete(key)
      else merged.set(key, row)
    }
    return merged
  }

  function note(sessionKey: string, row: SessionRow | undefined): void {
    if (fetching.peek() === "loading") news.set(sessionKey, row)
  }

  function put(row: SessionRow): void {
    note(row.key, row)
    listing.value = { ...listing.peek(), rows: new Map(listing.peek().rows).set(row.key, row) }
  }

  async function act(
    sessionKey: string,
    action: SessionActionName,
    ask: () => Promise<void>,
  ): Promise<boolean> {
    if (actions.peek().get(sessionKey)?.at === "busy") return false
    setAction(sessionKey, { at: "busy", action })
    try {
      await ask()
      setAction(sessionKey, undefined)
      return true
    } catch (error) {
      setAction(sessionKey, { at: "failed", action, error: toShape(error) })
      return false
    }
  }

  function setAction(sessionKey: string, next: SessionAction | undefined): void {
    const map = new Map(actions.peek())
    if (next === undefined) map.delete(sessionKey)
    else map.set(sessionKey, next)
    actions.value = map
  }

  return {
    rows,
    loaded: computed(() => listing.value.loaded),
    hasMore: computed(() => listing.value.cursor !== undefined),
    fetching,
    actions,
    find: (sessionKey) => listing.value.rows.get(sessionKey),
    refresh: () =>
      fetchPages(async (isLatest) => {
        const wanted = listing.peek().rows.size
        const found = new Map<string, SessionRow>()
        let cursor: string | undefined
        do {
          const page = await gateway.request("sessions.list", {
            ...(wanted > LIMITS.defaultListedSessions && { limit: LIMITS.maxListedSessions }),
            ...(cursor !== undefined && { cursor }),
          })
          for (const row of page.sessions) found.set(row.key, row)
          cursor = page.cursor
        } while (cursor !== undefined && found.size < wanted)
        if (isLatest()) listing.value = { loaded: true, rows: withNews(found), cursor }
      }),
    async loadMore() {
      const { cursor } = listing.peek()
      if (cursor === undefined || fetching.peek() === "loading") return
      const more = fetchPages(async (isLatest) => {
        const page = await gateway.request("sessions.list", { cursor })
        if (!isLatest()) return
        const { rows: known } = listing.peek()
        const merged = new Map(page.sessions.map((row) => [row.key, row]))
        for (const [key, row] of known) merged.set(key, row)
        listing.value = { loaded: true, rows: withNews(merged), cursor: page.cursor }
      })
      // The button to try again says what is wrong.
      await more.catch(() => undefined)
    },
    heard({ deleted, session }) {
      if (session !== undefined) put(session)
      if (deleted === undefined) return
      note(deleted, undefined)
      const left = new Map(listing.peek().rows)
      left.delete(deleted)
      listing.value = { ...listing.peek(), rows: left }
      setAction(deleted, undefined)
    },
    rename: (sessionKey, title) =>
      act(sessionKey, "rename", async () => {
        put(await gateway.request("sessions.patch", { sessionKey, title }))
      }),
    reset: (sessionKey) =>
      act(sessionKey, "reset", async () => {
        await gateway.request("sessions.reset", { sessionKey })
      }),
    remove: (sessionKey) =>
      act(sessionKey, "remove", async () => {
        await gateway.request("sessions.delete", { sessionKey })
      }),
    async markRead(sessionKey, readUpTo) {
      try {
        put(await gateway.request("sessions.patch", { sessionKey, readUpTo }))
        return true
      } catch {
        // It stays unread, and is marked when it is seen again.
        return false
      }
    },
    dismiss: (sessionKey) => setAction(sessionKey, undefined),
    forget() {
      wishes += 1
      news.clear()
      fetching.value = "idle"
      actions.value = new Map()
      listing.value = NOTHING
    },
  }
}
