import { createCipheriv, createHash, createHmac, hkdfSync, randomBytes } from "node:crypto"
import { readFile, unlink } from "node:fs/promises"
import { encryptedStream } from "@whiskeysockets/baileys"
import fc from "fast-check"
import { expect, test } from "vitest"
import { GatewayError } from "#protocol"
import type { MediaKind } from "../channel.ts"
import { describeMedia, openMedia } from "./media.ts"

const NEVER = new AbortController().signal
const KEY = createHash("sha256").update("a key").digest()

interface Sealed {
  readonly bytes: Buffer
  readonly fields: Record<string, unknown>
}

/** A file as a sender's device would upload it, and what the message then says of it. */
function seal(plain: Uint8Array, name = "Image"): Sealed {
  const keys = Buffer.from(hkdfSync("sha256", KEY, "", `WhatsApp ${name} Keys`, 112))
  const iv = keys.subarray(0, 16)
  const cipher = createCipheriv("aes-256-cbc", keys.subarray(16, 48), iv)
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()])
  const mac = createHmac("sha256", keys.subarray(48, 80)).update(iv).update(ciphertext).digest()
  const bytes = Buffer.concat([ciphertext, mac.subarray(0, 10)])
  const fields = {
    directPath: "/v/file.enc?ccb=11-4",
    mediaKey: KEY,
    fileSha256: createHash("sha256").update(plain).digest(),
    fileEncSha256: createHash("sha256").update(bytes).digest(),
    fileLength: plain.length,
  }
  return { bytes, fields }
}

function announce(fields: Record<string, unknown>, kind: MediaKind = "image") {
  const none = { ptt: false, gifPlayback: false }
  const media = describeMedia(kind, { ...none, ...fields })
  if (media === undefined) throw new Error("not a file")
  return media
}

interface Download {
  readonly fields: Record<string, unknown>
  readonly answer?: () => Response | Promise<Response>
  readonly hosts?: readonly string[]
  readonly signal?: AbortSignal
  readonly kind?: MediaKind
}

/** Fetches it, and says what was asked for and what came. */
async function download({ fields, answer, hosts = [], signal = NEVER, kind }: Download) {
  const asked: string[] = []
  const stream = await openMedia(announce(fields, kind), {
    fetch: async (url, init) => {
      asked.push(url)
      expect(init.redirect).toBe("error")
      expect(init.signal).toBe(signal)
      return (await answer?.()) ?? new Response("")
    },
    hosts,
    signal,
  })
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece)
  return { asked, bytes: Buffer.concat(pieces) }
}

async function failure(work: Promise<unknown>): Promise<GatewayError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof GatewayError) return error
  throw new Error("did not fail as expected", { cause: error })
}

/** A body that comes in the given pieces, and counts how much of it was taken. */
function inPieces(pieces: readonly Uint8Array[], end: "close" | "error" = "close") {
  const taken = { bytes: 0, cancelled: false }
  let at = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[at]
        at += 1
        if (piece !== undefined) {
          taken.bytes += piece.length
          controller.enqueue(piece)
        } else if (end === "close") controller.close()
        else controller.error(new TypeError("terminated"))
      },
      cancel() {
        taken.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { body, taken }
}

test("a file comes back whole, however it is cut into pieces", async () => {
  const cut = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 })
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), cut, async (plain, sizes) => {
      const { bytes, fields } = seal(plain)
      const pieces: Buffer[] = []
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1
        pieces.push(bytes.subarray(at, at + size))
        at += size
      }
      const answer = () => new Response(inPieces(pieces).body)
      expect((await download({ fields, answer })).bytes).toEqual(Buffer.from(plain))
    }),
    { numRuns: 50 },
  )
})

test.each([
  ["image", "image"],
  ["video", "video"],
  ["audio", "audio"],
  ["voice", "audio"],
  ["document", "document"],
  ["sticker", "sticker"],
] as const)("a file of the kind %s opens that WhatsApp's own format closed", async (kind, type) => {
  const plain = randomBytes(100_000)
  const sealed = await encryptedStream(plain, type)
  const bytes = await readFile(sealed.encFilePath)
  await unlink(sealed.encFilePath)
  const { mediaKey, fileSha256, fileEncSha256, fileLength } = sealed
  const fields = { directPath: "/v/x", mediaKey, fileSha256, fileEncSha256, fileLength }
  const answer = () => new Response(new Uint8Array(bytes))
  expect((await download({ fields, answer, kind })).bytes.equals(plain)).toBe(true)
})

