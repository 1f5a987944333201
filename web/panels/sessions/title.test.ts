import { expect, test } from "vitest"
import type { SessionRow } from "#protocol"
import { matches, sourceOf, titleOf } from "./title.ts"

const row = (channel: string, title?: string): SessionRow => ({
  key: "k",
  sessionId: "s",
  channel,
  updatedAt: 0,
  unread: 0,
  running: false,
  ...(title !== undefined && { title }),
})

test("[M9] a session is called by its title, else by what its key says", () => {
  expect(titleOf("telegram:42", row("telegram", "Anna"))).toBe("Anna")
  expect(titleOf("telegram:42", row("telegram"))).toBe("42")
  expect(titleOf("link:anna", row("telegram"))).toBe("anna")
  expect(titleOf("main", undefined)).toBe("Home")
  expect(titleOf("web:x", row("webchat", ""))).toBe("New session")
})

test("a session says where it takes place, also in a channel that the page does not know", () => {
  expect(sourceOf(row("webchat"))).toEqual({ name: "Web", badge: undefined })
  expect(sourceOf(undefined)).toEqual({ name: "Web", badge: undefined })
  expect(sourceOf(row("telegram"))).toEqual({ name: "Telegram", badge: "TG" })
  expect(sourceOf(row("memory"))).toEqual({ name: "memory", badge: "ME" })
})

test.for([
  ["Plan for the garden", "GARD plan", true],
  ["Plan for the garden", "gardens", false],
  ["Café Zoë", "cafe zoe", true],
  ["Anna", "", true],
  ["Anna", "  ", true],
] as const)("the title %j is found by %j: %s", ([title, words, isFound]) => {
  expect(matches(title, words)).toBe(isFound)
})
