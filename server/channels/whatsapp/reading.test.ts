import { proto } from "@whiskeysockets/baileys"
import fc from "fast-check"
import { expect, test } from "vitest"
import { lidsIn, type ReadingContext, readAccount, readMessage } from "./reading.ts"

const OWN = { number: "+15550199999", lid: "99999999999999@lid" }
const OWN_JID = "15550199999@s.whatsapp.net"
const ADA = "15550100000@s.whatsapp.net"
const ADAS_LID = "123456789012345@lid"
const GROUP = "120363000000000001@g.us"

const CONTEXT: ReadingContext = {
  account: OWN,
  numberOf: () => undefined,
  sentByUs: false,
  now: 1_767_225_700_000,
}

interface Words {
  readonly key?: Record<string, unknown>
  readonly message?: unknown
  readonly [more: string]: unknown
}

function read({ key, ...words }: Words, context: Partial<ReadingContext> = {}) {
  const raw = {
    key: { id: "3EB0A1", remoteJid: ADA, fromMe: false, ...key },
    message: { conversation: "hello" },
    messageTimestamp: 1_767_225_600,
    pushName: "Ada",
    ...words,
  }
  return readMessage(raw, { ...CONTEXT, ...context })
}

function messageOf(words: Words, context: Partial<ReadingContext> = {}) {
  const reading = read(words, context)
  if (reading.kind !== "message") throw new Error(JSON.stringify(reading))
  return reading.message
}

function whyNot(words: Words, context: Partial<ReadingContext> = {}): string | undefined {
  const reading = read(words, context)
  return reading.kind === "skipped" ? reading.why : undefined
}

const inGroup = (key: Record<string, unknown> = {}) => ({
  remoteJid: GROUP,
  participant: ADA,
  ...key,
})

test("a direct message is read into the words that all channels share", () => {
  expect(messageOf({})).toEqual({
    channel: "whatsapp",
    account: "+15550199999",
    chat: ADA,
    messageId: "3EB0A1",
    order: 1_767_225_600,
    sender: { id: "+15550100000", name: "Ada" },
    text: "hello",
    ts: 1_767_225_600_000,
    sessionKey: "whatsapp:+15550100000",
  })
})

test("a message that went through protobuf reads the same, halved numbers and all", () => {
  const bytes = proto.WebMessageInfo.encode({
    key: { id: "3EB0A1", remoteJid: ADA, fromMe: false },
    message: { extendedTextMessage: { text: "hello", contextInfo: { mentionedJid: [] } } },
    messageTimestamp: 1_767_225_600,
    pushName: "Ada",
  }).finish()
  const decoded = proto.WebMessageInfo.decode(bytes)
  expect(readMessage(decoded, CONTEXT)).toEqual({
    kind: "message",
    message: messageOf({}),
    vanishesAfterS: 0,
  })
  const halves = { low: 1_767_225_600 | 0, high: 0, unsigned: true }
  expect(messageOf({ messageTimestamp: halves }).ts).toBe(1_767_225_600_000)
})

test("[WA14] a later second is a larger order; within one the journal's own order stays", () => {
  const order = (messageTimestamp: number) => messageOf({ messageTimestamp }).order
  expect(order(1_767_225_601)).toBeGreaterThan(order(1_767_225_600))
  expect(order(1_767_225_600)).toBe(order(1_767_225_600))
})

test.each([undefined, null, 0, -5, Number.NaN, 2 ** 60, { low: -1, high: -1 }])(
  "a message of the time %j counts as written now",
  (messageTimestamp) => {
    const message = messageOf({ messageTimestamp })
    expect(message.ts).toBe(CONTEXT.now)
    expect(Number.isSafeInteger(message.order)).toBe(true)
  },
)

test("[WA12] a message that comes again is the same one, whichever of their ids its sender has in it", () => {
  const first = messageOf({})
  for (const key of [
    { remoteJid: "15550100000:4@s.whatsapp.net" },
    { remoteJid: ADAS_LID, remoteJidAlt: ADA },
    { remoteJid: ADAS_LID, remoteJidAlt: "15550100000:4@s.whatsapp.net" },
  ]) {
    const { chat, account, messageId, sessionKey, sender } = messageOf({ key })
    expect({ chat, account, messageId, sessionKey }).toEqual({
      chat: first.chat,
      account: first.account,
      messageId: first.messageId,
      sessionKey: first.sessionKey,
    })
    expect(sender.id).toBe("+15550100000")
  }
})