test.each([403, 404, 410])(
  "[WA19] a file that the service answers %i for is gone",
  async (status) => {
    const { fields } = seal(randomBytes(100))
    const { body, taken } = inPieces([Buffer.alloc(10)])
    const answer = () => new Response(body, { status })
    const error = await failure(download({ fields, answer }))
    expect(error).toMatchObject({
      code: "UNAVAILABLE",
      reason: "media_unavailable",
      retryable: false,
    })
    expect(error.details).toMatchObject({ providerCode: status })
    expect(taken.cancelled).toBe(true)
  },
)

test("[WA19] a service that fails or cannot be reached may have the file later", async () => {
  const { fields } = seal(randomBytes(100))
  const failed = () => new Response("", { status: 503 })
  const unreached = () => Promise.reject(new TypeError("fetch failed"))
  for (const answer of [failed, unreached]) {
    expect(await failure(download({ fields, answer }))).toMatchObject({
      reason: "media_unavailable",
      retryable: true,
    })
  }
})

test("[WA19] a file that is cut off ends its stream with an error", async () => {
  const { bytes, fields } = seal(randomBytes(1_000))
  for (const length of [0, 5, 10, 16, 500, bytes.length - 1]) {
    const answer = () => new Response(inPieces([bytes.subarray(0, length)]).body)
    expect((await failure(download({ fields, answer }))).reason).toBe("media_unavailable")
  }
  const broken = () => new Response(inPieces([bytes.subarray(0, 500)], "error").body)
  expect(await failure(download({ fields, answer: broken }))).toMatchObject({
    reason: "media_unavailable",
    retryable: true,
  })
})

test("[WA19] a file of which one bit changed ends its stream with an error", async () => {
  const { bytes, fields } = seal(randomBytes(100))
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    const answer = () => new Response(changed)
    // Without the hash of what was uploaded the MAC alone tells.
    const known = at % 2 === 0 ? fields : { ...fields, fileEncSha256: undefined }
    expect((await failure(download({ fields: known, answer }))).reason).toBe("media_unavailable")
  }
})

test("[WA19] another file under the same key is not the one that was announced", async () => {
  const announced = seal(Buffer.from("the announced one"))
  const { bytes } = seal(Buffer.from("quite another one"))
  const answer = () => new Response(new Uint8Array(bytes))
  for (const lacking of ["fileEncSha256", "fileSha256"]) {
    const fields = { ...announced.fields, [lacking]: undefined }
    expect((await failure(download({ fields, answer }))).message).toContain("another one")
  }
})

test("[WA19] of a file that is longer than announced nothing more is taken", async () => {
  const { bytes, fields } = seal(randomBytes(1_000_000))
  const lying = { ...fields, fileLength: 5_000 }
  const pieces = Array.from({ length: 1_000 }, (_, at) =>
    bytes.subarray(at * 1_000, (at + 1) * 1_000),
  )
  const { body, taken } = inPieces(pieces)
  const error = await failure(download({ fields: lying, answer: () => new Response(body) }))
  expect(error.message).toContain("longer")
  expect(taken.bytes).toBeLessThan(10_000)
  expect(taken.cancelled).toBe(true)

  const told = inPieces(pieces)
  const headers = { "content-length": String(bytes.length) }
  const answer = () => new Response(told.body, { headers })
  expect((await failure(download({ fields: lying, answer }))).message).toContain("longer")
  expect(told.taken).toEqual({ bytes: 0, cancelled: true })
})

test("[WA19] a file is refused for one byte more than announced, also where no hash tells", async () => {
  const { bytes, fields } = seal(randomBytes(101))
  const answer = () => new Response(new Uint8Array(bytes))
  const lying = { ...fields, fileLength: 100, fileSha256: undefined }
  expect((await failure(download({ fields: lying, answer }))).message).toContain("longer")
})

