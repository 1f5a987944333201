import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { generateWAMessageContent, type WAMessageContent } from "@whiskeysockets/baileys"
import { afterEach, beforeEach, expect, test } from "vitest"
import type { OutboundMedia, OutboundMessage } from "../channel.ts"
import { toContent } from "./content.ts"

const CHAT = { chat: "15550100000@s.whatsapp.net", token: "t" }

let folder = ""
const temporary = process.env["TMPDIR"]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "content-"))
  process.env["TMPDIR"] = folder
})
afterEach(async () => {
  if (temporary === undefined) delete process.env["TMPDIR"]
  else process.env["TMPDIR"] = temporary
  await rm(folder, { recursive: true })
})

function media(words: Partial<OutboundMedia> = {}): OutboundMedia {
  return { path: "/media/a b#1.bin", mimeType: "text/plain", name: "a.txt", bytes: 5, ...words }
}

function contentOf(message: Partial<OutboundMessage>) {
  return toContent({ ...CHAT, text: "", ...message })
}

/** What Baileys makes of it, and which files lay around when it was uploaded. */
async function compose(message: Partial<OutboundMessage>): Promise<[WAMessageContent, string[]]> {
  let around: string[] = []
  const composed = await generateWAMessageContent(contentOf(message), {
    async upload() {
      around = await readdir(folder)
      return { mediaUrl: "https://mmg.whatsapp.net/x", directPath: "/x" }
    },
    getUrlInfo: () => Promise.reject(new Error("fetched a preview")),
  })
  return [composed, around]
}

test("[M5, AU30] a text is formatted, and no preview of its links is fetched", async () => {
  const text = "**hi** https://example.com"
  expect(contentOf({ text })).toEqual({ text: "*hi* https://example.com", linkPreview: null })
  const [composed] = await compose({ text })
  expect(composed.extendedTextMessage).toEqual({ text: "*hi* https://example.com" })
})

test.each([
  ["image/jpeg", "image"],
  ["image/png", "image"],
  ["video/mp4", "video"],
  ["audio/mpeg", "audio"],
  ["audio/mp4", "audio"],
  ["image/svg+xml", "document"],
  ["image/gif", "document"],
  ["audio/wav", "document"],
  ["application/pdf", "document"],
  ["", "document"],
])("[M5] a file of the type %j is sent as %s", (mimeType, kind) => {
  const content = contentOf({ media: media({ mimeType }) })
  expect(Object.keys(content)).toContain(kind)
  expect(content).not.toHaveProperty("ptt")
})

test("[M5] a recording in Opus is a voice note, and other Ogg is none", () => {
  for (const mimeType of ["audio/ogg; codecs=opus", "audio/ogg", "audio/opus"]) {
    expect(contentOf({ media: media({ mimeType }) })).toMatchObject({
      mimetype: "audio/ogg; codecs=opus",
      ptt: true,
    })
  }
  expect(contentOf({ media: media({ mimeType: "audio/ogg; codecs=vorbis" }) })).toHaveProperty(
    "document",
  )
})

test("[M5] words come with the file, as a sound has none as a document", () => {
  const text = "**look**"
  const picture = contentOf({ text, media: media({ mimeType: "image/png" }) })
  expect(picture).toMatchObject({ mimetype: "image/png", caption: "*look*" })
  const sound = contentOf({ text, media: media({ mimeType: "audio/ogg", name: "a.ogg" }) })
  expect(sound).toMatchObject({ mimetype: "audio/ogg", caption: "*look*", fileName: "a.ogg" })
  expect(sound).toHaveProperty("document")
})

test("[M5] what is too large to be shown is sent as a document", () => {
  const bytes = 16 * 1024 * 1024
  const picture = (more: number) =>
    contentOf({ media: media({ mimeType: "image/png", bytes: bytes + more }) })
  expect(picture(0)).toHaveProperty("image")
  expect(picture(1)).toMatchObject({ mimetype: "image/png", fileName: "a.txt" })
})

test("a path is a place on the disk, however it looks", () => {
  for (const path of ["/media/a b#1?.bin", "/media/https:/example.com", "https://example.com"]) {
    const content = contentOf({ media: media({ path }) })
    if (!("document" in content) || !("url" in content.document)) throw new Error("no document")
    expect(fileURLToPath(content.document.url)).toBe(resolve(path))
  }
})

test.each([
  ["image/png", "imageMessage"],
  ["video/mp4", "videoMessage"],
  ["text/plain", "documentMessage"],
] as const)(
  "[M5] a file of %s is read from the disk, without a preview or a plain copy of it",
  async (mimeType, key) => {
    const path = join(folder, "a file #1")
    await writeFile(path, "hello")
    const [composed, around] = await compose({ text: "look", media: media({ path, mimeType }) })
    expect(composed[key]).toMatchObject({ caption: "look", mimetype: mimeType, directPath: "/x" })
    expect(Number(composed[key]?.fileLength)).toBe(5)
    expect(composed[key]?.jpegThumbnail?.length ?? 0).toBe(0)
    expect(around).toHaveLength(2)
    expect(around.filter((name) => name.endsWith("-original"))).toEqual([])
    expect(await readFile(path, "utf8")).toBe("hello")
  },
)
