import * as v from "valibot"
import { expect, test } from "vitest"
import { describeIssues } from "#protocol"
import { readAllowed, TelegramSettings } from "./settings.ts"
import { TOKEN } from "./stub-bot-api.ts"

function problem(settings: unknown): string {
  const result = v.safeParse(TelegramSettings, settings)
  return result.success ? "none" : describeIssues(result.issues)
}

test("nothing configured means nobody, no group and the public service", () => {
  expect(v.parse(TelegramSettings, {})).toEqual({
    allowFrom: [],
    groups: {},
    apiRoot: "https://api.telegram.org",
  })
})

test("ids, names and the star are read into one form", () => {
  const { allowFrom, groups } = v.parse(TelegramSettings, {
    allowFrom: [42, "43", "@Ada_Lab", "*"],
    groups: { "-100777": {}, "-5": { anyone: true, mention: false, patterns: ["bot"] } },
  })
  expect(allowFrom).toEqual(["42", "43", "@ada_lab", "*"])
  expect(groups).toEqual({
    "-100777": { anyone: false, mention: true, patterns: [] },
    "-5": { anyone: true, mention: false, patterns: ["bot"] },
  })
})

test("a bad entry is named with its place", () => {
  for (const entry of ["ada", "@a", "@a b c d", "", "042", 1.5, 2 ** 53, "**", "+15550100"]) {
    expect(problem({ allowFrom: ["*", entry] })).toBe(
      "/allowFrom/1: must be a user id, an @name or *",
    )
  }
  expect(problem({ allowFrom: [null] })).toContain("/allowFrom/0: must be a user id")
  expect(problem({ groups: { "100": {} } })).toContain("must be the id of a group")
  expect(problem({ groups: { "-1": { everyone: true } } })).toContain("unknown key")
  expect(problem({ tokens: "x" })).toContain("unknown key")
})

test("the Bot API is an http or https URL without a slash at its end", () => {
  expect(problem({ apiRoot: "http://127.0.0.1:8081" })).toBe("none")
  expect(problem({ apiRoot: "https://bots.example/api" })).toBe("none")
  for (const apiRoot of [
    "https://x/",
    "ftp://x",
    "x",
    "https://u:p@x",
    "https://x?y",
    "https://x#y",
  ]) {
    expect(problem({ apiRoot })).toContain("/apiRoot: must be an http or https URL")
  }
})

test("a proxy is an http or https URL, and no complaint about it holds its password", () => {
  for (const proxy of ["http://proxy:3128", "https://me:secret@proxy", "proxy:3128"]) {
    expect(problem({ proxy })).toBe("none")
  }
  for (const proxy of ["socks5://me:secret@proxy:1080", "http://", "", 3128]) {
    expect(problem({ proxy })).toContain("/proxy: must be")
    expect(problem({ proxy })).not.toContain("secret")
  }
})

test("allow lists name people, names and groups in one form", () => {
  expect(readAllowed("42")).toBe("42")
  expect(readAllowed("@Ada_Lab")).toBe("@ada_lab")
  expect(readAllowed("-1001234567890")).toBe("-1001234567890")
  for (const id of ["", "*", "ada", "@a", "042", "+4915550100", "9007199254740993", "42:7"]) {
    expect(readAllowed(id), id).toBeUndefined()
  }
})

test("no complaint about a token holds the token", () => {
  expect(problem({ botToken: TOKEN })).toBe("none")
  for (const botToken of [`${TOKEN} `, `bot${TOKEN}`, [TOKEN], ""]) {
    expect(problem({ botToken })).not.toContain("secret")
    expect(problem({ botToken })).not.toBe("none")
  }
  expect(problem({ botToken: TOKEN, botTokenFile: "/run/token" })).toBe(
    "botToken and botTokenFile exclude each other",
  )
})
