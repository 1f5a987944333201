import { once } from "node:events"
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { expect, onTestFinished, test, vi } from "vitest"
import { GatewayError } from "#protocol"
import { silentLogger } from "../host/logger.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { openTemporaryStore } from "../testing/temporary-store.ts"
import { createMedia, type MediaParts, readMediaSource } from "./media.ts"

async function start(options: Partial<MediaParts> = {}) {
  const store = await openTemporaryStore()
  onTestFinished(() => store[Symbol.asyncDispose]())
  const clock = createManualClock()
  const workspace = join(store.stateDir, "workspace")
  await mkdir(workspace)
  const folder = join(store.stateDir, "media")
  const media = createMedia({
    folder,
    workspace,
    roots: [],
    secret: [store.stateDir],
    maxBytes: 1_000,
    allowHosts: ["127.0.0.1"],
    transcribe: undefined,
    environment: {},
    lookup: () => Promise.reject(new Error("no name is looked up here")),
    store: store.media,
    clock,
    log: silentLogger,
    timings: { mediaFetchMs: 30_000, transcribeMs: 60_000 },
    ...options,
  })
  await media.start()
  const { signal } = new AbortController()
  return {
    clock,
    folder,
    media,
    store,
    workspace,
    obtain: (text: string) => media.obtain(readMediaSource(text)),
    signal,
  }
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What is fetched has a file by then. */
const untilBegun = (folder: string) =>
  vi.waitFor(async () => expect(await readdir(folder)).toHaveLength(1), { timeout: 20_000 })

const failure = (work: Promise<unknown>): Promise<GatewayError> =>
  work.then(
    () => expect.unreachable("it did not fail"),
    (error: unknown) => {
      expect(error).toBeInstanceOf(GatewayError)
      return error as GatewayError
    },
  )

test.for([
  "file:///etc/passwd",
  "data:text/plain,hi",
  "ftp://media.example/a",
  "cat.png",
  "./cat.png",
  "../cat.png",
  "~/cat.png",
  "//media.example/a",
  "https:/media.example/a",
  "https://user@media.example/a",
  "https://user:secret@media.example/a",
  "javascript:alert(1)",
  "",
])("[M5, VA11] %j is no source of a file", (text) => {
  expect(() => readMediaSource(text)).toThrow(
    expect.objectContaining({
      code: "INVALID_REQUEST",
      message: expect.stringMatching("mediaUrl"),
    }),
  )
})

test("[M5] a file of the web is copied in with what is said of it", async () => {
  const origin = await serve((_request, response) => {
    response.setHeader("content-type", "image/gif").end("GIF89a")
  })
  const { obtain } = await start()
  const file = await obtain(`${origin}/a/dance.gif`)
  expect(file).toMatchObject({ name: "dance.gif", mimeType: "image/gif", bytes: 6 })
  expect(await readFile(file.path, "utf8")).toBe("GIF89a")
})

test("[M5] a file of the workspace is copied in, so that what is sent is what was judged", async () => {
  const { obtain, workspace } = await start()
  const path = join(workspace, "report.csv")
  await writeFile(path, "a,b")
  const file = await obtain(path)
  await writeFile(path, "changed")
  expect(file).toMatchObject({ name: "report.csv", mimeType: "text/csv", bytes: 3 })
  expect(await readFile(file.path, "utf8")).toBe("a,b")
})

test("[M5, VA13, WA19] neither a file nor a body past the limit is kept", async () => {
  const origin = await serve((_request, response) => {
    for (let piece = 0; piece < 20; piece += 1) response.write("x".repeat(100))
    response.end()
  })
  const { folder, obtain, workspace } = await start()
  await writeFile(join(workspace, "big"), "x".repeat(1_001))
  for (const source of [`${origin}/`, join(workspace, "big")]) {
    expect((await failure(obtain(source))).reason).toBe("media_too_large")
  }
  expect(await readdir(folder)).toEqual([])
})

test("[M5, VA13, WA19] a body that never ends is given up at the deadline", async () => {
  const origin = await serve((_request, response) => void response.write("a beginning"))
  const { clock, folder, obtain } = await start()
  const failed = failure(obtain(`${origin}/`))
  await untilBegun(folder)
  await clock.advance(30_000)
  expect(await failed).toMatchObject({ reason: "media_unavailable", retryable: true })
  expect(await readdir(folder)).toEqual([])
  expect(clock.waiting).toBe(0)
})

test("[WA19] a stream that hangs is left behind when whoever wants it gives up", async () => {
  const { folder, media } = await start()
  const enough = new AbortController()
  async function* hanging() {
    yield Buffer.from("abc")
    await new Promise(() => undefined)
  }
  const failed = failure(media.save(hanging(), {}, enough.signal))
  await untilBegun(folder)
  enough.abort()
  expect((await failed).reason).toBe("media_unavailable")
  expect(await readdir(folder)).toEqual([])
})

test("[M5] a gateway that stops waits for no file", async () => {
  const origin = await serve((_request, response) => void response.write("a beginning"))
  const { folder, media, obtain } = await start()
  const failed = failure(obtain(`${origin}/`))
  await untilBegun(folder)
  media.stop()
  expect((await failed).reason).toBe("shutting_down")
})

test("a voice note without a program for it, or with one that fails, has no text", async () => {
  const without = await start()
  const file = await without.media.save(
    (async function* () {
      yield Buffer.from("OggS")
    })(),
    {},
    without.signal,
  )
  expect(await without.media.transcribe(file, without.signal)).toBeUndefined()
  const failing = await start({ transcribe: ["/nowhere/whisper"] })
  expect(await failing.media.transcribe(file, failing.signal)).toBeUndefined()
  const saying = await start({
    transcribe: [process.execPath, "-p", "'heard: ' + process.argv[1]"],
  })
  expect(await saying.media.transcribe(file, saying.signal)).toBe(`heard: ${file.path}`)
})

test("a media folder that cannot be made does not keep the gateway from starting", async () => {
  const { media } = await start({ folder: "/proc/no-such-folder" })
  const stream = (async function* () {
    yield Buffer.from("x")
  })()
  const error = await failure(media.save(stream, {}, new AbortController().signal))
  expect(error.reason).toBe("storage")
})
