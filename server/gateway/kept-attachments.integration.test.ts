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
  const ask = async (params: object) =>
    (await rig.client.call("agent", { idempotencyKey: "k", ...params })) as { runId: string }
  const question = async () => {
    const { messages } = await rig.client.request("chat.history", { sessionKey: "main" })
    return messages.findLast(({ role }) => role === "user")
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

test("[M6, I2] a question that is asked again keeps its files, and each key has the outcome of its own params", async () => {
  const { ask, files, question, turns } = await start()
  const notes = { name: "notes.txt", mimeType: "text/plain", data: base64("buy milk") }
  const { runId } = await ask({ message: "", attachments: [PICTURE, notes] })
  const shown = (await question())?.parts
  const again = await ask({ message: "", retryOf: runId, idempotencyKey: "again" })
  expect(turns[1]).toMatchObject({ prompt: "(cat.png)\n(notes.txt)", attachments: [notes] })
  expect(turns[1]?.resources).toEqual(turns[0]?.resources)
  expect((await question())?.parts).toEqual(shown)
  expect(await files()).toHaveLength(2)

  // Of a question that was asked again it is the same.
  await ask({ message: "/stop", retryOf: again.runId, idempotencyKey: "third" })
  expect(turns[2]).toMatchObject({ prompt: "/stop", resources: turns[0]?.resources })

  expect(await ask({ message: "", retryOf: runId, idempotencyKey: "again" })).toEqual(again)
  await expect(
    ask({ message: "", retryOf: again.runId, idempotencyKey: "again" }),
  ).rejects.toMatchObject({ reason: "idempotency_conflict" })
  expect(turns).toHaveLength(3)
})

test("[M6] files that are given stand in the place of those of the question", async () => {
  const { ask, turns } = await start()
  const { runId } = await ask({ message: "look", attachments: [PICTURE] })
  const other = { ...PICTURE, name: "dog.png" }
  await ask({ message: "look", retryOf: runId, attachments: [other], idempotencyKey: "again" })
  expect(turns[1]?.resources).toMatchObject([{ name: "dog.png" }])
})

test("[M6] only a question of the same session is asked again, only while its files are there, and only if there is something to ask", async () => {
  const { ask, client, files, gateway, turns } = await start()
  const { runId } = await ask({ message: "", attachments: [PICTURE] })
  const { runId: wordy } = await ask({ message: "hi", idempotencyKey: "wordy" })
  const again = (params: object) => ask({ message: "look", idempotencyKey: "again", ...params })
  await expect(again({ retryOf: "nobody" })).rejects.toMatchObject({
    code: "INVALID_REQUEST",
    message: "retryOf: there is no run nobody in this session",
  })
  await expect(again({ retryOf: runId, sessionKey: "web:other" })).rejects.toMatchObject({
    message: `retryOf: there is no run ${runId} in this session`,
  })
  const { sessions } = await client.request("sessions.list", {})
  expect(sessions.map(({ key }) => key)).toEqual(["main"])
  await expect(again({ message: " ", retryOf: wordy })).rejects.toMatchObject({
    message: "message: must not be blank",
  })

  const folder = join(gateway.stateDir, "media")
  for (const file of await files()) await rm(join(folder, file))
  await expect(again({ retryOf: runId })).rejects.toMatchObject({
    code: "INVALID_REQUEST",
    reason: "media_unavailable",
    message: "retryOf: the files of that question have expired; attach them again",
  })
  expect(turns).toHaveLength(2)
  await again({ retryOf: runId, attachments: [PICTURE], idempotencyKey: "other" })
  // None of them has used up its key.
  await again({})
  expect(turns).toHaveLength(4)
})

test("[M6, M9] what was asked in a session that was deleted is not asked again", async () => {
  const { ask, client, turns } = await start()
  const { runId } = await ask({ message: "look", attachments: [PICTURE] })
  await client.request("sessions.delete", { sessionKey: "main" })
  await expect(
    ask({ message: "look", retryOf: runId, idempotencyKey: "again" }),
  ).rejects.toMatchObject({ message: `retryOf: there is no run ${runId} in this session` })
  expect(turns).toHaveLength(1)
})

test("[M6] a file that could not be kept is asked again as it came", async () => {
  const { ask, gateway, question, turns } = await start()
  const folder = join(gateway.stateDir, "media")
  await rm(folder, { recursive: true, force: true })
  await writeFile(folder, "in the way")
  const { runId } = await ask({ message: "", attachments: [PICTURE] })
  await ask({ message: "", retryOf: runId, idempotencyKey: "again" })
  expect(turns[1]).toMatchObject({ attachments: [PICTURE], resources: [] })
  expect((await question())?.parts).toMatchObject([
    { type: "attachment", name: "cat.png", state: "unavailable" },
  ])
})
