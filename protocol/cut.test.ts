import fc from "fast-check"
import { expect, test } from "vitest"
import { cutText, jsonBytes, splitByBytes } from "./cut.ts"

const text = fc.string({
  unit: fc.constantFrom("a", '"', "\\", "\n", "\0", "é", "€", "😀", "\uD83D"),
})
const bytesOf = (each: string) => Buffer.byteLength(JSON.stringify(each)) - 2

test("[T4] the bytes of a text in JSON are never counted too low", () => {
  fc.assert(
    fc.property(text, (each) => {
      expect(jsonBytes(each)).toBeGreaterThanOrEqual(bytesOf(each))
    }),
  )
})

test("[T4] a text that was cut fits, and ends between two characters", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 0, max: 60 }), (each, max) => {
      const cut = cutText(each, max)
      expect(each.startsWith(cut)).toBe(true)
      expect(bytesOf(cut)).toBeLessThanOrEqual(max)
      const inside = /[\uD800-\uDBFF]$/.test(cut) && /^[\uDC00-\uDFFF]/.test(each.slice(cut.length))
      expect(inside).toBe(false)
    }),
  )
})

test("[T4] the pieces of a text are the text, and each of them fits", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 12, max: 60 }), (each, max) => {
      const pieces = splitByBytes(each, max)
      expect(pieces.join("")).toBe(each)
      for (const piece of pieces) expect(bytesOf(piece)).toBeLessThanOrEqual(max)
    }),
  )
})
