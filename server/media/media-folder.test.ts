import { randomUUID } from "node:crypto"
import { readdir, readFile, stat, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, onTestFinished, test, vi } from "vitest"
import { GatewayError } from "#protocol"
import { silentLogger } from "../host/logger.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { openTemporaryStore } from "../testing/temporary-store.ts"
import { createMediaFolder } from "./media-folder.ts"

const MAX_BYTES = 1_000

async function start() {
  const store = await openTemporaryStore()
  onTestFinished(() => store[Symbol.asyncDispose]())
  const clock = createManualClock()
  const folder = join(store.stateDir, "media")
  const parts = { folder, maxBytes: MAX_BYTES, store: store.media, clock, log: silentLogger }
  const media = createMediaFolder(parts)
  await media.prepare()
  const save = (pieces: Iterable<string>, words = {}, signal = new AbortController().signal) =>
    media.save(stream(pieces), words, signal)
  return { clock, folder, media, parts, save, store }
}

async function* stream(pieces: Iterable<string>): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece, "latin1")
}

const failure = (work: Promise<unknown>): Promise<GatewayError> =>
  work.then(
    () => expect.unreachable("it did not fail"),
    (error: unknown) => {
      expect(error).toBeInstanceOf(GatewayError)
      return error as GatewayError
    },
  )

test("[M5] a saved file is private, whole, and known to the store", async () => {
  const { folder, save, store } = await start()
  const file = await save(["%PDF", "-1.7 and more"], { name: "../über.pdf" })
  expect(file).toMatchObject({ mimeType: "application/pdf", name: "über.pdf", bytes: 17 })
  expect(file.path).toBe(join(folder, `${file.mediaId}.pdf`))
  expect(await readFile(file.path, "utf8")).toBe("%PDF-1.7 and more")
  expect((await stat(file.path)).mode & 0o777).toBe(0o600)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  expect(await store.media.get(file.mediaId)).toEqual(file)
})

test("[M5, VA13, WA19] a file without an end is cut off at the limit and leaves nothing", async () => {
  const { folder, save } = await start()
  let given = 0
  function* endless() {
    for (;;) {
      given += 100
      yield "x".repeat(100)
    }
  }
  const error = await failure(save(endless()))
  expect(error).toMatchObject({ code: "INVALID_REQUEST", reason: "media_too_large" })
  expect(given).toBe(MAX_BYTES + 100)
  expect(await readdir(folder)).toEqual([])
  expect((await save(["x".repeat(MAX_BYTES)])).bytes).toBe(MAX_BYTES)
})

test("[VA13, WA19] a stream that breaks, is stopped or brings nothing leaves nothing", async () => {
  const { folder, save } = await start()
  function* broken() {
    yield "abc"
    throw new GatewayError("UNAVAILABLE", "cut", { reason: "media_unavailable" })
  }
  expect((await failure(save(broken()))).message).toBe("cut")
  expect((await failure(save([]))).reason).toBe("media_unavailable")
  const stopped = AbortSignal.abort(new GatewayError("UNAVAILABLE", "late"))
  expect((await failure(save(["abc"], {}, stopped))).message).toBe("late")
  expect(await readdir(folder)).toEqual([])
})

test("[M5] a file that the store cannot note is not kept", async () => {
  const { folder, parts, store } = await start()
  const broken = createMediaFolder({
    ...parts,
    store: { ...store.media, add: () => Promise.reject(new Error("disk full")) },
  })
  await expect(broken.save(stream(["abc"]), {}, new AbortController().signal)).rejects.toThrow()
  expect(await readdir(folder)).toEqual([])
})

test("[M5] a folder that takes no file is a failure of the disk", async () => {
  const { parts } = await start()
  const media = createMediaFolder({ ...parts, folder: join(parts.folder, "missing") })
  const error = await failure(media.save(stream(["abc"]), {}, new AbortController().signal))
  expect(error).toMatchObject({ reason: "storage", retryable: true })
})

test("[M5] what a crash left unfinished is removed at the start, and nothing else", async () => {
  const { folder, parts, save } = await start()
  const kept = await save(["abc"], { mimeType: "text/plain" })
  await writeFile(join(folder, `${randomUUID()}.part`), "half")
  await writeFile(join(folder, `${randomUUID()}.png`), "never noted")
  await writeFile(join(folder, "notes.txt"), "not ours")
  await createMediaFolder(parts).prepare()
  expect((await readdir(folder)).sort()).toEqual([`${kept.mediaId}.txt`, "notes.txt"].sort())
})

test("[M13] files are read in pieces until they have expired", async () => {
  const { clock, media, save, store } = await start()
  const old = await save(["0123456789"])
  await clock.advance(1_000)
  const young = await save(["young"])
  expect(Buffer.from((await media.read(old, { offset: 8, length: 4 })) ?? []).toString()).toBe("89")
  await media.expire(clock.now())
  expect(await media.read(old, { offset: 0, length: 4 })).toBeUndefined()
  expect(await media.has(old)).toBe(false)
  expect(await store.media.get(old.mediaId)).toBeUndefined()
  expect(await media.has(young)).toBe(true)
})

test("[M13] a link in the folder is not followed", async () => {
  const { folder, media, save } = await start()
  const file = await save(["abc"])
  const path = join(folder, "link")
  await symlink(file.path, path)
  await expect(media.read({ ...file, path }, { offset: 0, length: 4 })).rejects.toThrow()
})

test("[M5] a file that cannot be removed does not keep the others", async () => {
  const { clock, media, parts, save, store } = await start()
  await save(["abc"])
  const second = await save(["def"])
  await clock.advance(1_000)
  const warn = vi.fn()
  const calm = createMediaFolder({
    ...parts,
    log: { ...silentLogger, warn },
    store: {
      ...store.media,
      takeExpired: async (before) => [
        { ...second, path: parts.folder },
        ...(await store.media.takeExpired(before)),
      ],
    },
  })
  await calm.expire(clock.now())
  expect(warn).toHaveBeenCalledTimes(1)
  expect(await media.has(second)).toBe(false)
})
