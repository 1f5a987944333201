import { expect, test } from "vitest"
import { type KeyPress, shortcutOf } from "./shortcuts.ts"

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  isInField: false,
  ...more,
})

test.each([
  [press("k", { ctrlKey: true }), "find"],
  [press("K", { metaKey: true }), "find"],
  [press("k", { ctrlKey: true, isInField: true }), "find"],
  [press("k", { ctrlKey: true, shiftKey: true }), undefined],
  [press("O", { ctrlKey: true, shiftKey: true }), "newSession"],
  [press("o", { ctrlKey: true }), undefined],
  [press("F6", { isInField: true }), "nextRegion"],
  [press("F6", { shiftKey: true }), "previousRegion"],
  [press("Escape", { isInField: true }), "close"],
  [press("/"), "focus"],
  [press("?", { shiftKey: true }), "help"],
  [press("/", { isInField: true }), undefined],
  [press("?", { isInField: true }), undefined],
  [press("/", { ctrlKey: true }), undefined],
  [press("/", { altKey: true }), undefined],
  [press("a"), undefined],
] as const)("%j is for %s", (key, shortcut) => {
  expect(shortcutOf(key, { singleKeys: true })).toBe(shortcut)
})

test("single keys can be switched off, and the others stay", () => {
  expect(shortcutOf(press("/"), { singleKeys: false })).toBeUndefined()
  expect(shortcutOf(press("?"), { singleKeys: false })).toBeUndefined()
  expect(shortcutOf(press("k", { ctrlKey: true }), { singleKeys: false })).toBe("find")
})
