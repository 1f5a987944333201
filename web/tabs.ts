// The tabs of this browser that show one gateway: they tell each other things, and one of them leads.
// A browser that cannot do the one or the other leaves each tab to itself.

export interface Tabs {
  /** Joins the tabs that share this name, and hears what they tell. */
  join(name: string, heard: (message: unknown) => void): TabGroup
}

export interface TabGroup {
  /** False where the browser cannot choose one tab; then each one leads. */
  readonly choosesOne: boolean
  /** Tells all other tabs of the group. */
  tell(message: unknown): void
  /** Calls `began` once no other tab leads. The result gives the lead, or the wish for it, up. */
  lead(began: () => void): () => void
  leave(): void
}

/** The part of the browser's BroadcastChannel that is used. */
export interface Channel {
  onmessage: ((event: MessageEvent) => void) | null
  postMessage(message: unknown): void
  close(): void
}

export interface TabsParts {
  /** Throws or gives nothing where the browser has none. */
  readonly openChannel: (name: string) => Channel | undefined
  /** Missing on plain http from another machine. */
  readonly locks: Pick<LockManager, "request"> | undefined
}

export function createTabs({ openChannel, locks }: TabsParts): Tabs {
  function open(name: string): Channel | undefined {
    try {
      return openChannel(name)
    } catch {
      return undefined
    }
  }

  return {
    join(name, heard) {
      const channel = open(name)
      let hasLeft = false
      if (channel !== undefined) channel.onmessage = ({ data }) => heard(data)
      return {
        // Tabs that cannot hear each other cannot leave the sending to one of them.
        choosesOne: locks !== undefined && channel !== undefined,
        tell(message) {
          // What was begun before it left may end after.
          if (!hasLeft) channel?.postMessage(message)
        },
        lead: (began) =>
          locks === undefined || channel === undefined
            ? leadAlone(began)
            : leadByLock(locks, name, began),
        leave() {
          hasLeft = true
          channel?.close()
        },
      }
    },
  }
}

function leadByLock(
  locks: Pick<LockManager, "request">,
  name: string,
  began: () => void,
): () => void {
  const wish = new AbortController()
  const { promise: over, resolve: giveUp } = Promise.withResolvers<void>()
  // The browser takes the lock back when the tab is closed or dies, and gives it to the next one.
  locks
    .request(name, { signal: wish.signal }, () => {
      if (wish.signal.aborted) return undefined
      began()
      return over
    })
    .catch(() => {
      // Given up while it waited, or the browser forbids locks here.
      if (!wish.signal.aborted) began()
    })
  return () => {
    wish.abort()
    giveUp()
  }
}

function leadAlone(began: () => void): () => void {
  let isWanted = true
  queueMicrotask(() => {
    if (isWanted) began()
  })
  return () => {
    isWanted = false
  }
}
