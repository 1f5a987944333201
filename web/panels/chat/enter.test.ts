import { expect, test } from "vitest"
import { createEnterGuard, sends } from "./enter.ts"

const key = (more: object) => ({ isComposing: false, keyCode: 13, timeStamp: 1_000, ...more })

test("the Enter of an input method does not send", () => {
  const guard = createEnterGuard()
  expect(guard.isReal(key({ isComposing: true }))).toBe(false)
  expect(guard.isReal(key({ keyCode: 229 }))).toBe(false)
  guard.compositionEnded(999)
  expect(guard.isReal(key({}))).toBe(false)
  expect(guard.isReal(key({ timeStamp: 2_000 }))).toBe(true)
})

const press = (more: object = {}) => ({
  key: "Enter",
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...more,
})

test("Enter sends as it was chosen, never on a screen keyboard, and with Ctrl or Cmd always", () => {
  const chosen = { enter: "send", isTouch: false } as const
  const other = { enter: "newline", isTouch: false } as const
  const touch = { enter: "send", isTouch: true } as const
  expect(sends(press(), chosen)).toBe(true)
  expect(sends(press(), other)).toBe(false)
  expect(sends(press(), touch)).toBe(false)
  for (const habits of [chosen, other, touch]) {
    expect(sends(press({ ctrlKey: true }), habits)).toBe(true)
    expect(sends(press({ metaKey: true }), habits)).toBe(true)
    expect(sends(press({ shiftKey: true }), habits)).toBe(false)
    expect(sends(press({ altKey: true }), habits)).toBe(false)
    expect(sends(press({ key: "a" }), habits)).toBe(false)
  }
})
