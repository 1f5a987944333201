import { expect, test } from "vitest"
import { cleanWords, createLastWords } from "./last-words.ts"

test("[AG2] only the last 500 characters of any amount are kept, and no character is cut", () => {
  const words = createLastWords([])
  for (let count = 0; count < 1000; count += 1) words.add(Buffer.from("🦞".repeat(100)))
  words.add(Buffer.from("!"))
  expect(words.read()).toHaveLength(500)
  expect(words.read()).toMatch(/🦞!$/u)
  expect(words.read().isWellFormed()).toBe(true)
})

test.each([
  ["\u001b[1;31mred\u001b[0m\u0000\u0007\u202e", "red"],
  ["\u001b]0;title\u0007text\r\nnext\tcolumn", "text\nnext\tcolumn"],
  ["key hunter2hunter2!", "key [hidden]!"],
  ["Authorization: Bearer abcdefgh12345678", "Authorization: Bearer [hidden]"],
  ["bad key sk-ant-api03-abcdefghijkl", "bad key [hidden]"],
  ["bot 123456789:AAFabcdefghijklmnopqrstuvwxyz012345", "bot [hidden]"],
])("[AG2] %j is shown as %j", (text, shown) => {
  expect(cleanWords(text, ["hunter2hunter2", "x"])).toBe(shown)
})
