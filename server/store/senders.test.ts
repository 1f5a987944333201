import { expect, test } from "vitest"
import { openTemporaryStore } from "../testing/temporary-store.ts"

test("[M2] strangers are counted, and only the latest hundred are remembered", async () => {
  await using store = await openTemporaryStore()
  await store.dropped.add({ channel: "memory", id: "7", name: "Eve", at: 1 })
  await store.dropped.add({ channel: "memory", id: "7", at: 2 })
  expect(await store.dropped.list(5)).toEqual([
    { channel: "memory", id: "7", name: "Eve", count: 2, lastAt: 2 },
  ])
  for (let id = 100; id < 220; id += 1) {
    await store.dropped.add({ channel: "memory", id: String(id), at: id })
  }
  const listed = await store.dropped.list(1_000)
  expect(listed).toHaveLength(100)
  expect(listed[0]).toMatchObject({ id: "219" })
})

test("[M15] whoever is allowed is no dropped sender any more, and stays allowed after a restart", async () => {
  await using store = await openTemporaryStore()
  await store.dropped.add({ channel: "memory", id: "7", name: "Eve", at: 1 })
  await store.dropped.add({ channel: "other", id: "7", at: 1 })
  const eve = { channel: "memory", id: "7", name: "Eve", addedAt: 2 }
  await store.senders.allow(eve)
  await store.senders.allow({ channel: "memory", id: "7", addedAt: 3 })
  expect(await store.dropped.list(5)).toMatchObject([{ channel: "other" }])
  await store.close()
  await using later = await openTemporaryStore(store.stateDir)
  expect(await later.senders.list()).toEqual([eve])
})

test("[M15] a sender who is taken back is not allowed, and the answer says whether they were", async () => {
  await using store = await openTemporaryStore()
  await store.senders.allow({ channel: "memory", id: "7", addedAt: 2 })
  expect(await store.senders.remove("other", "7")).toBe(false)
  expect(await store.senders.remove("memory", "7")).toBe(true)
  expect(await store.senders.remove("memory", "7")).toBe(false)
  expect(await store.senders.list()).toEqual([])
})
