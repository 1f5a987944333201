// The channel on the lab's Bot API, over real sockets and with real files.

import { randomBytes } from "node:crypto"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable } from "node:stream"
import { buffer } from "node:stream/consumers"
import { expect, onTestFinished, test } from "vitest"
import type { InboundMedia } from "../server/channels/channel.ts"
import { createTestJournal, failure, TEST_TIMINGS } from "../server/channels/contract.ts"
import { telegram } from "../server/channels/telegram/index.ts"
import type { TelegramSettings } from "../server/channels/telegram/settings.ts"
import { createTelegramChannel } from "../server/channels/telegram/telegram-channel.ts"
import { systemClock } from "../server/host/clock.ts"
import { silentLogger } from "../server/host/logger.ts"
import { createMemoryVault } from "../server/testing/memory-vault.ts"
import { createTelegramLab } from "./lab/telegram/lab.ts"

const { signal } = new AbortController()
const RULE = { anyone: true, mention: false, patterns: [] }

/** The channel before its start, and what it may talk to. */
async function prepare(
  settings: Partial<TelegramSettings> = {},
  changed: () => void = () => undefined,
) {
  const lab = createTelegramLab()
  await lab.start()
  const ada = lab.person({ id: 42, firstName: "Ada" })
  const journal = createTestJournal()
  const arrived = new Set<() => void>()
  const notes = new Map<string, string>()
  const channel = createTelegramChannel(
    {
      settings: {
        allowFrom: [],
        groups: {},
        apiRoot: lab.apiRoot,
        botToken: lab.token,
        ...settings,
      },
      clock: systemClock,
      log: silentLogger,
      timings: { ...TEST_TIMINGS, chatIntervalMs: 1, draftIntervalMs: 1, retryFirstMs: 10 },
      commands: [{ name: "new", description: "Start over" }],
      vault: createMemoryVault(),
      environment: {},
      notebook: {
        get: async (key) => notes.get(key),
        set: async (key, value) => void notes.set(key, value),
      },
      async journal(message) {
        const result = await journal.write(message)
        for (const tell of [...arrived]) tell()
        return result
      },
      changed,
    },
    { random: Math.random },
  )
  onTestFinished(async () => {
    await channel.stop()
    await lab.stop()
  })

  /** The messages so far, once there are so many. */
  async function journaled(count: number) {
    while (journal.messages.length < count) {
      const next = Promise.withResolvers<void>()
      arrived.add(next.resolve)
      await next.promise
      arrived.delete(next.resolve)
    }
    return journal.messages
  }

  const send = (text: string, words: object = {}) =>
    channel.send({ chat: "42", text, token: text, ...words }, { signal })
  const read = async (media: InboundMedia | undefined) => {
    if (media === undefined) throw new Error("There is no file.")
    return buffer(Readable.from((await channel.fetchMedia?.(media, signal)) ?? []))
  }
  return { lab, ada, channel, journaled, send, read }
}

async function start(settings: Partial<TelegramSettings> = {}) {
  const kit = await prepare(settings)
  await kit.channel.start()
  await kit.lab.waitFor(() => kit.lab.polling)
  return kit
}

async function keep(bytes: Uint8Array, mimeType: string, name: string) {
  const folder = await mkdtemp(join(tmpdir(), "telegram-"))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, "file")
  await writeFile(path, bytes)
  return { path, mimeType, name, bytes: bytes.length }
}

test("Markdown arrives as entities, and the longest message arrives whole", async () => {
  const { lab, send } = await start()
  await send(
    "# Plan\n\n- **one** 😀 `two`\n- [three](https://x.y)\n\n> quoted\n\n```js\nlet a\n```",
  )
  expect(lab.sent(42)).toMatchObject([
    {
      text: "Plan\n\n• one 😀 two\n• three\n\nquoted\n\nlet a",
      entities: [
        { type: "bold", offset: 0, length: 4 },
        { type: "bold", offset: 8, length: 3 },
        { type: "code", offset: 15, length: 3 },
        { type: "text_link", offset: 21, length: 5, url: "https://x.y" },
        { type: "blockquote", offset: 28, length: 6 },
        { type: "pre", offset: 36, length: 5, language: "js" },
      ],
    },
  ])
  await send("😀".repeat(2_048))
  expect(lab.sent(42).at(-1)?.text).toHaveLength(4_096)
})

