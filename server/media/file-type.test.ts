import { expect, test } from "vitest"
import { endingOf, toMimeType } from "./file-type.ts"

const NOTHING = { head: new Uint8Array(), name: undefined }
const bytes = (text: string) => Buffer.from(text, "latin1")

test.for([
  ["image/png", "image/png"],
  ["Image/PNG; charset=binary", "image/png"],
  ["audio/ogg; codecs=opus", "audio/ogg"],
  ["application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"],
] as const)("[M5] the type %s is kept as %s", ([given, kept]) => {
  expect(toMimeType(given, { ...NOTHING, head: bytes("%PDF-1.7") })).toBe(kept)
})

test.for([
  ["\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"],
  ["\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"],
  ["GIF89a", "image/gif"],
  ["RIFF\x24\x0a\0\0WEBPVP8 ", "image/webp"],
  ["RIFF\x24\x0a\0\0WAVEfmt ", "audio/wav"],
  ["\0\0\0\x1cftypM4A ", "audio/mp4"],
  ["\0\0\0\x20ftypisom", "video/mp4"],
  ["OggS\0\x02", "audio/ogg"],
  ["%PDF-1.7", "application/pdf"],
  ["PK\x03\x04", "application/zip"],
] as const)("[M5, VA13] the beginning %j tells that it is %s", ([head, type]) => {
  for (const given of [undefined, "", "application/octet-stream", "nonsense", "a/b\r\nc"]) {
    expect(toMimeType(given, { ...NOTHING, head: bytes(head) })).toBe(type)
  }
})

test("[M5] a name tells the type where nothing else does", () => {
  expect(toMimeType(undefined, { head: bytes("a,b\n"), name: "list.CSV" })).toBe("text/csv")
  expect(toMimeType(undefined, { head: bytes("a,b\n"), name: "list" })).toBe(
    "application/octet-stream",
  )
})

test("[M5] a file's ending follows its type", () => {
  expect(endingOf("image/jpeg")).toBe(".jpg")
  expect(endingOf("application/x-unheard-of")).toBe(".bin")
  expect(endingOf("constructor")).toBe(".bin")
})
