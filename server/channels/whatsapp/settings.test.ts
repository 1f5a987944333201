import * as v from "valibot"
import { expect, test } from "vitest"
import { describeIssues } from "#protocol"
import { WhatsAppSettings } from "./settings.ts"

function problem(settings: unknown): string {
  const result = v.safeParse(WhatsAppSettings, settings)
  return result.success ? "none" : describeIssues(result.issues)
}

test("[AU25] nothing configured means nobody and no group", () => {
  expect(v.parse(WhatsAppSettings, {})).toEqual({
    enabled: true,
    allowFrom: [],
    groups: {},
    readReceipts: true,
  })
})

test("people and groups are read into the one form in which senders are compared", () => {
  const { allowFrom, groups } = v.parse(WhatsAppSettings, {
    allowFrom: ["+1 (555) 010-0000", "123456789012345@lid", "15550100001@s.whatsapp.net", "*"],
    groups: {
      "120363000000000001": {},
      "120363000000000002@g.us": { anyone: true, patterns: ["bot"] },
    },
  })
  expect(allowFrom).toEqual(["+15550100000", "123456789012345@lid", "+15550100001", "*"])
  expect(groups).toEqual({
    "120363000000000001@g.us": { anyone: false, mention: true, patterns: [] },
    "120363000000000002@g.us": { anyone: true, mention: true, patterns: ["bot"] },
  })
})

test("a bad entry is named with its place", () => {
  for (const entry of [
    "15550100000",
    "0015550100000",
    "@ada",
    "",
    15550100000,
    "120363000000000001@g.us",
  ]) {
    expect(problem({ allowFrom: ["*", entry] })).toMatch(
      /^\/allowFrom\/1: must be a number such as/,
    )
  }
  expect(problem({ allowFrom: "*" })).not.toBe("none")
  expect(problem({ groups: { "+15550100000": {} } })).toContain("must be the id of a group")
  expect(problem({ groups: { "120363000000000001": { everyone: true } } })).toContain("unknown key")
  expect(problem({ readReceipt: false })).toContain("unknown key")
})

test("one group under two spellings is refused, for only one of the rules could hold", () => {
  const groups = { "120363000000000001": {}, "120363000000000001@g.us": { anyone: true } }
  expect(problem({ groups })).toContain("/groups: names a group twice")
})

test("a version is three whole numbers", () => {
  expect(problem({ version: [2, 3000, 1_015_901_307] })).toBe("none")
  for (const version of ["2.3000.1", [2, 3000, 1, 0], [2, -1, 0], [2, 0.5, 0]]) {
    expect(problem({ version })).toContain("must be three whole numbers")
  }
  expect(problem({ version: [2, 3000] })).toBe("/version/2 required")
})
