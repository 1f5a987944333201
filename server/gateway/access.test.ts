import fc from "fast-check"
import { expect, test } from "vitest"
import type { ChannelSettings, GroupRule, InboundMessage } from "../channels/channel.ts"
import type { FactStore } from "../store/store.ts"
import { isOurChat, judgeAccess } from "./access.ts"

function createFacts(): FactStore {
  const facts = new Map<string, string>()
  return {
    get: async (area, key) => facts.get(`${area} ${key}`),
    set: async (area, key, value) => void facts.set(`${area} ${key}`, value),
  }
}

function message(words: Partial<InboundMessage> = {}): InboundMessage {
  return {
    channel: "memory",
    account: "bot",
    chat: "7",
    messageId: "m",
    order: 1,
    sender: { id: "7" },
    text: "hello",
    ts: 0,
    sessionKey: "memory:7",
    ...words,
  }
}

function check(
  settings: Partial<ChannelSettings>,
  words: Partial<InboundMessage> = {},
  facts = createFacts(),
  allowed: readonly string[] = [],
) {
  return judgeAccess(message(words), {
    settings: { allowFrom: [], groups: {}, ...settings },
    allowed: new Set(allowed),
    facts,
  })
}

const group = (words: Partial<NonNullable<InboundMessage["group"]>> = {}) => ({
  chat: "-5",
  group: { id: "-5", mentioned: false, ...words },
})
const rule = (words: Partial<GroupRule> = {}) => ({
  "-5": { anyone: false, mention: true, patterns: [], ...words },
})

test("[AU25] nobody may talk to the agent unless a rule says so", async () => {
  expect(await check({})).toEqual({ kind: "stranger", id: "7" })
  expect(await check({ allowFrom: ["7"] })).toEqual({ kind: "answer" })
  expect(await check({ allowFrom: ["*"] })).toEqual({ kind: "answer" })
  expect(await check({ allowFrom: ["77", "07", " 7"] })).toMatchObject({ kind: "stranger" })
})

test("[AU25] whoever is not named by id, by handle or by the star stays out, whatever else is listed", async () => {
  const entry = fc.constantFrom("8", "@eve", "ada", "Ada", "**", "", "7 ", "memory:7", "@")
  await fc.assert(
    fc.asyncProperty(fc.array(entry), async (allowFrom) => {
      const sender = { id: "7", handle: "@ada", name: "Ada" }
      expect(await check({ allowFrom }, { sender })).toMatchObject({ kind: "stranger", id: "7" })
    }),
  )
})

test("a handle means whoever had it at first use, however its letters are written", async () => {
  const facts = createFacts()
  const settings = { allowFrom: ["@Ada"] }
  const first = { sender: { id: "7", handle: "@ADA" } }
  const thief = { sender: { id: "8", handle: "@ada" } }
  expect(await check(settings, first, facts)).toEqual({ kind: "answer" })
  expect(await check(settings, thief, facts)).toEqual({ kind: "stranger", id: "8" })
  expect(await check(settings, first, facts)).toEqual({ kind: "answer" })
})

test("a group that is not listed is a stranger by its own id, whoever writes in it", async () => {
  expect(await check({ allowFrom: ["*"] }, group({ title: "Team", mentioned: true }))).toEqual({
    kind: "stranger",
    id: "-5",
    name: "Team",
  })
  expect(await check({ allowFrom: ["*"] }, { group: { id: "toString", mentioned: true } })).toEqual(
    { kind: "stranger", id: "toString" },
  )
})

test.for([
  ["an allowed sender who mentions the bot", ["7"], {}, { mentioned: true }, "hi", "answer"],
  ["an allowed sender who does not", ["7"], {}, {}, "hi", "not-addressed"],
  ["a pattern in place of a mention", ["7"], { patterns: ["Hey BOT"] }, {}, "hey bot!", "answer"],
  ["a group that needs no mention", ["7"], { mention: false }, {}, "hi", "answer"],
  ["a stranger in a listed group", ["8"], { mention: false }, {}, "hi", "stranger"],
  ["anyone, where the rule lets anyone", [], { anyone: true }, { mentioned: true }, "hi", "answer"],
] as const)("in a listed group: %s", async ([, allowFrom, ruleWords, groupWords, text, kind]) => {
  const settings = { allowFrom: [...allowFrom], groups: rule(ruleWords) }
  expect(await check(settings, { ...group(groupWords), text })).toMatchObject({ kind })
})

test("the owner of the account may always talk, and an alias is as good as an id", async () => {
  expect(await check({}, { sender: { id: "7", self: true } })).toEqual({ kind: "answer" })
  const sender = { id: "7", aliases: ["lid:7"] }
  expect(await check({ allowFrom: ["lid:7"] }, { sender })).toEqual({ kind: "answer" })
  expect(await check({ allowFrom: ["lid:8"] }, { sender })).toMatchObject({ kind: "stranger" })
})

test("[WA16] who hides behind an id is nobody that the star means, only whom a list names so", async () => {
  const sender = { id: "lid:7", handle: "@ada", hidden: true }
  expect(await check({ allowFrom: ["*", "@ada"] }, { sender })).toMatchObject({ kind: "stranger" })
  expect(await check({ allowFrom: ["lid:7"] }, { sender })).toEqual({ kind: "answer" })
  expect(await check({}, { sender }, createFacts(), ["lid:7"])).toEqual({ kind: "answer" })
  expect(await check({}, { sender: { ...sender, id: "*" } }, createFacts(), ["*"])).toMatchObject({
    kind: "stranger",
  })
})

test("whom an operator allowed may talk, and a group that they allowed has the careful rule", async () => {
  const allowing = (ids: string[], words: Partial<InboundMessage>) =>
    check({}, words, createFacts(), ids)
  expect(await allowing(["7"], {})).toEqual({ kind: "answer" })
  expect(await allowing(["@Ada"], { sender: { id: "7", handle: "@ada" } })).toEqual({
    kind: "answer",
  })
  expect(await allowing(["-5"], group({ mentioned: true }))).toMatchObject({ id: "7" })
  expect(await allowing(["-5", "7"], group({ mentioned: true }))).toEqual({ kind: "answer" })
  expect(await allowing(["-5", "7"], group())).toEqual({ kind: "not-addressed" })
})

test("what the owner writes by hand counts where somebody else may talk to the agent", () => {
  const isOurs = (allowFrom: string[], words: Partial<InboundMessage> = {}) =>
    isOurChat(message({ sender: { id: "1", self: true }, byOwner: true, ...words }), {
      settings: { allowFrom, groups: rule() },
      allowed: new Set(["9"]),
      facts: createFacts(),
    })
  expect(isOurs(["7"])).toBe(true)
  expect(isOurs(["*"])).toBe(true)
  expect(isOurs(["8"])).toBe(false)
  expect(isOurs([], { sessionKey: "memory:9" })).toBe(true)
  expect(isOurs([], group())).toBe(true)
  expect(isOurs(["*"], { group: { id: "-6", mentioned: true } })).toBe(false)
})
