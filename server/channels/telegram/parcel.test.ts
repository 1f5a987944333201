import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test, vi } from "vitest"
import { failure } from "../contract.ts"
import { open } from "./stub-channel.ts"

async function fileOf(bytes: number, mimeType: string, name = "a.bin") {
  const folder = await mkdtemp(join(tmpdir(), "telegram-"))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, "file")
  await writeFile(path, "")
  await truncate(path, bytes)
  return { path, mimeType, name, bytes }
}

type Kit = Awaited<ReturnType<typeof open>>

const HANG = { timeout: 20_000 }

/** Files come from a disk, which the clock does not move. */
async function untilCalled({ stub, clock }: Kit, method: string, times = 1): Promise<void> {
  await vi.waitFor(async () => {
    await clock.advance(0)
    expect(stub.callsOf(method)).toHaveLength(times)
  }, HANG)
}

test("[AU30] the agent's Markdown arrives as a text and its marks, and what it names is not fetched for a preview", async () => {
  const { stub, send } = await open()
  await send("**Hi** [there](https://x.y)")
  expect(stub.sent).toEqual([
    {
      chat_id: 42,
      text: "Hi there",
      entities: [
        { type: "bold", offset: 0, length: 2 },
        { type: "text_link", url: "https://x.y", offset: 3, length: 5 },
      ],
      link_preview_options: { is_disabled: true },
    },
  ])
})

test("[TG8] marks that Telegram cannot parse are left out, once, and the text is sent", async () => {
  const { stub, clock, send } = await open()
  const refusals = [
    "Bad Request: can't parse entities: Unsupported start tag",
    "Bad Request: entity beginning at UTF-16 offset 0 ends after the end of the text",
    "Bad Request: ENTITY_BOUNDS_INVALID",
  ]
  for (const description of refusals) {
    const told: string[] = []
    const trace = {
      leaving: async () => void told.push("leaving"),
      stayed: async () => void told.push("stayed"),
    }
    stub.fault("sendMessage", { code: 400, description })
    const sending = send("**Hi**", { trace })
    await clock.advance(10_000)
    await sending
    expect(stub.sent.at(-1)).toMatchObject({ chat_id: 42, text: "**Hi**" })
    expect(stub.sent.at(-1)).not.toHaveProperty("entities")
    expect(told).toEqual(["leaving", "stayed", "leaving"])
  }
  const again = { code: 400, description: "Bad Request: can't parse entities" }
  stub.fault("sendMessage", again, again)
  const failed = failure(send("**Hi**"))
  await clock.advance(10_000)
  expect(await failed).toMatchObject({ reason: "provider_refused", retryable: false })
  stub.fault("sendMessage", again)
  const plain = failure(send("Hi"))
  await clock.advance(10_000)
  expect(await plain).toMatchObject({ reason: "provider_refused" })
  expect(stub.sent).toHaveLength(refusals.length)
})

test.for([
  ["image/jpeg", "sendPhoto", "photo"],
  ["image/png", "sendPhoto", "photo"],
  ["video/mp4", "sendVideo", "video"],
  ["audio/mpeg", "sendAudio", "audio"],
  ["audio/ogg; codecs=opus", "sendVoice", "voice"],
  ["image/svg+xml", "sendDocument", "document"],
  ["application/pdf", "sendDocument", "document"],
] as const)("a file of type %s goes out by %s, with its caption", async ([type, method, field]) => {
  const kit = await open()
  const media = await fileOf(300, type, 'a "b";\r\n/c.x')
  const sending = kit.send("see **this**", { media, chat: "-100:7" })
  await untilCalled(kit, method)
  expect(await sending).toEqual({ messageId: "1" })
  expect(kit.stub.sent).toEqual([
    {
      chat_id: -100,
      message_thread_id: 7,
      [field]: { name: "a _b_____c.x", bytes: 300 },
      caption: "see this",
      caption_entities: [{ type: "bold", offset: 4, length: 4 }],
    },
  ])
})

test("a photo above 10 MB is sent as a document, and a file above 50 MB not at all", async () => {
  const kit = await open()
  const sending = kit.send("", { media: await fileOf(10 * 2 ** 20 + 1, "image/png") })
  await untilCalled(kit, "sendDocument")
  await sending
  expect(
    await failure(kit.send("", { media: await fileOf(50 * 2 ** 20 + 1, "video/mp4") })),
  ).toMatchObject({
    reason: "media_too_large",
    retryable: false,
  })
  const missing = {
    path: "/nowhere/secret-folder/x",
    mimeType: "image/png",
    name: "x.png",
    bytes: 9,
  }
  const error = await failure(kit.send("", { media: missing }))
  expect(error).toMatchObject({ reason: "media_unavailable", retryable: false })
  expect(error.message).not.toContain("secret-folder")
  expect(await failure(kit.send("", { media: await fileOf(0, "image/png") }))).toMatchObject({
    reason: "media_unavailable",
  })
  expect(kit.stub.sent).toHaveLength(1)
})

test("a picture or voice note that is refused as such is sent as a document, once", async () => {
  const kit = await open()
  kit.stub.fault("sendPhoto", { code: 400, description: "Bad Request: PHOTO_INVALID_DIMENSIONS" })
  const sending = kit.send("", { media: await fileOf(9, "image/png") })
  await untilCalled(kit, "sendPhoto")
  await kit.clock.advance(1_000)
  await untilCalled(kit, "sendDocument")
  expect(await sending).toEqual({ messageId: "1" })
})

test("[TG5] a file whose answer is lost has an unknown outcome and is not sent again", async () => {
  const kit = await open()
  kit.stub.fault("sendVideo", "lost")
  const failed = failure(kit.send("x", { media: await fileOf(9, "video/mp4") }))
  await untilCalled(kit, "sendVideo")
  expect(await failed).toMatchObject({ reason: "outcome_unknown", retryable: false })
  await kit.clock.advance(60_000)
  expect(kit.stub.callsOf("sendVideo")).toHaveLength(1)
})
