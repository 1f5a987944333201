import { expect, test } from "vitest"
import { startLab } from "./start-lab.ts"

const bytes = Uint8Array.of(1, 2, 3)

test("the address of a file is good for an hour, and can be asked for again", async () => {
  let nowMs = 0
  const { lab, bot, ada } = await startLab({ now: () => nowMs })
  const { message } = ada.document(bytes)
  const id = message.document?.file_id ?? ""
  const fetchFile = async (path = "") =>
    (await fetch(`${lab.apiRoot}/file/bot${lab.token}/${path}`)).status
  const { file_path } = await bot.api.getFile(id)
  expect(await fetchFile(file_path)).toBe(200)
  nowMs = 3_600_000
  expect(await fetchFile(file_path)).toBe(404)
  await bot.api.getFile(id)
  expect(await fetchFile(file_path)).toBe(200)
  lab.expireFiles()
  expect(await fetchFile(file_path)).toBe(404)
  lab.removeFile(id)
  await expect(bot.api.getFile(id)).rejects.toMatchObject({
    description: "Bad Request: wrong file_id or the file is temporarily unavailable",
  })
})

test("an album is a message for each picture, the first with the words", async () => {
  const { bot, ada } = await startLab()
  ada.album([bytes, bytes], { caption: "both" })
  const [first, second] = (await bot.api.getUpdates()).map(({ message }) => message)
  expect(first).toMatchObject({ caption: "both", media_group_id: second?.media_group_id })
  expect(second).not.toHaveProperty("caption")
  expect(second?.photo).toHaveLength(2)
})

test("animations, round videos and stickers come as what they are", async () => {
  const { bot, ada } = await startLab()
  ada.animation(bytes, { fileName: "a.mp4" })
  ada.video_note(bytes)
  ada.sticker(bytes)
  expect(await bot.api.getUpdates()).toMatchObject([
    { message: { animation: { file_size: 3 }, document: { file_name: "a.mp4" } } },
    { message: { video_note: { duration: 1 } } },
    { message: { sticker: { mime_type: "image/webp" } } },
  ])
})
