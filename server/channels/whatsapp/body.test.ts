import { expect, test } from "vitest"
import { readBody } from "./body.ts"

const KEY = new Uint8Array(32).fill(7)
const FILE = {
  directPath: "/v/t62/file.enc?ccb=11-4",
  url: "https://mmg.whatsapp.net/v/t62/file.enc",
  mediaKey: KEY,
  fileSha256: KEY,
  fileEncSha256: KEY,
  fileLength: { low: 1_000, high: 0, unsigned: true },
}

function said(message: unknown) {
  const body = readBody(message)
  if (body.kind === "skipped") throw new Error(`skipped: ${body.why}`)
  return body.said
}

function why(message: unknown): string | undefined {
  const body = readBody(message)
  return body.kind === "skipped" ? body.why : undefined
}

test.each([
  [{ conversation: "hello" }, "hello"],
  [{ conversation: "", extendedTextMessage: { text: "hello" } }, "hello"],
  [{ imageMessage: { caption: "look" } }, "look"],
  [{ imageMessage: {} }, "(photo)"],
  [{ videoMessage: { caption: "" } }, "(video)"],
  [{ videoMessage: { gifPlayback: true } }, "(animation)"],
  [{ ptvMessage: {} }, "(video note)"],
  [{ audioMessage: { ptt: true } }, "(voice note)"],
  [{ audioMessage: {} }, "(audio)"],
  [{ documentMessage: {} }, "(document)"],
  [{ stickerMessage: {} }, "(sticker)"],
  [{ contactMessage: {} }, "(contact)"],
  [{ locationMessage: {} }, "(location)"],
  [
    { pollCreationMessageV3: { name: "When?", options: [{ optionName: "Now" }] } },
    "(poll: When?; Now)",
  ],
  [{ eventMessage: { name: "Party" } }, "(event: Party)"],
  [{ groupInviteMessage: { groupName: "Lab" } }, "(group invite: Lab)"],
  [{ buttonsResponseMessage: { selectedDisplayText: "Yes" } }, "Yes"],
  [{ templateButtonReplyMessage: { selectedDisplayText: "Yes" } }, "Yes"],
  [{ listResponseMessage: { title: "One", description: "the first" } }, "One\nthe first"],
  [{ interactiveResponseMessage: { body: { text: "Yes" } } }, "Yes"],
  [{ interactiveMessage: { body: { text: "Which?" } } }, "Which?"],
  [{ buttonsMessage: { contentText: "Which?" } }, "Which?"],
  [{ templateMessage: { hydratedTemplate: { hydratedContentText: "Which?" } } }, "Which?"],
  [{ productMessage: {} }, "(product)"],
  [{ stickerPackMessage: { name: "Cats" } }, "(sticker pack: Cats)"],
  [{ senderKeyDistributionMessage: {}, conversation: "hello" }, "hello"],
])("%j says %j", (message, text) => {
  expect(said(message).text).toBe(text)
})

test.each([
  "ephemeralMessage",
  "viewOnceMessage",
  "viewOnceMessageV2",
  "viewOnceMessageV2Extension",
  "documentWithCaptionMessage",
  "deviceSentMessage",
  "editedMessage",
])("what %s wraps is read, in another wrapper as well", (wrapper) => {
  const message = { [wrapper]: { message: { conversation: "hello" } } }
  expect(said(message).text).toBe("hello")
  expect(said({ ephemeralMessage: { message } }).text).toBe("hello")
})

test.each([
  ["a reaction", { reactionMessage: { text: "👍" } }],
  ["a vote", { pollUpdateMessage: {} }],
  ["a message was revoked", { protocolMessage: { type: 0 } }],
  ["an edit", { editedMessage: { message: { protocolMessage: { type: 14 } } } }],
  ["between devices", { protocolMessage: { type: 5 } }],
  ["a call", { call: {} }],
  ["a status", { groupStatusMessageV2: { message: { conversation: "x" } } }],
  ["an album, whose pictures follow", { albumMessage: {} }],
  ["without content", { senderKeyDistributionMessage: {} }],
  ["without content", { conversation: "" }],
  ["without content", { extendedTextMessage: { text: 7 } }],
  ["without content", {}],
  ["without content", null],
])("%s is nothing that was said", (reason, message) => {
  expect(why(message)).toBe(reason)
})

