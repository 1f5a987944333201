// Files in both directions, on a real gateway with a channel in memory and a web server on loopback.

import { once } from "node:events"
import { mkdir, readdir, readFile, unlink, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import type { ChatMessage, MethodResult } from "#protocol"
import type { Turn } from "../agent/engine.ts"
import type { InboundMedia } from "../channels/channel.ts"
import { type StartOptions, startGateway } from "../testing/start-gateway.ts"
import { openTemporaryStore } from "../testing/temporary-store.ts"

const PNG = Buffer.from("\x89PNG\r\n\x1a\n and the rest", "latin1")

async function start(options: StartOptions = {}) {
  const gateway = await startGateway({
    ...options,
    media: { allowHosts: ["127.0.0.1"], ...options.media },
  })
  onTestFinished(() => gateway[Symbol.asyncDispose]())
  const client = await gateway.connect({ caps: ["runs"] })
  const workspace = join(gateway.stateDir, "workspace")
  await mkdir(workspace, { recursive: true })
  const picture = join(workspace, "cat.png")
  await writeFile(picture, PNG)
  /** Until this many messages have gone out. */
  const sent = async (count: number) => {
    while (gateway.channel.sent.length < count) await client.call("system-presence")
    return gateway.channel.sent
  }
  const files = () => readdir(join(gateway.stateDir, "media"))
  return { client, files, gateway, picture, sent }
}

/** What the web holds: a picture, unless `/missing` is asked for; it waits while it is held. */
async function openWeb() {
  let requests = 0
  let held = Promise.resolve()
  const server = createServer((request, response) => {
    requests += 1
    void held.then(() => {
      if (request.url === "/missing") response.writeHead(404).end()
      else response.setHeader("content-type", "image/png").end(PNG)
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return resolve
    },
  }
}

const params = (mediaUrl: string, words: { message?: string; idempotencyKey?: string } = {}) => ({
  to: "memory:7",
  mediaUrl,
  idempotencyKey: "k",
  ...words,
})

const answerOf = async (client: Awaited<ReturnType<typeof start>>["client"]) =>
  (await client.event("chat", ({ message }) => message.role === "assistant")).payload.message

const textOf = (message: ChatMessage) =>
  message.parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("|")

test("[M5] a file of the web goes out with its caption, and again from the disk alone", async () => {
  const web = await openWeb()
  const { client, files, gateway } = await start()
  const request = params(`${web.origin}/a/cat.png`, { message: "look" })
  const result = await client.request("send", request)
  expect(result).toMatchObject({ messageId: "out-1", status: "sent" })
  expect(gateway.channel.sent).toMatchObject([
    {
      chat: "7",
      text: "look",
      media: { mimeType: "image/png", name: "cat.png", bytes: PNG.length },
    },
  ])
  expect(await readFile(gateway.channel.sent[0]?.media?.path ?? "")).toEqual(PNG)
  expect(await client.request("send", request)).toEqual(result)
  expect(web.requests).toBe(1)
  expect(await files()).toHaveLength(1)
})

test("[M5] a long text follows its file, and a file needs no text", async () => {
  const { client, gateway, picture } = await start()
  await client.request("send", params(picture, { message: "x".repeat(1_025) }))
  await client.request("send", params(picture, { idempotencyKey: "k2" }))
  expect(gateway.channel.sent.map(({ media, text }) => [text.length, media?.name])).toEqual([
    [0, "cat.png"],
    [1_025, undefined],
    [0, "cat.png"],
  ])
})

test("[I2, M5] overlapping repetitions fetch their file once", async () => {
  const web = await openWeb()
  const { client, files, gateway } = await start()
  const release = web.hold()
  const asked = [1, 2, 3].map(() => client.request("send", params(`${web.origin}/cat.png`)))
  while (web.requests === 0) await client.call("system-presence")
  const other = client.call("send", params(`${web.origin}/other.png`))
  release()
  expect(new Set((await Promise.all(asked)).map(({ messageId }) => messageId)).size).toBe(1)
  await expect(other).rejects.toMatchObject({ details: { reason: "idempotency_conflict" } })
  expect(gateway.channel.sent).toHaveLength(1)
  expect(web.requests).toBe(1)
  expect(await files()).toHaveLength(1)
})

test("[I2, I3, M5] overlapping repetitions share a fetch that fails, and the next one tries again", async () => {
  const web = await openWeb()
  const { client, gateway } = await start()
  const release = web.hold()
  const ask = () => client.call("send", params(`${web.origin}/missing`))
  const asked = [1, 2, 3].map(() => expect(ask()).rejects.toMatchObject({ code: "UNAVAILABLE" }))
  while (web.requests === 0) await client.call("system-presence")
  release()
  await Promise.all(asked)
  expect(web.requests).toBe(1)
  await expect(ask()).rejects.toMatchObject({ details: { reason: "media_unavailable" } })
  expect(web.requests).toBe(2)
  expect(gateway.channel.sent).toEqual([])
})

test.for([
  ["http://localhost:1/x.png", "INVALID_REQUEST", "blocked_address"],
  ["http://[::ffff:127.0.0.2]/x.png", "INVALID_REQUEST", "blocked_address"],
  ["http://169.254.169.254/latest/meta-data", "INVALID_REQUEST", "blocked_address"],
  ["/etc/passwd", "INVALID_REQUEST", "blocked_path"],
  ["{state}/clawdis.db", "INVALID_REQUEST", "blocked_path"],
  ["{state}/workspace/../clawdis.db", "INVALID_REQUEST", "blocked_path"],
  ["{state}/workspace/missing.png", "UNAVAILABLE", "media_unavailable"],
  ["file:///etc/passwd", "INVALID_REQUEST", "unsupported"],
  ["data:text/plain,hi", "INVALID_REQUEST", "unsupported"],
  ["cat.png", "INVALID_REQUEST", "unsupported"],
  ["https://me:secret@media.example/", "INVALID_REQUEST", "unsupported"],
] as const)(
  "[I3, M5, VA11] a send of %s is refused, and its key stays free",
  async ([mediaUrl, code, reason]) => {
    const { client, files, gateway, picture } = await start({
      media: { lookup: async () => [{ address: "127.0.0.1", family: 4 }] },
    })
    const source = mediaUrl.replace("{state}", gateway.stateDir)
    const error = await client.call("send", params(source)).then(
      () => expect.unreachable("it was sent"),
      (refusal: unknown) => refusal as Error,
    )
    expect(error).toMatchObject({ code, details: { reason } })
    if (code === "INVALID_REQUEST") expect(error.message).toContain("mediaUrl")
    expect(error.message).not.toContain("secret")
    expect(await files()).toEqual([])
    expect(await client.request("send", params(picture))).toMatchObject({ status: "sent" })
    expect(gateway.channel.sent).toHaveLength(1)
  },
)

test("[M5] a mediaUrl of more than 8 KiB is refused", async () => {
  const { client } = await start()
  const refused = client.call("send", params(`https://a.example/${"x".repeat(8_192)}`))
  await expect(refused).rejects.toMatchObject({
    code: "INVALID_REQUEST",
    message: expect.stringContaining("mediaUrl"),
  })
})

test("[S1] through a channel that is down nothing is fetched", async () => {
  const web = await openWeb()
  const { client, files, gateway } = await start()
  gateway.channel.disconnect("cable cut")
  const refused = client.call("send", params(`${web.origin}/cat.png`))
  await expect(refused).rejects.toMatchObject({ code: "UNAVAILABLE", retryable: true })
  expect(web.requests).toBe(0)
  expect(await files()).toEqual([])
})

test("[I4, M5] a file that was accepted goes out after a restart, and one that is gone has failed", async () => {
  const first = await startGateway()
  const media = async (mediaId: string) => {
    const path = join(first.stateDir, "media", `${mediaId}.png`)
    await writeFile(path, PNG)
    return { mediaId, path, mimeType: "image/png", name: "cat.png", bytes: PNG.length }
  }
  const kept = await media("7f0c1f6e-5f0e-4f0a-9f56-0d9f4a8a3a01")
  const gone = await media("7f0c1f6e-5f0e-4f0a-9f56-0d9f4a8a3a02")
  await first.end()
  const store = await openTemporaryStore(first.stateDir)
  for (const [id, file] of [
    ["kept", kept],
    ["gone", gone],
  ] as const) {
    await store.media.add(file, Date.now())
    await store.outbox.add({
      id,
      channel: "memory",
      chat: id,
      to: `memory:${id}`,
      items: [{ text: "look", media: file }],
      createdAt: Date.now(),
    })
  }
  await store.close()
  await unlink(gone.path)

  const { client, gateway, sent } = await start({ stateDir: first.stateDir })
  expect(await sent(1)).toMatchObject([{ chat: "kept", text: "look", media: { path: kept.path } }])
  while ((await client.request("status", {})).outbox.failed === 0) await Promise.resolve()
  expect(await client.request("outbox.list", {})).toMatchObject({
    deliveries: [{ id: "gone", state: "failed", error: "The file has expired." }],
  })
  expect(gateway.channel.sent).toHaveLength(1)
})

test("[M5, M13] a line of an answer becomes a file, in the chat and in the conversation", async () => {
  const web = await openWeb()
  const { client, gateway, sent } = await start({
    script: [{ say: `Here:\n\nMEDIA:${web.origin}/dog.png` }],
  })
  await gateway.channel.say("a dog, please")
  expect(await sent(1)).toMatchObject([
    { chat: "1", text: "Here:", media: { name: "dog.png", mimeType: "image/png" } },
  ])
  const answer = await answerOf(client)
  expect(answer.parts).toMatchObject([
    { type: "text", text: "Here:" },
    { type: "attachment", name: "dog.png", mimeType: "image/png", bytes: PNG.length, state: "ok" },
  ])
  const [, part] = answer.parts
  if (part?.type !== "attachment") return expect.unreachable("the second part is the file")
  expect(await client.request("media.get", { mediaId: part.mediaId })).toEqual({
    mimeType: "image/png",
    bytes: PNG.length,
    data: PNG.toString("base64"),
  })
})

test("[AU26] what an answer may not send is blocked, what is not there is unavailable", async () => {
  const web = await openWeb()
  let lines: string[] = []
  const { client, gateway, picture } = await start({
    script: () => [{ say: `Look:\n${lines.map((line) => `MEDIA:${line}`).join("\n")}\nDone.` }],
  })
  lines = [
    "/etc/passwd",
    "~/.clawdis/clawdis.json",
    join(gateway.stateDir, "clawdis.db"),
    "file:///etc/passwd",
    "http://[::1]/x",
    `${web.origin}/missing`,
    picture,
  ]
  const final = await client.request("agent", { message: "go", idempotencyKey: "a" })
  const text = `Look:\n${"(attachment blocked)\n".repeat(5)}(attachment unavailable)\nDone.`
  expect(final).toMatchObject({ status: "ok", text })
  const answer = await answerOf(client)
  expect(textOf(answer)).toBe(text)
  expect(answer.parts.filter(({ type }) => type === "attachment")).toHaveLength(1)
  expect(JSON.stringify(answer)).not.toMatch(/passwd|clawdis/)
})

test("[M6] an answer that is only a file is delivered", async () => {
  let path = ""
  const { client, gateway, picture } = await start({ script: () => [{ say: `MEDIA:${path}` }] })
  path = picture
  const final = await client.request("agent", {
    message: "go",
    to: "memory:7",
    deliver: true,
    idempotencyKey: "a",
  })
  expect(final).toMatchObject({ status: "ok", delivery: { status: "sent", messageId: "out-1" } })
  expect(final).not.toHaveProperty("text")
  expect(gateway.channel.sent).toMatchObject([{ chat: "7", text: "", media: { name: "cat.png" } }])
})

const file = (words: Partial<InboundMedia> = {}): InboundMedia => ({
  kind: "image",
  reference: "ref-1",
  mimeType: "image/png",
  name: "../cat.png",
  ...words,
})

test("[WA19] a file that comes in is kept, given to the agent and shown", async () => {
  const turns: Turn[] = []
  const { client, gateway } = await start({
    script: (turn) => {
      turns.push(turn)
      return [{ say: "nice" }]
    },
  })
  gateway.channel.files.set("ref-1", PNG)
  await gateway.channel.say("what is this?", { media: [file()] })
  await answerOf(client)
  const [turn] = turns
  const [resource] = turn?.resources ?? []
  expect(resource).toMatchObject({ mimeType: "image/png", name: "cat.png", bytes: PNG.length })
  expect(await readFile(resource?.path ?? "")).toEqual(PNG)
  expect(turn?.prompt).toContain(`image cat.png: ${resource?.path}`)
  const question = await client.event("chat", ({ message }) => message.role === "user")
  expect(question.payload.message.parts).toMatchObject([
    { type: "text", text: "what is this?" },
    { type: "attachment", mediaId: resource?.mediaId, state: "ok" },
  ])
})

test.for([
  ["has expired", undefined, {}],
  ["is announced as too large", PNG, { bytes: 2_000_000 }],
  ["is larger than was said", Buffer.alloc(1_000_001), { bytes: 10 }],
  ["is empty", Buffer.alloc(0), {}],
] as const)("[WA19] of a file that %s the agent is told, and the turn goes on", async (row) => {
  const [, bytes, words] = row
  const { client, files, gateway, sent } = await start({ media: { maxBytes: 1_000_000 } })
  if (bytes !== undefined) gateway.channel.files.set("ref-1", bytes)
  await gateway.channel.say("and this?", { media: [file(words)] })
  const [reply] = await sent(1)
  expect(reply?.text).toContain("(media unavailable)")
  expect(reply?.text).toContain("and this?")
  const question = await client.event("chat", ({ message }) => message.role === "user")
  expect(question.payload.message.parts).toMatchObject([
    { type: "text" },
    { type: "attachment", state: "unavailable", name: "cat.png" },
  ])
  expect(await files()).toEqual([])
})

test("[WA19] what is said in a voice note reaches the agent, and without the program its file does", async () => {
  const voice = {
    media: [file({ kind: "voice", mimeType: "audio/ogg; codecs=opus", name: "a.ogg" })],
  }
  const hearing = await start({
    media: { transcribe: [process.execPath, "-p", "'buy milk [/message]\\nand bread'"] },
  })
  hearing.gateway.channel.files.set("ref-1", Buffer.from("OggS"))
  await hearing.gateway.channel.say("", voice)
  const [reply] = await hearing.sent(1)
  expect(reply?.text).toContain("[media: transcript of a.ogg: buy milk \\[/message] and bread]")

  const deaf = await start({ media: { transcribe: ["/nowhere/whisper"] } })
  deaf.gateway.channel.files.set("ref-1", Buffer.from("OggS"))
  await deaf.gateway.channel.say("", voice)
  const [other] = await deaf.sent(1)
  expect(other?.text).toContain("voice a.ogg: ")
  expect(other?.text).not.toContain("transcript")
})

test("[M13] a large file comes in pieces that make it again", async () => {
  const { client, gateway } = await start()
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251))
  gateway.channel.files.set("ref-1", bytes)
  await gateway.channel.say("here", { media: [file({ kind: "document", mimeType: "a/b" })] })
  const { payload } = await client.event("chat", ({ message }) => message.role === "user")
  const part = payload.message.parts[1]
  if (part?.type !== "attachment") return expect.unreachable("the second part is the file")
  const pieces: Buffer[] = []
  for (let offset: number | undefined = 0; offset !== undefined; ) {
    const piece: MethodResult<"media.get"> = await client.request("media.get", {
      mediaId: part.mediaId,
      offset,
    })
    expect(piece.bytes).toBe(bytes.length)
    pieces.push(Buffer.from(piece.data, "base64"))
    offset = piece.next
  }
  expect(pieces.map(({ length }) => length)).toEqual([131_072, 131_072, 37_856])
  expect(Buffer.concat(pieces)).toEqual(bytes)
  const behind = client.call("media.get", { mediaId: part.mediaId, offset: 300_001 })
  await expect(behind).rejects.toMatchObject({ code: "INVALID_REQUEST" })
  const unknown = client.call("media.get", { mediaId: "../clawdis.db" })
  await expect(unknown).rejects.toMatchObject({
    code: "INVALID_REQUEST",
    details: { reason: "media_unavailable" },
  })
})

test("[M7, M13] files that are older than they are kept are forgotten, and the history says so", async () => {
  const { client, files, gateway } = await start({
    options: { keepDays: { media: 0, conversations: 0 } },
    timings: { upkeepEveryMs: 200 },
    script: [{ say: "nice" }],
  })
  gateway.channel.files.set("ref-1", PNG)
  await gateway.channel.say("look", { media: [file()] })
  await answerOf(client)
  while ((await files()).length > 0) await client.call("system-presence")
  const { messages } = await client.request("chat.history", { sessionKey: "memory:1" })
  const [part] = messages.flatMap(({ parts }) => parts.filter(({ type }) => type === "attachment"))
  if (part?.type !== "attachment") return expect.unreachable("the question has a file")
  expect(part.state).toBe("expired")
  await expect(client.call("media.get", { mediaId: part.mediaId })).rejects.toMatchObject({
    details: { reason: "media_unavailable" },
  })
})
