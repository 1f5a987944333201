// Where several pages of one browser keep what their conversations showed, in memory.

import type { LastView, LastViews } from "../store/last-views.ts"

export interface MemoryLastViews extends LastViews {
  /** What is kept now, as a test may look at it: gateway and session. */
  readonly kept: readonly string[]
}

export function createMemoryLastViews(): MemoryLastViews {
  const views = new Map<string, LastView>()
  return {
    get kept() {
      return [...views.keys()]
    },
    load: async (...keys) => views.get(keys.join(" ")),
    async put(gatewayId, view) {
      views.set(`${gatewayId} ${view.sessionKey}`, view)
    },
    async remove(gatewayId, sessionKey) {
      for (const key of views.keys()) {
        const isOne = sessionKey !== undefined && key === `${gatewayId} ${sessionKey}`
        if (isOne || (sessionKey === undefined && key.startsWith(`${gatewayId} `)))
          views.delete(key)
      }
    },
  }
}