test("[WA19] a file that is shorter than announced is refused", async () => {
  const { bytes, fields } = seal(randomBytes(100))
  const answer = () => new Response(new Uint8Array(bytes))
  const error = await failure(download({ fields: { ...fields, fileLength: 101 }, answer }))
  expect(error.message).toContain("shorter")
})

test("[WA19] a file of a hundred megabytes goes through piece by piece", async () => {
  const { bytes, fields } = seal(Buffer.alloc(1_000_000))
  const { body, taken } = inPieces(
    Array.from({ length: 100 }, (_, at) => bytes.subarray(at * 10_000, (at + 1) * 10_000)),
  )
  const signal = NEVER
  const stream = await openMedia(announce({ ...fields, fileLength: 100_000_000 }), {
    fetch: async () => new Response(body),
    hosts: [],
    signal,
  })
  for await (const piece of stream) {
    expect(piece.length).toBeLessThanOrEqual(10_000)
    if (taken.bytes >= 50_000) break
  }
  // Whoever has had enough stops the download with it.
  expect(taken).toEqual({ bytes: 50_000, cancelled: true })
})

test("a download that is stopped says so", async () => {
  const stopping = new AbortController()
  const { fields } = seal(randomBytes(100))
  const answer = () => {
    stopping.abort()
    return Promise.reject(stopping.signal.reason)
  }
  const error = await failure(download({ fields, answer, signal: stopping.signal }))
  expect(error.reason).toBe("aborted")
})

test("the service is asked where it keeps its files, or where the message says if that is the service's", async () => {
  const { bytes, fields } = seal(randomBytes(100))
  const answer = () => new Response(new Uint8Array(bytes))
  const asked = async (more: Record<string, unknown>, hosts: readonly string[] = []) =>
    (await download({ fields: { ...fields, ...more }, answer, hosts })).asked[0]
  expect(await asked({})).toBe("https://mmg.whatsapp.net/v/file.enc?ccb=11-4")
  expect(await asked({}, ["media.example:8443"])).toBe(
    "https://media.example:8443/v/file.enc?ccb=11-4",
  )
  const url = "https://media-ams.cdn.whatsapp.net/v/other.enc"
  expect(await asked({ url })).toBe("https://media-ams.cdn.whatsapp.net/v/file.enc?ccb=11-4")
  expect(await asked({ url, directPath: undefined })).toBe(url)
  expect(await asked({ url, directPath: "no/path" })).toBe(url)
  expect(await asked({ url: "https://evil.example/x" })).toContain("https://mmg.whatsapp.net/v/")
})

test.each([
  { directPath: undefined, url: "https://evil.example/x" },
  { directPath: undefined, url: "https://whatsapp.net.evil.example/x" },
  { directPath: undefined, url: "https://evilwhatsapp.net/x" },
  { directPath: undefined, url: "http://mmg.whatsapp.net/x" },
  { directPath: undefined, url: "https://user@mmg.whatsapp.net/x" },
  { directPath: undefined, url: "file:///etc/passwd" },
  { directPath: "@evil.example/x", url: undefined },
  { directPath: ".evil.example/x", url: undefined },
  { directPath: ":1@evil.example/x", url: undefined },
])("[WA19] a sender cannot have the gateway ask another host: %j", async (more) => {
  const fields = { ...seal(randomBytes(10)).fields, ...more }
  const answer = () => Promise.reject(new Error("asked"))
  const error = await failure(download({ fields, answer }))
  expect(error.message).toContain("names no place of WhatsApp")
  expect(error.retryable).toBe(false)
})

test("a reference that makes no sense is a file that is not known any more", async () => {
  for (const reference of ["", "{}", "null", '{"key":"x"}', '{"key":7,"url":"https://x"}']) {
    const opening = openMedia({ kind: "image", reference }, { fetch, hosts: [], signal: NEVER })
    expect((await failure(opening)).reason).toBe("media_unavailable")
  }
})

test("no complaint about a file holds its key or its place", async () => {
  const { fields } = seal(randomBytes(100))
  const error = await failure(download({ fields, answer: () => new Response("", { status: 404 }) }))
  const words = JSON.stringify([error.message, error.details])
  expect(words).not.toContain(KEY.toString("base64"))
  expect(words).not.toContain("file.enc")
})
