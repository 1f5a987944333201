// What several pages of one browser share, in memory: the entries they keep, and the words between tabs.

import type { OutboxEntry } from "../store/outbox-entry.ts"
import type { OutboxStorage } from "../store/outbox-storage.ts"
import { type Channel, createTabs, type Tabs } from "../tabs.ts"

export interface MemoryOutbox extends OutboxStorage {
  /** What is kept now, as a test may look at it. */
  readonly kept: readonly OutboxEntry[]
  /** From now on nothing more can be kept. */
  fill(): void
  /** From now on, or not any more, what is kept cannot be read. */
  hide(isHidden: boolean): void
  /** Holds back every answer until the result is called. */
  hold(): () => void
}

export function createMemoryOutbox(): MemoryOutbox {
  const rows = new Map<string, OutboxEntry>()
  let isFull = false
  let isHidden = false
  let held: Promise<void> = Promise.resolve()
  const idOf = (gatewayId: string, { key, sessionKey }: Pick<OutboxEntry, "key" | "sessionKey">) =>
    JSON.stringify([gatewayId, sessionKey, key])
  return {
    get kept() {
      return [...rows.values()].toSorted((a, b) => a.createdAt - b.createdAt)
    },
    fill() {
      isFull = true
    },
    hide(next) {
      isHidden = next
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return resolve
    },
    async load(gatewayId) {
      const found = [...rows].filter(([id]) => id.startsWith(`["${gatewayId}",`))
      await held
      if (isHidden) return undefined
      return found.map(([, entry]) => entry).toSorted((a, b) => a.createdAt - b.createdAt)
    },
    async put(gatewayId, entry) {
      if (isFull) return false
      // As a database does it: a copy, and in the order of the wishes.
      rows.set(idOf(gatewayId, entry), structuredClone(entry))
      await held
      return true
    },
    async remove(gatewayId, entries) {
      for (const entry of entries) rows.delete(idOf(gatewayId, entry))
      await held
    },
  }
}

/** The locks and channels of one browser, which `withLocks: false` has none of. */
export function createFakeBrowser({ withLocks = true }: { withLocks?: boolean } = {}) {
  const channels = new Map<string, Set<Channel>>()
  const queues = new Map<string, (() => void)[]>()

  function openChannel(name: string): Channel {
    const others = channels.get(name) ?? new Set()
    channels.set(name, others)
    const channel: Channel = {
      onmessage: null,
      postMessage(message) {
        const copy = structuredClone(message)
        for (const other of others) {
          if (other === channel) continue
          queueMicrotask(() => other.onmessage?.({ data: copy } as MessageEvent))
        }
      },
      close() {
        others.delete(channel)
        channel.onmessage = null
      },
    }
    others.add(channel)
    return channel
  }

  /** One holder for each name; the next one comes when it lets go. */
  function request(
    name: string,
    { signal }: { signal: AbortSignal },
    action: () => unknown,
  ): Promise<unknown> {
    const queue = queues.get(name) ?? []
    queues.set(name, queue)
    return new Promise((resolve, reject) => {
      const next = () => {
        queue.shift()
        queue[0]?.()
      }
      const enter = () => void Promise.resolve(action()).then(resolve, reject).finally(next)
      queue.push(enter)
      if (queue[0] === enter) queueMicrotask(enter)
      signal.addEventListener("abort", () => {
        const index = queue.indexOf(enter)
        if (index > 0) queue.splice(index, 1)
        reject(signal.reason)
      })
    })
  }

  const locks = { request } as unknown as LockManager
  return {
    openTabs: (): Tabs => createTabs({ openChannel, locks: withLocks ? locks : undefined }),
  }
}
