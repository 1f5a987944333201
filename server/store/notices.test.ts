import { expect, test } from "vitest"
import { openTemporaryStore } from "../testing/temporary-store.ts"

test("[M2] the latest fifty notices are kept, the latest first", async () => {
  await using store = await openTemporaryStore()
  for (let ts = 1; ts <= 60; ts += 1) await store.notices.add({ ts, text: `notice ${ts}` })
  const listed = await store.notices.list(100)
  expect(listed).toHaveLength(50)
  expect(listed[0]).toEqual({ ts: 60, text: "notice 60" })
  expect(await store.notices.list(1)).toHaveLength(1)
})

test("[M2] a notice that comes again moves to the front and is not there twice", async () => {
  await using store = await openTemporaryStore()
  for (const [ts, text] of [...["first", "second", "first"].entries()]) {
    await store.notices.add({ ts, text })
  }
  expect(await store.notices.list(5)).toEqual([
    { ts: 2, text: "first" },
    { ts: 1, text: "second" },
  ])
})
