import { expect, test } from "vitest"
import { createFakeRequests } from "../testing/fake-requests.ts"
import { createMedia } from "./media.ts"

function setUp() {
  const gateway = createFakeRequests()
  return { gateway, media: createMedia(gateway.requests) }
}

test("[M13] a file comes piece by piece, and once however many look at it", async () => {
  const { gateway, media } = setUp()
  const loaded = media.load("a")
  await media.load("a")
  expect(gateway.waiting).toEqual(["media.get"])
  const piece = { mimeType: "image/png", bytes: 4, data: "AAAA", next: 3 }
  expect(await gateway.answer("media.get", piece)).toEqual({ mediaId: "a", offset: 0 })
  expect(media.of("a").value).toEqual({ at: "loading", progress: 0.75 })
  const { next: _, ...last } = piece
  expect(await gateway.answer("media.get", last)).toEqual({ mediaId: "a", offset: 3 })
  await loaded
  expect(media.of("a").value).toMatchObject({ at: "ready", base64: ["AAAA", "AAAA"] })
  await media.load("a")
  expect(gateway.waiting).toEqual([])
})

test("[M13] a file that could not be had can be asked for again", async () => {
  const { gateway, media } = setUp()
  const loaded = media.load("a")
  await gateway.refuse("media.get", new Error("gone"))
  await loaded
  expect(media.of("a").value).toEqual({ at: "failed" })
  media.connected()
  expect(media.of("a").value).toEqual({ at: "idle" })
  const again = media.load("a")
  await gateway.refuse("media.get", new Error("gone"))
  await again
  void media.load("a")
  expect(gateway.waiting).toEqual(["media.get"])
})

test("[M13] many files come four at a time, and what is forgotten meanwhile is not asked for", async () => {
  const { gateway, media } = setUp()
  const ids = ["a", "b", "c", "d", "e", "f"]
  const loaded = ids.map((id) => media.load(id))
  expect(ids.map((id) => media.of(id).value.at)).toEqual(ids.map(() => "loading"))
  expect(gateway.waiting).toHaveLength(4)
  const piece = { mimeType: "image/png", bytes: 3, data: "AAAA" }
  await gateway.answer("media.get", piece)
  await gateway.refuse("media.get", new Error("gone"))
  const asked = []
  for (let at = 0; at < 4; at += 1) asked.push(await gateway.answer("media.get", piece))
  expect(asked.map((params) => Object(params).mediaId)).toEqual(["c", "d", "e", "f"])
  await Promise.all(loaded)
  expect(gateway.waiting).toEqual([])

  const more = ["1", "2", "3", "4", "5"].map((id) => media.load(id))
  media.forget()
  for (let at = 0; at < 4; at += 1) await gateway.answer("media.get", piece)
  await Promise.all(more)
  expect(gateway.waiting).toEqual([])
})

test("what was looked at long ago gives way to what is looked at now", async () => {
  const { gateway, media } = setUp()
  const data = "A".repeat(24_000_000)
  for (const id of ["a", "b", "c"]) {
    void media.load(id)
    await gateway.answer("media.get", { mimeType: "image/png", bytes: data.length, data })
  }
  expect(["a", "b", "c"].map((id) => media.of(id).value.at)).toEqual(["idle", "ready", "ready"])
})
