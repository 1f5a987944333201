// The least that polling a bot can be: `getUpdates` in a loop.

import type { TelegramLab } from "../lab/telegram/lab.ts"

export function pollBareTelegram({ apiRoot, token }: TelegramLab) {
  const stopping = new AbortController()
  const waiting: (() => void)[] = []
  const done = (async () => {
    let offset = 0
    while (!stopping.signal.aborted) {
      const url = `${apiRoot}/bot${token}/getUpdates?timeout=30&offset=${offset}`
      const response = await fetch(url, { signal: stopping.signal })
      const { result } = (await response.json()) as { result: { update_id: number }[] }
      for (const { update_id } of result) {
        offset = update_id + 1
        waiting.shift()?.()
      }
    }
  })().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error
  })
  return {
    /** Resolves with the next update. */
    next: () => new Promise<void>((resolve) => waiting.push(resolve)),
    async stop() {
      stopping.abort()
      await done
    },
  }
}
