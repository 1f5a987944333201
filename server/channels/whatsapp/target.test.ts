import * as v from "valibot"
import { expect, test } from "vitest"
import { SessionKey } from "#protocol"
import { whatsapp } from "./index.ts"

const PERSON = { chat: "15550100000@s.whatsapp.net", sessionKey: "whatsapp:+15550100000" }
const GROUP = { chat: "120363000000000001@g.us", sessionKey: "whatsapp:group:120363000000000001" }

test.each([
  ["+15550100000", PERSON],
  ["+1 (555) 010-0000", PERSON],
  ["+1.555.010.0000", PERSON],
  ["15550100000@s.whatsapp.net", PERSON],
  ["15550100000:12@s.whatsapp.net", PERSON],
  ["whatsapp:+15550100000", PERSON],
  [
    "123456789012345:3@lid",
    { chat: "123456789012345@lid", sessionKey: "whatsapp:123456789012345@lid" },
  ],
  ["120363000000000001@g.us", GROUP],
  ["whatsapp:group:120363000000000001", GROUP],
])("[M5, VA8] %s is an address of WhatsApp", (to, target) => {
  expect(whatsapp.readTarget(to, false)).toEqual(target)
  expect(whatsapp.readTarget(target.sessionKey, false)).toEqual(target)
  expect(v.is(SessionKey, target.sessionKey)).toBe(true)
})

test.each([
  "abc",
  "+",
  "+123",
  "0049301234567",
  "15550100000",
  `+${"1".repeat(40)}`,
  "+0123456789",
  "@ada",
  "15550100000@evil.example",
  "whatsapp:group:me",
  "",
])("[VA8] %s is none", (to) => {
  expect(whatsapp.readTarget(to, true)).toBeUndefined()
})