test("a place, a contact and their details are short words in one line", () => {
  const place = { degreesLatitude: 52.52, degreesLongitude: 13.405, name: "Alex\nanderplatz" }
  expect(said({ locationMessage: place }).text).toBe("(location: 52.52, 13.405; Alex anderplatz)")
  const vcard = "BEGIN:VCARD\r\nFN:Ada\r\nitem1.TEL;waid=15550100000:+1 555-010-0000\r\nEND:VCARD"
  expect(said({ contactMessage: { displayName: "Ada", vcard } }).text).toBe(
    "(contact: Ada; +1 555-010-0000)",
  )
  const contacts = Array.from({ length: 300 }, () => ({ displayName: "x".repeat(9_999), vcard }))
  expect(said({ contactsArrayMessage: { contacts } }).text.length).toBeLessThan(7_000)
})

test("of a poll with options without end the first ones are told", () => {
  const options = Array.from({ length: 300 }, (_, at) => ({ optionName: `${at}` }))
  expect(said({ pollCreationMessage: { name: "Which?", options } }).text).toBe(
    "(poll: Which?; 0; 1; 2; 3; 4; 5; 6; 7; 8; 9; 10)",
  )
})

test("a text of absurd length is cut, and no character is cut in two", () => {
  expect(said({ conversation: "x".repeat(70_000) }).text).toHaveLength(65_536)
  const { text } = said({ imageMessage: { caption: `x${"😀".repeat(40_000)}` } })
  expect(text).toHaveLength(65_535)
  expect(text.isWellFormed()).toBe(true)
})

test("a file is announced with all that fetching it needs", () => {
  const { media } = said({
    documentMessage: { ...FILE, mimetype: "application/pdf", fileName: "a.pdf" },
  })
  expect(media).toMatchObject({
    kind: "document",
    mimeType: "application/pdf",
    name: "a.pdf",
    bytes: 1_000,
  })
  const base64 = Buffer.from(KEY).toString("base64")
  expect(JSON.parse(media?.reference ?? "")).toEqual({
    directPath: FILE.directPath,
    url: FILE.url,
    key: base64,
    sha256: base64,
    encryptedSha256: base64,
    bytes: 1_000,
  })
})

test.each([
  ["imageMessage", {}, "image", "image/jpeg"],
  ["videoMessage", {}, "video", "video/mp4"],
  ["ptvMessage", {}, "video", "video/mp4"],
  ["audioMessage", { ptt: true }, "voice", "audio/ogg; codecs=opus"],
  ["audioMessage", { mimetype: "audio/mp4" }, "audio", "audio/mp4"],
  ["documentMessage", {}, "document", "application/octet-stream"],
  ["stickerMessage", {}, "sticker", "image/webp"],
])("%s with %j is %s", (key, more, kind, mimeType) => {
  expect(said({ [key]: { ...FILE, ...more } }).media).toMatchObject({ kind, mimeType })
})

test.each([-5, { low: -1, high: -1 }, { low: 0, high: 2_147_483_647 }, Number.NaN, null])(
  "a file of the length %j is one of unknown length",
  (fileLength) => {
    const { media } = said({ imageMessage: { ...FILE, fileLength } })
    expect(media?.kind).toBe("image")
    expect(media).not.toHaveProperty("bytes")
  },
)

test("a file without a key or a place is only named", () => {
  for (const lacking of [
    { ...FILE, mediaKey: undefined },
    { ...FILE, mediaKey: new Uint8Array(5) },
    { ...FILE, directPath: "", url: null },
    { ...FILE, directPath: "x".repeat(9_999), url: undefined },
  ]) {
    expect(said({ imageMessage: lacking })).toEqual({ text: "(photo)" })
  }
})

test("[A7] a picture says of which album it is, wherever the word of it stands", () => {
  const messageContextInfo = {
    messageAssociation: { associationType: 1, parentMessageKey: { id: "3EB0AA" } },
  }
  const albumOf = (message: object) => Reflect.get(readBody(message), "album")
  const picture = { imageMessage: { caption: "look" } }
  expect(albumOf({ ...picture, messageContextInfo })).toBe("3EB0AA")
  expect(albumOf({ ephemeralMessage: { message: picture }, messageContextInfo })).toBe("3EB0AA")
  expect(albumOf({ associatedChildMessage: { message: { ...picture, messageContextInfo } } })).toBe(
    "3EB0AA",
  )
  const other = { messageAssociation: { associationType: 2, parentMessageKey: { id: "3EB0AA" } } }
  for (const info of [undefined, {}, 7, other, { messageAssociation: { associationType: 1 } }]) {
    expect(albumOf({ ...picture, messageContextInfo: info })).toBeUndefined()
  }
})
