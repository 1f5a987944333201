import fc from "fast-check"
import * as v from "valibot"
import { expect, test } from "vitest"
import { attachmentsOf, Reference } from "./attachment.ts"
import { adasMessage } from "./stub-bot-api.ts"
import { readUpdate } from "./update.ts"

const file = { file_id: "F", file_unique_id: "u", file_size: 7 }

test.for([
  [{ voice: file }, "voice", "audio/ogg"],
  [{ audio: { ...file, mime_type: "audio/flac" } }, "audio", "audio/flac"],
  [{ video: file }, "video", "video/mp4"],
  [{ video_note: file }, "video", "video/mp4"],
  [{ animation: file, document: { ...file, file_id: "D" } }, "video", "video/mp4"],
  [{ document: file }, "document", "application/octet-stream"],
  [{ sticker: file }, "sticker", "image/webp"],
  [{ sticker: { ...file, is_animated: true } }, "sticker", "application/x-tgsticker"],
  [{ sticker: { ...file, is_video: true } }, "sticker", "video/webm"],
] as const)("%j comes with a message", ([words, kind, mimeType]) => {
  const [media, ...more] = attachmentsOf(words)
  expect(media).toMatchObject({ kind, mimeType, bytes: 7 })
  expect(v.parse(Reference, media?.reference)).toEqual({ fileId: "F" })
  expect(more).toEqual([])
})

test("of a picture's sizes the largest that can be fetched is taken", () => {
  const photo = [
    { file_id: "small", file_size: 1_000 },
    { file_id: "large", file_size: 9_000_000 },
    { file_id: "huge", file_size: 21 * 2 ** 20 },
  ]
  expect(attachmentsOf({ photo })).toEqual([
    { kind: "image", reference: '{"fileId":"large"}', mimeType: "image/jpeg", bytes: 9_000_000 },
  ])
})

test("[A7] a message is its file and its caption, and says of which album it is", () => {
  const read = (words: object) => {
    const reading = readUpdate(
      { update_id: 5, message: { ...adasMessage(3), ...words } },
      { id: 9, username: "b" },
    )
    return reading.kind === "message"
      ? [reading.message.text, reading.message.media?.length, reading.message.album]
      : reading.why
  }
  const document = { ...file, file_name: "a.pdf" }
  expect(read({ document, caption: "read this" })).toEqual(["read this", 1, undefined])
  expect(read({ document })).toEqual(["", 1, undefined])
  expect(read({ photo: [file], media_group_id: "77" })).toEqual(["", 1, "77"])
  expect(read({ photo: [file], media_group_id: 77 })).toEqual(["", 1, undefined])
  expect(read({ photo: [{}] })).toEqual(["(photo)", undefined, undefined])
  expect(read({ location: { latitude: 1, longitude: 2 } })).toEqual([
    "(location: 1, 2)",
    undefined,
    undefined,
  ])
})

test("[TG12] no description of a file throws", () => {
  const fields = fc.constantFrom("photo", "voice", "video", "document", "sticker", "animation")
  fc.assert(
    fc.property(fc.dictionary(fields, fc.jsonValue()), (words) => {
      expect(attachmentsOf(words).length).toBeLessThanOrEqual(1)
    }),
  )
})
