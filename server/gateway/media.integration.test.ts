// `send` of a file, on a real gateway with a channel in memory and a web server on loopback.

import { readFile, unlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, test } from "vitest"
import { openWeb, PNG, startWithMedia as start } from "../testing/media-rig.ts"
import { startGateway } from "../testing/start-gateway.ts"
import { openTemporaryStore } from "../testing/temporary-store.ts"

const params = (mediaUrl: string, words: { message?: string; idempotencyKey?: string } = {}) => ({
  to: "memory:7",
  mediaUrl,
  idempotencyKey: "k",
  ...words,
})

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
  // Its refusal may come before the others' answers, so it is awaited from the start.
  const other = expect(
    client.call("send", params(`${web.origin}/other.png`)),
  ).rejects.toMatchObject({ details: { reason: "idempotency_conflict" } })
  release()
  expect(new Set((await Promise.all(asked)).map(({ messageId }) => messageId)).size).toBe(1)
  await other
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
