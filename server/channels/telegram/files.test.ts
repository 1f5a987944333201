import { Readable } from "node:stream"
import { buffer } from "node:stream/consumers"
import { expect, test } from "vitest"
import type { InboundMedia } from "../channel.ts"
import { failure } from "../contract.ts"
import { TOKEN } from "./stub-bot-api.ts"
import { open, prepare } from "./stub-channel.ts"
import { ConnectionLost } from "./transport.ts"

const image: InboundMedia = {
  kind: "image",
  reference: JSON.stringify({ fileId: "abc" }),
  mimeType: "image/jpeg",
}
const bytes = Buffer.from("picture")

async function start() {
  const kit = await open()
  const { signal } = new AbortController()
  const read = async (media = image) => {
    const chunks = await kit.channel.fetchMedia?.(media, signal)
    return (await buffer(Readable.from(chunks ?? []))).toString()
  }
  return { ...kit, read, signal }
}

test("a file that came with a message is read from where Telegram keeps it", async () => {
  const { stub, clock, read } = await start()
  stub.keepFile("photos/abc.jpg", bytes.subarray(0, 3), bytes.subarray(3))
  const timers = clock.waiting
  expect(await read()).toBe("picture")
  expect(stub.callsOf("getFile")[0]?.payload).toEqual({ file_id: "abc" })
  expect(clock.waiting).toBe(timers)
})

test("a file that is too large, gone, cut or longer than announced is told as that", async () => {
  const { stub, read } = await start()
  const fault = (code: number, description: string) => stub.fault("getFile", { code, description })
  fault(400, "Bad Request: file is too big")
  expect(await failure(read())).toMatchObject({ reason: "media_too_large", retryable: false })
  stub.fault("getFile", { result: { file_path: "photos/abc.jpg", file_size: 20 * 2 ** 20 + 1 } })
  expect(await failure(read())).toMatchObject({ reason: "media_too_large" })
  fault(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
  expect(await failure(read())).toMatchObject({ reason: "media_unavailable", retryable: false })
  expect(await failure(read())).toMatchObject({ reason: "media_unavailable" })
  stub.keepFile("photos/abc.jpg", bytes)
  for (const file_size of [3, 9]) {
    stub.fault("getFile", { result: { file_path: "photos/abc.jpg", file_size } })
    const reason = file_size < bytes.length ? "media_too_large" : "media_unavailable"
    expect(await failure(read())).toMatchObject({ reason })
  }
  stub.keepFile("photos/abc.jpg", bytes, new ConnectionLost("connection lost (ECONNRESET)"))
  expect(await failure(read())).toMatchObject({ reason: "not_connected", retryable: true })
  stub.fault("getFile", { code: 429, retryAfter: 7 })
  expect(await failure(read())).toMatchObject({ reason: "rate_limited", retryable: true })
})

test("what is answered instead of a file is not waited for", async () => {
  const { stub, read } = await start()
  stub.fault("getFile", { result: { file_path: "photos/gone.jpg" } })
  expect(await failure(read())).toMatchObject({ reason: "media_unavailable" })
  expect(stub.downloads.at(-1)?.aborted).toBe(true)
})

test("a path that leads elsewhere is not followed", async () => {
  const { stub, read } = await start()
  for (const file_path of ["/var/lib/photo.jpg", "../getMe", "a/../b", "", "."]) {
    stub.fault("getFile", { result: { file_path } })
    expect(await failure(read()), file_path).toMatchObject({ reason: "media_unavailable" })
  }
  expect(await failure(read({ ...image, reference: "{}" }))).toMatchObject({
    reason: "media_unavailable",
  })
})

test("[TG6] a file that does not come is given up, and an error never holds the token", async () => {
  const { stub, clock, read, channel, signal } = await start()
  stub.fault("getFile", "hang")
  const failed = failure(read())
  await clock.advance(45_000)
  const error = await failed
  expect(error).toMatchObject({ reason: "not_connected", retryable: true })
  expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain(TOKEN)
  stub.keepFile("photos/abc.jpg", bytes)
  await channel.fetchMedia?.(image, signal)
  await clock.advance(120_000)
  expect(channel.health().state).toBe("open")
})

test("no file is fetched before the channel is open", async () => {
  const { signal } = new AbortController()
  const fetched = prepare().channel.fetchMedia?.(image, signal)
  expect(await failure(fetched ?? Promise.resolve())).toMatchObject({ reason: "not_connected" })
})