test("[WA16] a hidden sender is resolved by the number beside it or by what is known of it", () => {
  const expected = { id: "+15550100000", aliases: [ADAS_LID], name: "Ada" }
  const hidden = { remoteJid: ADAS_LID }
  expect(messageOf({ key: { ...hidden, remoteJidAlt: ADA } }).sender).toEqual(expected)
  for (const known of ["15550100000:0@s.whatsapp.net", "+15550100000"]) {
    expect(messageOf({ key: hidden }, { numberOf: () => known }).sender).toEqual(expected)
  }
  expect(messageOf({ key: { remoteJidAlt: ADAS_LID } }).sender).toEqual(expected)
  expect(
    messageOf({ key: { ...inGroup(), participant: ADAS_LID, participantAlt: ADA } }),
  ).toMatchObject({
    chat: GROUP,
    sender: expected,
  })
})

test("[WA16, AU25] a sender who stays hidden is marked so, and stands for nobody whose number is known", () => {
  for (const numberOf of [() => undefined, () => "no JID", () => ADAS_LID]) {
    expect(messageOf({ key: { remoteJid: ADAS_LID } }, { numberOf })).toMatchObject({
      chat: ADAS_LID,
      sender: { id: ADAS_LID, hidden: true },
      sessionKey: `whatsapp:${ADAS_LID}`,
    })
  }
})

test("[WA16, AU25] nobody else is taken for the owner of the account", () => {
  const hidden = messageOf({ key: { remoteJid: ADAS_LID, remoteJidAlt: OWN_JID } })
  expect(hidden.sender).toEqual({ id: ADAS_LID, hidden: true, name: "Ada" })
  const mapped = messageOf({ key: { remoteJid: ADAS_LID } }, { numberOf: () => OWN_JID })
  expect(mapped.sender).toEqual({ id: ADAS_LID, hidden: true, name: "Ada" })
  for (const remoteJid of [OWN_JID, OWN.lid]) {
    expect(whyNot({ key: { remoteJid } })).toBe("in our name, but not ours")
  }
  expect(whyNot({ key: inGroup({ participant: OWN.lid }) })).toBe("in our name, but not ours")
})

test("[WA15] what the gateway sent is skipped, and only that", () => {
  const echo = { sentByUs: true }
  expect(whyNot({ key: { fromMe: true } }, echo)).toBe("our own")
  expect(whyNot({ key: { ...inGroup({ participant: OWN_JID }), fromMe: true } }, echo)).toBe(
    "our own",
  )
  // Whoever gets our messages knows their ids, and could take one for a message of their own.
  expect(messageOf({ key: { fromMe: false } }, echo).sender.id).toBe("+15550100000")
})

test("[WA15] what the owner writes by hand to somebody else is theirs, in that chat", () => {
  const owner = { id: OWN.number, aliases: [OWN.lid], self: true }
  // Beside the other one's hidden id stands our number, as we are who wrote.
  const toHidden = { remoteJid: ADAS_LID, remoteJidAlt: OWN_JID, fromMe: true }
  expect(messageOf({ key: toHidden }, { numberOf: () => ADA })).toMatchObject({
    chat: ADA,
    byOwner: true,
    sender: owner,
    sessionKey: "whatsapp:+15550100000",
  })
  expect(messageOf({ key: toHidden })).toMatchObject({ chat: ADAS_LID, byOwner: true })
  expect(messageOf({ key: { fromMe: true } })).toMatchObject({ chat: ADA, byOwner: true })
  expect(messageOf({ key: inGroup({ participant: OWN.lid, fromMe: true }) })).toMatchObject({
    chat: GROUP,
    byOwner: true,
    sender: owner,
  })
})

test.each([OWN_JID, "15550199999:3@s.whatsapp.net", OWN.lid])(
  "the owner talks to the agent in the chat with themselves, here %s",
  (remoteJid) => {
    const message = messageOf({ key: { remoteJid, fromMe: true } })
    expect(message).toMatchObject({
      chat: OWN_JID,
      sender: { id: OWN.number, self: true },
      sessionKey: "whatsapp:+15550199999",
    })
    expect(message).not.toHaveProperty("byOwner")
  },
)

test("the chat with oneself is known by the hidden id also before that id is", () => {
  const account = { number: OWN.number }
  const key = { remoteJid: OWN.lid, fromMe: true }
  expect(messageOf({ key }, { account, numberOf: () => OWN_JID })).not.toHaveProperty("byOwner")
  expect(messageOf({ key }, { account })).toMatchObject({ byOwner: true })
})

test("a message of a group carries the group", () => {
  expect(messageOf({ key: inGroup() }, { groupTitle: "Lab" })).toMatchObject({
    chat: GROUP,
    sender: { id: "+15550100000" },
    group: { id: GROUP, title: "Lab", mentioned: false },
    sessionKey: "whatsapp:group:120363000000000001",
  })
  expect(messageOf({ key: inGroup() }).group).toEqual({ id: GROUP, mentioned: false })
  expect(whyNot({ key: { remoteJid: GROUP } })).toBe("without a sender")
  const old = { key: { remoteJid: GROUP, participant: "" }, participant: ADA }
  expect(messageOf(old).sender.id).toBe("+15550100000")
})

