import { expect, test } from "vitest"
import { createEnterGuard } from "./enter.ts"

const key = (more: object) => ({ isComposing: false, keyCode: 13, timeStamp: 1_000, ...more })

test("the Enter of an input method does not send", () => {
  const guard = createEnterGuard()
  expect(guard.isReal(key({ isComposing: true }))).toBe(false)
  expect(guard.isReal(key({ keyCode: 229 }))).toBe(false)
  guard.compositionEnded(999)
  expect(guard.isReal(key({}))).toBe(false)
  expect(guard.isReal(key({ timeStamp: 2_000 }))).toBe(true)
})
