import { expect, test } from "vitest"
import type { MediaRecord } from "../store/store.ts"
import { toItems } from "./items.ts"

const file = (mediaId: string): MediaRecord => ({
  mediaId,
  path: `/media/${mediaId}`,
  mimeType: "image/png",
  name: `${mediaId}.png`,
  bytes: 1,
})
const LIMITS = { maxTextLength: 100, maxCaptionLength: 10 }
const [a, b] = [file("a"), file("b")]

test("[M5] a short text is the caption of the first file", () => {
  expect(toItems(" 0123456789 ", [a, b], LIMITS)).toEqual([
    { text: "0123456789", media: a },
    { text: "", media: b },
  ])
})

test("[M5] a text that is too long for a caption follows as messages of its own", () => {
  const text = `${"x".repeat(90)} ${"y".repeat(90)}`
  expect(toItems(text, [a], LIMITS)).toEqual([
    { text: "", media: a },
    { text: "x".repeat(90) },
    { text: "y".repeat(90) },
  ])
})

test("[M5] a file needs no text, and a text no file", () => {
  expect(toItems(" ", [a], LIMITS)).toEqual([{ text: "", media: a }])
  expect(toItems("words", [], LIMITS)).toEqual([{ text: "words" }])
  expect(toItems("", [], LIMITS)).toEqual([])
})
