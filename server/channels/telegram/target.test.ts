import fc from "fast-check"
import * as v from "valibot"
import { expect, test } from "vitest"
import { SessionKey } from "#protocol"
import { readTarget } from "./target.ts"

test("a prefixed address is always one of this channel", () => {
  expect(readTarget("telegram:42", false)).toEqual({ chat: "42", sessionKey: "telegram:42" })
  const group = { chat: "-100777", sessionKey: "telegram:group:-100777" }
  expect(readTarget("telegram:-100777", false)).toEqual(group)
  expect(readTarget("telegram:group:-100777", false)).toEqual(group)
  expect(readTarget("telegram:group:-100777:8", false)).toEqual({
    chat: "-100777:8",
    sessionKey: "telegram:group:-100777:8",
  })
  expect(readTarget("telegram:@Ada_Lab", false)?.chat).toBe("@ada_lab")
})

test("a bare id or @name is one only if the request named this channel", () => {
  for (const to of ["42", "-100777", "@ada_lab"]) {
    expect(readTarget(to, true)?.chat).toBe(to)
    expect(readTarget(to, false)).toBeUndefined()
  }
})

test("anything else is no address, nor are ids that a number cannot hold", () => {
  const others = [
    "",
    "telegram:",
    "telegram:ada",
    "0",
    "-0",
    "042",
    "4 2",
    "@a",
    "ada",
    "+4915550100",
  ]
  for (const to of [...others, "9007199254740992", "-9007199254740993", "whatsapp:42", "42:0"]) {
    expect(readTarget(to, true)).toBeUndefined()
  }
})

test("whatever is an address has a session key of the right form that leads back to it", () => {
  const digits = fc.stringMatching(/^(telegram:)?(group:)?-?[0-9@a-z_:]{1,20}$/)
  fc.assert(
    fc.property(digits, (to) => {
      const target = readTarget(to, true)
      if (target === undefined) return
      expect(v.is(SessionKey, target.sessionKey)).toBe(true)
      expect(readTarget(target.sessionKey, false)).toEqual(target)
    }),
  )
})
