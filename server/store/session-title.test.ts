import fc from "fast-check"
import { expect, test } from "vitest"
import { firstWords } from "./session-title.ts"

test.for([
  ["hello", "hello"],
  ["  two\n\tlines ", "two lines"],
  ["\u202Eabc\u0000d\u2066", "abc d"],
  ["", undefined],
  [" \u202E\n", undefined],
  ["a".repeat(60), "a".repeat(60)],
  ["a".repeat(61), `${"a".repeat(60)}…`],
  [`${"word ".repeat(11)}ends here`, `${"word ".repeat(11)}ends…`],
  [`${"word ".repeat(11)}tooLongForIt`, `${"word ".repeat(11).trim()}…`],
  [`${"a".repeat(59)}\u{1F98A}b`, `${"a".repeat(59)}…`],
] as const)("[M9] the first words of %j are %j", ([text, words]) => {
  expect(firstWords(text)).toBe(words)
})

test("[M9] whatever the text, its first words are one short line that is whole", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      const words = firstWords(text)
      if (words === undefined) return
      expect(words.length).toBeLessThanOrEqual(61)
      expect(words).toBe(words.trim())
      expect(words).not.toMatch(/[\n\r\u2028\u2029]/)
      expect(words.isWellFormed()).toBe(true)
    }),
  )
})
