import { downloadMediaMessage } from "@whiskeysockets/baileys"
import { expect, test } from "vitest"
import type { MediaKind } from "./media.ts"
import { startLinked } from "./start-lab.ts"

const everyByte = Buffer.from(Uint8Array.from({ length: 256 }, (_, index) => index))

test.for<MediaKind>(["image", "video", "audio", "voice", "document"])(
  "the client downloads what a person sends as %s",
  async (kind) => {
    const { ada, client } = await startLinked()
    const { id } = await ada.sendMedia(kind, everyByte, { caption: "look", fileName: "a.bin" })
    const { message } = await client.message(({ key }) => key.id === id)
    expect(await downloadMediaMessage(message, "buffer", {})).toEqual(everyByte)
  },
)

test("what the client uploads arrives byte for byte with its caption", async () => {
  const { ada, client } = await startLinked()
  const document = { document: everyByte, mimetype: "application/x-lab", fileName: "b.bin" }
  await client.socket.sendMessage(ada.pn ?? "", { ...document, caption: "for you" })
  expect(await ada.waitForText("for you")).toMatchObject({
    media: { kind: "document", bytes: everyByte, mimetype: "application/x-lab", fileName: "b.bin" },
  })
  await client.socket.sendMessage(ada.pn ?? "", { audio: everyByte, ptt: true, seconds: 2 })
  const voice = await ada.waitFor(({ media }) => media?.kind === "voice")
  expect(voice.media?.bytes).toEqual(everyByte)
})

test("a file that the host no longer has cannot be downloaded", async () => {
  const { lab, ada, client } = await startLinked()
  const { id, message: sent } = await ada.sendMedia("image", everyByte)
  const { message } = await client.message(({ key }) => key.id === id)
  lab.media.remove(sent.imageMessage?.directPath ?? "")
  await expect(downloadMediaMessage(message, "buffer", {})).rejects.toThrow("Failed to fetch")
})

test("the host of the files can fail, cut and hang", async () => {
  const { lab, ada, client } = await startLinked()
  const { id } = await ada.sendMedia("document", everyByte)
  const { message } = await client.message(({ key }) => key.id === id)
  lab.media.spoil({ on: "download", as: "error" })
  await expect(downloadMediaMessage(message, "buffer", {})).rejects.toThrow("Failed to fetch")
  // Not with Baileys' own download: it neither ends nor catches what a cut connection throws.
  const { url } = message.message?.documentMessage ?? {}
  lab.media.spoil({ on: "download", as: "cut" })
  await expect(fetch(url ?? "").then((response) => response.bytes())).rejects.toThrow("terminated")
  lab.media.spoil({ on: "download", as: "hang" })
  const waiting = fetch(url ?? "", { signal: AbortSignal.timeout(50) })
  await expect(waiting).rejects.toThrow("timeout")
  lab.media.spoil({ on: "upload", as: "error" })
  const picture = { document: everyByte, mimetype: "application/x-lab" }
  await expect(client.socket.sendMessage(ada.pn ?? "", picture)).rejects.toThrow("upload")
  await client.socket.sendMessage(ada.pn ?? "", picture)
  await ada.waitFor(({ media }) => media?.kind === "document")
})
