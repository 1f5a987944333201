// What was on the screen of each conversation when it was last up to date, kept in the browser so that it
// can be looked at while the gateway is away. It is only looked at: what the gateway tells takes its place.

import type { ChatMessage } from "#protocol"
import { type Database, rangeOf } from "./database.ts"

export interface LastView {
  readonly sessionKey: string
  /** By this browser's clock, when it was so. */
  readonly at: number
  /** Oldest first, each with its words and the names of its files. */
  readonly messages: readonly ChatMessage[]
}

/** Nothing here throws: what cannot be kept is not there later. */
export interface LastViews {
  load(gatewayId: string, sessionKey: string): Promise<LastView | undefined>
  /** Only the latest few of a gateway stay. */
  put(gatewayId: string, view: LastView): Promise<void>
  /** That of one conversation, or all of the gateway. */
  remove(...keys: [gatewayId: string, sessionKey?: string]): Promise<void>
}

const STORE = "last-views"
/** Of each gateway, the latest. */
const MAX_KEPT = 12

export function createLastViews({ run }: Database): LastViews {
  // Once in the life of a page is enough for what is this small.
  let trimmed = false

  async function all(...keys: string[]): Promise<readonly LastView[]> {
    const found = await run(
      STORE,
      "readonly",
      (store) => store.getAll(rangeOf(...keys)) as IDBRequest<unknown[]>,
    )
    return (found?.result ?? []).filter(isLastView)
  }

  async function remove(...keys: (string | undefined)[]): Promise<void> {
    const range = rangeOf(...keys.filter((key) => key !== undefined))
    await run(STORE, "readwrite", (store) => store.delete(range))
  }

  return {
    load: async (gatewayId, sessionKey) => (await all(gatewayId, sessionKey))[0],
    async put(gatewayId, view) {
      await run(STORE, "readwrite", (store) => store.put({ gatewayId, ...view }))
      if (trimmed) return
      trimmed = true
      const views = (await all(gatewayId)).toSorted((a, b) => b.at - a.at)
      for (const { sessionKey } of views.slice(MAX_KEPT)) await remove(gatewayId, sessionKey)
    },
    remove,
  }
}

/** Another version of the page may have kept something else. */
export function isLastView(value: unknown): value is LastView {
  const view = value as Partial<Record<keyof LastView, unknown>> | null
  return (
    typeof view?.sessionKey === "string" &&
    typeof view.at === "number" &&
    Array.isArray(view.messages) &&
    view.messages.every(
      (message: Partial<ChatMessage> | null) =>
        typeof message?.id === "string" &&
        typeof message.ts === "number" &&
        Array.isArray(message.parts),
    )
  )
}