test("[M14] a mention of ours that leads a message is not part of its words, so that a command is one", () => {
  const words = (text: string, mentionedJid = [OWN_JID]) =>
    messageOf({
      key: inGroup(),
      message: { extendedTextMessage: { text, contextInfo: { mentionedJid } } },
    }).text
  expect(words("@15550199999 /stop")).toBe("/stop")
  expect(words(" @99999999999999  what is\nnew?", [OWN.lid])).toBe("what is\nnew?")
  for (const text of ["@15550199999", "ask @15550199999 /stop", "@15550100000 /stop"]) {
    expect(words(text)).toBe(text)
  }
  expect(words("@15550199999 hi", [ADA])).toBe("@15550199999 hi")
})

test("we are mentioned by number, by hidden id, or by a reply to us", () => {
  const mentioned = (contextInfo: unknown) =>
    messageOf({
      key: inGroup(),
      message: { extendedTextMessage: { text: "hi", contextInfo } },
    }).group?.mentioned
  const quotedMessage = { conversation: "?" }
  expect(mentioned({ mentionedJid: [ADA, OWN_JID] })).toBe(true)
  expect(mentioned({ mentionedJid: [OWN.lid] })).toBe(true)
  expect(mentioned({ mentionedJid: ["99999999999999@s.whatsapp.net", ADA] })).toBe(false)
  expect(mentioned({ participant: "15550199999:2@s.whatsapp.net", quotedMessage })).toBe(true)
  expect(mentioned({ participant: OWN.lid, quotedMessage })).toBe(true)
  expect(mentioned({ participant: ADA, quotedMessage })).toBe(false)
  expect(mentioned({ participant: OWN_JID })).toBe(false)
  expect(mentioned(null)).toBe(false)
})

test("what is answered is quoted, with its sender as far as they are known", () => {
  const quoted = (participant: unknown, quotedMessage: unknown, numberOf = () => ADA) => {
    const contextInfo = { participant, quotedMessage }
    const message = { extendedTextMessage: { text: "yes", contextInfo } }
    return messageOf({ message }, { numberOf }).quoted
  }
  const conversation = "All of it."
  expect(quoted(ADA, { conversation })).toEqual({ sender: "+15550100000", text: conversation })
  expect(quoted(ADAS_LID, { conversation })?.sender).toBe("+15550100000")
  expect(quoted(OWN.lid, { conversation })?.sender).toBe(OWN.number)
  expect(quoted("x", { ephemeralMessage: { message: { imageMessage: {} } } })).toEqual({
    text: "(photo)",
  })
  expect(quoted(ADA, { conversation: "x".repeat(1_000_000) })?.text).toHaveLength(65_536)
  expect(quoted(ADA, null)).toBeUndefined()
})

test.each<[string, Words]>([
  ["not a chat of people", { key: { remoteJid: "13135550002@bot" } }],
  ["not a chat of people", { key: { remoteJid: "0@s.whatsapp.net" } }],
  ["a status", { key: { remoteJid: "status@broadcast", participant: ADA } }],
  ["a broadcast list", { key: { remoteJid: "1600000000@broadcast", participant: ADA } }],
  ["a newsletter", { key: { remoteJid: "120363000000000002@newsletter" } }],
  ["a notice", { messageStubType: 21, message: null }],
  ["between our own devices", { category: "peer" }],
  ["malformed", { key: { id: "" } }],
  ["malformed", { key: { id: "x".repeat(200) } }],
])("%s is skipped", (why, words) => {
  expect(whyNot(words)).toBe(why)
})

test("what cannot be decrypted yet is told apart, with parts of it there or not", () => {
  expect(read({ messageStubType: 2, message: null })).toEqual({ kind: "stub" })
  const message = { senderKeyDistributionMessage: { groupId: GROUP } }
  expect(read({ key: inGroup(), messageStubType: 2, message })).toEqual({ kind: "stub" })
})

test("who we are is read from the credentials, and without a number we are nobody", () => {
  expect(readAccount("15550199999:12@s.whatsapp.net", "99999999999999:12@lid")).toEqual(OWN)
  expect(readAccount("15550199999:12@s.whatsapp.net", undefined)).toEqual({ number: OWN.number })
  expect(readAccount(OWN.lid, undefined)).toBeUndefined()
})

