import { expect, test } from "vitest"
import { openTemporaryStore } from "../testing/temporary-store.ts"

test("files that were added before a time are given once, and then not known any more", async () => {
  await using store = await openTemporaryStore()
  const file = (mediaId: string) => ({
    mediaId,
    path: `/media/${mediaId}`,
    mimeType: "image/png",
    name: "cat.png",
    bytes: 3,
  })
  for (const [at, mediaId] of [...["a", "b", "c"].entries()]) {
    await store.media.add(file(mediaId), at)
  }
  expect(await store.media.get("a")).toEqual(file("a"))
  expect(await store.media.takeExpired(2)).toEqual([file("a"), file("b")])
  expect(await store.media.takeExpired(2)).toEqual([])
  expect(await store.media.get("a")).toBeUndefined()
  expect(await store.media.get("c")).toEqual(file("c"))
})
