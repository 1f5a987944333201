import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { createUpdates } from "./updates.ts"

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function poll(updates: ReturnType<typeof createUpdates>, signal = new AbortController().signal) {
  return updates.poll({ offset: 0, limit: 100, timeoutMs: 30_000, signal })
}

test("a poll answers with nothing at its timeout, not before", async () => {
  const updates = createUpdates({ onChange: () => undefined })
  const answer = poll(updates)
  await vi.advanceTimersByTimeAsync(29_999)
  expect(updates.polling).toBe(true)
  await vi.advanceTimersByTimeAsync(1)
  expect(await answer).toEqual([])
  expect(updates.polling).toBe(false)
})

test("a poll whose client left takes no update with it and leaves no timer", async () => {
  const updates = createUpdates({ onChange: () => undefined })
  const left = new AbortController()
  const refused = expect(poll(updates, left.signal)).rejects.toBe("left")
  left.abort("left")
  await refused
  expect(vi.getTimerCount()).toBe(0)
  updates.push({ message: {} })
  expect(await poll(updates)).toEqual(['{"update_id":1001,"message":{}}'])
})

test("a newer poll ends the older one and stays itself", async () => {
  const updates = createUpdates({ onChange: () => undefined })
  const refused = expect(poll(updates)).rejects.toMatchObject({ code: 409 })
  const newer = poll(updates)
  await refused
  updates.push({ message: {} })
  expect(await newer).toHaveLength(1)
})