test("the hidden ids of a message are named for whoever looks up their numbers", () => {
  const contextInfo = { participant: "55555555555555:1@lid", quotedMessage: {} }
  const message = { extendedTextMessage: { text: "hi", contextInfo } }
  const key = { id: "1", remoteJid: GROUP, participant: "123456789012345:3@lid" }
  expect(lidsIn({ key, message })).toEqual([ADAS_LID, "55555555555555@lid"])
  expect(lidsIn({ key: { id: "1", remoteJid: ADA }, message: null })).toEqual([])
  expect(lidsIn(undefined)).toEqual([])
})

test("no message whatever throws", () => {
  const kinds = ["message", "skipped", "stub"]
  const jid = fc.constantFrom(ADA, ADAS_LID, GROUP, OWN_JID, OWN.lid, "status@broadcast", "x", "")
  const long = fc.record({ low: fc.integer(), high: fc.integer(), unsigned: fc.boolean() })
  const text = fc.string({ unit: "binary" })
  const leaf = fc.oneof(
    fc.jsonValue({ maxDepth: 1, depthSize: "small" }),
    jid,
    text,
    long,
    fc.uint8Array(),
  )
  const contextInfo = fc.record({
    participant: leaf,
    mentionedJid: fc.array(leaf),
    quotedMessage: leaf,
  })
  const name = fc.constantFrom(
    "conversation",
    "extendedTextMessage",
    "imageMessage",
    "audioMessage",
    "documentMessage",
    "locationMessage",
    "contactsArrayMessage",
    "pollCreationMessageV3",
    "ephemeralMessage",
    "viewOnceMessageV2",
    "editedMessage",
    "protocolMessage",
    "reactionMessage",
    "templateMessage",
  )
  const field = fc.constantFrom(
    "text",
    "caption",
    "url",
    "mediaKey",
    "fileLength",
    "name",
    "options",
  )
  const content = fc.letrec((tie) => ({
    part: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      leaf,
      fc.record({ message: tie("message") }),
      fc
        .tuple(fc.dictionary(field, leaf), contextInfo)
        .map(([fields, info]) => ({ ...fields, contextInfo: info })),
    ),
    message: fc.dictionary(name, tie("part")),
  }))
  const raw = fc.record(
    {
      key: fc.record({
        id: fc.constant("1"),
        remoteJid: jid,
        remoteJidAlt: fc.option(jid),
        participant: fc.option(jid),
        fromMe: fc.option(fc.boolean()),
      }),
      message: fc.oneof(leaf, content.message),
      messageTimestamp: leaf,
      messageStubType: fc.option(fc.nat(3)),
      pushName: fc.option(text),
    },
    { requiredKeys: ["key", "message"] },
  )
  fc.assert(
    fc.property(fc.oneof(raw, fc.anything()), fc.boolean(), (message, sentByUs) => {
      lidsIn(message)
      expect(kinds).toContain(readMessage(message, { ...CONTEXT, sentByUs }).kind)
    }),
    { numRuns: 1_000 },
  )
})

test("wrappers in wrappers without end are not followed", () => {
  let message: unknown = { conversation: "deep" }
  for (let depth = 0; depth < 10_000; depth += 1) message = { ephemeralMessage: { message } }
  expect(whyNot({ message })).toBe("without content")
})

test("[AU29] what was passed on says so", () => {
  const said = (contextInfo: object) =>
    messageOf({ message: { extendedTextMessage: { text: "hello", contextInfo } } })
  expect(said({ isForwarded: true, forwardingScore: 1 }).forwarded).toEqual({})
  expect(said({ isForwarded: false })).not.toHaveProperty("forwarded")
})

test("[A8] in a group the files of what is answered come along, but not our own", () => {
  const KEY = new Uint8Array(32).fill(7)
  const quotedMessage = { imageMessage: { directPath: "/v/a", mediaKey: KEY, caption: "look" } }
  const quoted = (participant: string, key: object) => {
    const contextInfo = { participant, quotedMessage }
    const message = { extendedTextMessage: { text: "what is this?", contextInfo } }
    return messageOf({ message, key: { ...key } }).quoted
  }
  expect(quoted(ADA, inGroup())).toMatchObject({ text: "look", media: [{ kind: "image" }] })
  expect(quoted(OWN_JID, inGroup())).not.toHaveProperty("media")
  expect(quoted(ADA, {})).not.toHaveProperty("media")
})

test("[WA19] a file says of which message it is, as the service calls it", () => {
  const KEY = new Uint8Array(32).fill(7)
  const message = { imageMessage: { directPath: "/v/a", mediaKey: KEY } }
  const named = (key: object) =>
    JSON.parse(messageOf({ message, key: { ...key } }).media?.[0]?.reference ?? "")
  expect(named({}).message).toEqual({ id: "3EB0A1", remoteJid: ADA, fromMe: false })
  expect(named(inGroup()).message).toMatchObject({ remoteJid: GROUP, participant: ADA })
})