test("[TG8] a message whose formatting is refused arrives as plain text, once", async () => {
  const { lab, send } = await start()
  lab.fault({ method: "sendMessage", kind: "bad-entities" })
  await send("**Hi**")
  expect(lab.sent(42)).toMatchObject([{ text: "**Hi**" }])
  expect(lab.sent(42)[0]).not.toHaveProperty("entities")
})

test("files go out as what they are, byte for byte", async () => {
  const { lab, send } = await start()
  const picture = randomBytes(300_000)
  await send("**look**", { media: await keep(picture, "image/png", "c\u00e4t;\n.png") })
  await send("", { media: await keep(picture, "audio/ogg", "note.ogg") })
  await send("", { media: await keep(picture, "application/pdf", "plan.pdf") })
  expect(lab.sent(42)).toMatchObject([
    {
      caption: "look",
      caption_entities: [{ type: "bold", offset: 0, length: 4 }],
      photo: [{ file_size: 300_000 }, { file_size: 300_000 }],
    },
    { voice: { file_size: 300_000 } },
    { document: { file_name: "plan.pdf", file_size: 300_000 } },
  ])
  const uploads = lab.calls.flatMap(({ files }) => Object.values(files))
  expect(uploads.map(({ bytes }) => bytes.equals(picture))).toEqual([true, true, true])
  expect(uploads[0]?.name).toBe("c\u00e4t__.png")
})

test("the longest text and the longest caption are as long as Telegram takes them", async () => {
  const { send } = await start()
  const media = await keep(randomBytes(9), "image/png", "a.png")
  const { maxTextLength, maxCaptionLength } = telegram
  await send("x".repeat(maxTextLength))
  await send("x".repeat(maxCaptionLength), { media })
  for (const words of [{}, { media }]) {
    const length = "media" in words ? maxCaptionLength : maxTextLength
    const error = await failure(send("x".repeat(length + 1), words))
    expect(error).toMatchObject({ reason: "provider_refused", retryable: false })
  }
})

test("[TG5] a file whose answer is lost has an unknown outcome and is delivered once", async () => {
  const { lab, send } = await start()
  const media = await keep(randomBytes(9), "image/png", "a.png")
  lab.fault({ method: "sendPhoto", kind: "lost" })
  expect(await failure(send("", { media }))).toMatchObject({ reason: "outcome_unknown" })
  expect(lab.sent(42)).toHaveLength(1)
})

test("[A7] what people send is fetched byte for byte, and the pictures of an album name it", async () => {
  const { ada, journaled, read } = await start()
  const bytes = randomBytes(100_000)
  ada.voice(bytes)
  ada.document(bytes, { fileName: "a.txt", mimeType: "text/plain", caption: "read" })
  ada.album([bytes, bytes], { caption: "both" })
  ada.sticker(bytes)
  const messages = await journaled(5)
  expect(messages.map(({ text, media }) => [text, media?.[0]?.kind, media?.[0]?.name])).toEqual([
    ["", "voice", undefined],
    ["read", "document", "a.txt"],
    ["both", "image", undefined],
    ["", "image", undefined],
    ["(sticker)", "sticker", undefined],
  ])
  const albums = messages.map(({ album }) => album)
  expect(albums[2]).toMatch(/./)
  expect(albums).toEqual([undefined, undefined, albums[2], albums[2], undefined])
  for (const { media } of messages) expect((await read(media?.[0])).equals(bytes)).toBe(true)
})

