// The conversations of the gateway, newest first (rule M9): pages of the list, and what is heard of
// each since.

import { computed, type ReadonlySignal, signal } from "@preact/signals"
import type { EventPayload, SessionRow } from "#protocol"
import type { Requests } from "../gateway.ts"

export interface Sessions {
  readonly rows: ReadonlySignal<readonly SessionRow[]>
  readonly loaded: ReadonlySignal<boolean>
  readonly hasMore: ReadonlySignal<boolean>
  find(sessionKey: string): SessionRow | undefined
  /** The newest page anew; throws when that failed. */
  refresh(): Promise<void>
  /** The next older page. */
  loadMore(): Promise<void>
  heard(event: EventPayload<"sessions">): void
  forget(): void
}

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
  let isLoading = false

  const rows = computed(() =>
    [...listing.value.rows.values()].sort(
      (a, b) => b.updatedAt - a.updatedAt || (a.key < b.key ? -1 : 1),
    ),
  )

  return {
    rows,
    loaded: computed(() => listing.value.loaded),
    hasMore: computed(() => listing.value.cursor !== undefined),
    find: (sessionKey) => listing.value.rows.get(sessionKey),
    async refresh() {
      const { cursor, sessions } = await gateway.request("sessions.list", {})
      listing.value = { loaded: true, rows: byKey(sessions), cursor }
    },
    async loadMore() {
      const { cursor } = listing.peek()
      if (cursor === undefined || isLoading) return
      isLoading = true
      try {
        const page = await gateway.request("sessions.list", { cursor })
        const { rows: known } = listing.peek()
        // What was heard in the meantime is newer than the page.
        const merged = new Map([...byKey(page.sessions), ...known])
        listing.value = { loaded: true, rows: merged, cursor: page.cursor }
      } finally {
        isLoading = false
      }
    },
    heard({ deleted, session }) {
      const before = listing.peek()
      const next = new Map(before.rows)
      if (session !== undefined) next.set(session.key, session)
      if (deleted !== undefined) next.delete(deleted)
      listing.value = { ...before, rows: next }
    },
    forget() {
      listing.value = NOTHING
    },
  }
}

function byKey(sessions: readonly SessionRow[]): ReadonlyMap<string, SessionRow> {
  return new Map(sessions.map((session) => [session.key, session]))
}
