import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable } from "node:stream"
import { buffer } from "node:stream/consumers"
import * as baileys from "@whiskeysockets/baileys"
import { afterEach, beforeEach, expect, test } from "vitest"
import { toContent } from "./content.ts"
import { describeMedia, openMedia } from "./media.ts"
import { uploadFile } from "./upload.ts"

let folder = ""
const temporary = process.env["TMPDIR"]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "upload-"))
  process.env["TMPDIR"] = folder
})
afterEach(async () => {
  if (temporary === undefined) delete process.env["TMPDIR"]
  else process.env["TMPDIR"] = temporary
  await rm(folder, { recursive: true })
})

async function contentOf(mimeType: string, bytes: Uint8Array) {
  const path = join(folder, "file")
  await writeFile(path, bytes)
  const media = { path, mimeType, name: "a.bin", bytes: bytes.length }
  return toContent({ chat: "15550100@s.whatsapp.net", token: "t", text: "look", media })
}

async function refuse(): Promise<never> {
  throw new Error("nothing is uploaded here")
}

test("[M5] a file comes back from the service as it was, and nothing of it stays in the temporary folder", async () => {
  const bytes = Buffer.alloc(300_001, "picture")
  let stored = Buffer.alloc(0)
  const upload: baileys.WAMediaUploadFunction = async (path, { mediaType }) => {
    stored = await readFile(path)
    expect([mediaType, (await stat(path)).mode & 0o777]).toEqual(["image", 0o600])
    return { mediaUrl: "https://mmg.whatsapp.net/x", directPath: "/x" }
  }
  const uploaded = await uploadFile(await contentOf("image/png", bytes), {
    library: baileys,
    upload,
  })
  const { imageMessage } = await baileys.generateWAMessageContent(
    uploaded?.content ?? ({} as never),
    {
      upload: refuse,
      ...(uploaded !== undefined && { mediaCache: uploaded.mediaCache }),
    },
  )
  expect(imageMessage).toMatchObject({ caption: "look", mimetype: "image/png", directPath: "/x" })
  const fields = { ...imageMessage, fileLength: Number(imageMessage?.fileLength) }
  const described = describeMedia("image", fields as never)
  if (described === undefined) throw new Error("nothing says where the file is")
  const file = await openMedia(described, {
    fetch: async () => new Response(stored),
    hosts: [],
    signal: new AbortController().signal,
  })
  expect((await buffer(Readable.from(file))).equals(bytes)).toBe(true)
  expect(await readdir(folder)).toEqual(["file"])
})

test("[CR6] a temporary folder that fails, or a file that is gone, ends that message and nothing else", async () => {
  const content = await contentOf("text/plain", Buffer.from("hello"))
  const send = () => uploadFile(content, { library: baileys, upload: refuse })
  process.env["TMPDIR"] = join(folder, "nowhere")
  await expect(send()).rejects.toMatchObject({ reason: "storage", retryable: true })
  process.env["TMPDIR"] = folder
  await rm(join(folder, "file"))
  await expect(send()).rejects.toMatchObject({ code: "ENOENT" })
  expect(await readdir(folder)).toEqual([])
})

test("a text brings no file", async () => {
  const content = toContent({ chat: "15550100@s.whatsapp.net", token: "t", text: "hi" })
  expect(await uploadFile(content, { library: baileys, upload: refuse })).toBeUndefined()
})