test("a file that Telegram lost, or that is cut on its way, is told as that", async () => {
  const { lab, ada, journaled, read } = await start()
  const { message } = ada.document(randomBytes(100_000))
  const [journal] = await journaled(1)
  const file = journal?.media?.[0]
  for (const kind of ["cut", "reset", "bad-gateway"] as const) {
    lab.fault({ method: "file", kind })
    const reason = kind === "bad-gateway" ? "media_unavailable" : "not_connected"
    const error = await failure(read(file))
    expect(error, kind).toMatchObject({ reason })
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain(lab.token)
  }
  lab.removeFile(message.document?.file_id ?? "")
  expect(await failure(read(file))).toMatchObject({ reason: "media_unavailable", retryable: false })
})

test("a draft shows the answer while it grows, and is gone with the message", async () => {
  const { lab, channel, send } = await start()
  const draft = channel.openDraft?.("42", { signal })
  draft?.update("**Hel")
  await lab.waitFor(() => lab.shownDraft(42)?.text === "**Hel")
  draft?.update("**Hello**")
  await lab.waitFor(() => lab.shownDraft(42)?.text === "Hello")
  await send("**Hello**.")
  expect(lab.shownDraft(42)).toBeUndefined()
  expect(lab.sent(42)).toMatchObject([{ text: "Hello." }])
})

test("a group that moved is answered where it is, in both directions", async () => {
  const { lab, ada, journaled, send } = await start({ groups: { "-5": RULE } })
  const team = lab.group({ id: -5, title: "Team", basic: true })
  const now = team.upgrade(-1_005)
  ada.say("after", { chat: now })
  const [message] = await journaled(1)
  expect(message).toMatchObject({ chat: "-1005", group: { id: "-5" } })
  await send("to the old id", { chat: "-5" })
  await send("to the new one", { chat: message?.chat })
  expect(lab.sent(-1_005).map(({ text }) => text)).toEqual(["to the old id", "to the new one"])
})

test("a pace that Telegram enforces loses no message and no order", async () => {
  const { lab, send } = await start()
  lab.setPace(1_000)
  await Promise.all(["one", "two"].map((text) => send(text)))
  expect(lab.sent(42).map(({ text }) => text)).toEqual(["one", "two"])
  expect(lab.calls.filter(({ method }) => method === "sendMessage").length).toBeGreaterThan(2)
})

test("[TG9] a bot that is put out of a group is told so, and is answered after it is let in", async () => {
  const { lab, ada, journaled, send } = await start()
  const team = lab.group({ id: -100, title: "Team" })
  team.kick()
  for (const text of ["one", "two"]) {
    expect(await failure(send(text, { chat: "-100" }))).toMatchObject({ reason: "not_in_group" })
  }
  team.admit()
  ada.say("welcome back", { chat: team })
  await journaled(1)
  await send("thanks", { chat: "-100" })
  expect(lab.sent(-100)).toMatchObject([{ text: "thanks" }])
})

test("the commands are in the bot's list", async () => {
  const { lab } = await start()
  await lab.waitFor(() => lab.state().commands.length > 0)
  expect(lab.state().commands).toEqual([{ command: "new", description: "Start over" }])
})

test("[TG15] a proxy that is down is named in the channel's health, without its password", async () => {
  let told = Promise.withResolvers<void>()
  const proxy = "http://me:secret@127.0.0.1:1"
  const { channel } = await prepare({ proxy }, () => told.resolve())
  await channel.start()
  while (channel.health().lastError === undefined) {
    await told.promise
    told = Promise.withResolvers<void>()
  }
  expect(channel.health()).toMatchObject({
    state: "waiting",
    lastError:
      "Telegram is out of reach: cannot connect through the proxy 127.0.0.1:1 (ECONNREFUSED).",
  })
  expect(
    await failure(channel.send({ chat: "42", text: "hi", token: "" }, { signal })),
  ).toMatchObject({
    reason: "not_connected",
    message: expect.not.stringContaining("secret"),
  })
})
