import fc from "fast-check"
import { expect, test } from "vitest"
import { readAllowed, readGroupId, readJid, readPersonJid, toJid } from "./jid.ts"

const ADA = { kind: "person", number: "+15550100000" }
const HIDDEN = { kind: "hidden", lid: "123456789012345@lid" }
const GROUP = { kind: "group", id: "120363000000000001@g.us" }

test.each([
  ["15550100000@s.whatsapp.net", ADA],
  ["15550100000:7@s.whatsapp.net", ADA],
  ["15550100000_1:7@s.whatsapp.net", ADA],
  ["15550100000@c.us", ADA],
  ["15550100000:99@hosted", ADA],
  ["123456789012345@lid", HIDDEN],
  ["123456789012345:3@lid", HIDDEN],
  ["123456789012345:99@hosted.lid", HIDDEN],
  ["120363000000000001@g.us", GROUP],
  ["4915550100000-1600000000@g.us", { kind: "group", id: "4915550100000-1600000000@g.us" }],
  ["status@broadcast", { kind: "status" }],
  ["1600000000@broadcast", { kind: "broadcast" }],
  ["120363000000000002@newsletter", { kind: "newsletter" }],
])("the JID %s is read into what it stands for", (jid, expected) => {
  expect(readJid(jid)).toEqual(expected)
})

test.each([
  undefined,
  null,
  "",
  "15550100000",
  "@s.whatsapp.net",
  "0@s.whatsapp.net",
  "15550100000@evil.example",
  "15550100000@s.whatsapp.net@lid",
  "1@2@s.whatsapp.net",
  "13135550002@bot",
  "+15550100000@s.whatsapp.net",
  "15550100000@s.whatsapp.net\n",
  `${"1".repeat(30)}@s.whatsapp.net`,
])("%j is no JID of a chat", (jid) => {
  expect(readJid(jid)).toBeUndefined()
})

test("a group is no person, and digits of two kinds of ids are two people", () => {
  expect(readPersonJid("120363000000000001@g.us")).toBeUndefined()
  expect(readPersonJid("15550100000@lid")).not.toEqual(readPersonJid("15550100000@s.whatsapp.net"))
})

test("people and groups are allowed in every form in which they are addressed", () => {
  for (const form of [
    " +1 (555) 010-0000 ",
    "15550100000:2@s.whatsapp.net",
    "whatsapp:+15550100000",
  ]) {
    expect(readAllowed(form)).toBe("+15550100000")
  }
  expect(readAllowed("123456789012345:3@lid")).toBe("123456789012345@lid")
  for (const form of ["120363000000000001@g.us", "whatsapp:group:120363000000000001"]) {
    expect(readAllowed(form)).toBe("120363000000000001@g.us")
  }
})

test("[AU25] what may be a number without its plus allows neither a person nor a group", () => {
  for (const form of ["15550100000", "0015550100000", "*", "@ada", "", "120363000000000001"]) {
    expect(readAllowed(form)).toBeUndefined()
  }
  expect(readGroupId("120363000000000001")).toBe("120363000000000001@g.us")
  expect(readGroupId("120363000000000001@g.us")).toBe("120363000000000001@g.us")
  expect(readGroupId("+15550100000")).toBeUndefined()
})

test("a JID that was read is written without its device, and then reads the same", () => {
  const user = fc.stringMatching(/^[1-9][0-9]{6,14}$/)
  const server = fc.constantFrom("s.whatsapp.net", "lid", "g.us", "c.us", "hosted", "hosted.lid")
  const device = fc.constantFrom("", ":0", ":12", "_1:3")
  fc.assert(
    fc.property(user, device, server, (name, at, domain) => {
      const jid = readJid(`${name}${at}@${domain}`)
      if (jid === undefined || !("number" in jid || "lid" in jid || "id" in jid)) {
        throw new Error("not read")
      }
      expect(toJid(jid)).toMatch(/^[0-9]+@(s\.whatsapp\.net|lid|g\.us)$/)
      expect(readJid(toJid(jid))).toEqual(jid)
    }),
  )
  fc.assert(fc.property(fc.string(), (text) => void readJid(text)))
})
