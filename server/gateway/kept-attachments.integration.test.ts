import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, test } from "vitest"
import type { Turn } from "../agent/engine.ts"
import { PNG, startWithMedia } from "../testing/media-rig.ts"

const base64 = (text: string | Buffer) => Buffer.from(text).toString("base64")
const PICTURE = { name: "cat.png", mimeType: "image/png", data: base64(PNG) }

async function start() {
  const turns: Turn[] = []
  const rig = await startWithMedia({
    script: (turn) => {
      turns.push(turn)
      return [{ say: "ok" }]
    },
  })
  const ask = (params: object) => rig.client.call("agent", { idempotencyKey: "k", ...params })
  const question = async () => {
    const { messages } = await rig.client.request("chat.history", { sessionKey: "main" })
    return messages.find(({ role }) => role === "user")
  }
  return { ...rig, turns, ask, question }
}

test("[M6, M13] what a request attaches is kept: the agent finds it, and the conversation shows it", async () => {
  const { ask, client, question, turns } = await start()
  const notes = { name: "notes.txt", mimeType: "text/plain", data: base64("buy milk") }
  await ask({ message: "look", attachments: [PICTURE, notes] })
  expect(turns[0]).toMatchObject({
    prompt: "look",
    attachments: [notes],
    resources: [{ name: "cat.png", bytes: PNG.byteLength }, { name: "notes.txt" }],
  })
  const parts = (await question())?.parts
  expect(parts).toMatchObject([
    { type: "text", text: "look" },
    { type: "attachment", name: "cat.png", mimeType: "image/png", state: "ok" },
    { type: "attachment", name: "notes.txt", mimeType: "text/plain", state: "ok" },
  ])
  const [, picture] = parts ?? []
  const mediaId = picture?.type === "attachment" ? picture.mediaId : ""
  expect(await client.request("media.get", { mediaId })).toMatchObject({ data: base64(PNG) })
})

test("[M6, VA10] a file needs no words", async () => {
  const { ask, question, turns } = await start()
  await ask({ message: " ", attachments: [PICTURE] })
  expect(turns[0]?.prompt).toBe("(cat.png)")
  expect((await question())?.parts).toMatchObject([{ type: "attachment", name: "cat.png" }])
})

test("[M6] where nothing can be kept the agent gets the file all the same", async () => {
  const { ask, gateway, question, turns } = await start()
  const folder = join(gateway.stateDir, "media")
  await rm(folder, { recursive: true, force: true })
  await writeFile(folder, "in the way")
  await ask({ message: "look", attachments: [PICTURE] })
  expect(turns[0]).toMatchObject({ attachments: [PICTURE], resources: [] })
  expect((await question())?.parts).toMatchObject([
    { type: "text" },
    { type: "attachment", name: "cat.png", bytes: PNG.byteLength, state: "unavailable" },
  ])
})

test("[ID2, ID3] a request that comes many times at once keeps its file once", async () => {
  const { ask, client, files, turns } = await start()
  const acks: unknown[] = []
  const params = { message: "look", attachments: [PICTURE], idempotencyKey: "many" }
  const finals = await Promise.all([
    ...Array.from({ length: 20 }, () => client.call("agent", params, (ack) => acks.push(ack))),
    expect(ask({ message: "see", idempotencyKey: "many" })).rejects.toMatchObject({
      reason: "idempotency_conflict",
    }),
  ])
  expect(await files()).toHaveLength(1)
  expect(turns).toHaveLength(1)
  expect(acks).toEqual(Array.from({ length: 20 }, () => acks[0]))
  expect(finals.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => finals[0]))
})

test("[A4, M6] of a request that is refused for want of room nothing is kept", async () => {
  const gate = Promise.withResolvers<void>()
  const working = Promise.withResolvers<void>()
  const { client, files } = await startWithMedia({
    script: () => {
      working.resolve()
      return [{ wait: gate.promise }]
    },
  })
  const answers: Promise<unknown>[] = []
  const accepted = (each: number) =>
    new Promise((resolve) => {
      const params = { message: "wait", idempotencyKey: `k-${each}` }
      answers.push(client.call("agent", params, resolve))
    })
  await accepted(0)
  await working.promise
  await Promise.all(Array.from({ length: 50 }, (_, each) => accepted(each + 1)))
  const late = { message: "look", attachments: [PICTURE], idempotencyKey: "late" }
  await expect(client.call("agent", late)).rejects.toMatchObject({ reason: "over_capacity" })
  expect(await files()).toEqual([])
  gate.resolve()
  await Promise.all(answers)
})
