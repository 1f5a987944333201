import { expect, test } from "vitest"
import { toFirstSentence } from "./first-sentence.ts"

test.for([
  ["It costs 3.50 today. And more.", "It costs 3.50 today."],
  ["\nA title\n\nAnd a text. With more.", "A title"],
  ["Really?! Yes.", "Really?!"],
  ["no end", "no end"],
  ["", ""],
] as const)("of %j the first sentence is %j", ([words, first]) => {
  expect(toFirstSentence(words, "en")).toBe(first)
})
