import { expect, test } from "vitest"
import { startLab } from "./start-lab.ts"

async function startRemote() {
  const started = await startLab()
  const { apiRoot } = started.lab
  const get = async (path: string) => (await fetch(`${apiRoot}/lab/${path}`)).json()
  const post = async (path: string, body: object | string = "") => {
    const text = typeof body === "string" ? body : JSON.stringify(body)
    const response = await fetch(`${apiRoot}/lab/${path}`, { method: "POST", body: text })
    return { status: response.status, body: await response.json() }
  }
  return { ...started, get, post }
}

test("a test in another process plays the person", async () => {
  const { bot, get, post } = await startRemote()
  const said = await post("say", { person: { id: 7, firstName: "Bo" }, text: "hello" })
  expect(said.body.message).toMatchObject({ text: "hello", from: { id: 7, first_name: "Bo" } })
  const next = get("next?chat=7")
  await bot.api.sendMessage(7, "hi Bo")
  expect(await next).toMatchObject({ text: "hi Bo" })
  expect(await get("sent?chat=7")).toMatchObject([{ text: "hi Bo" }])
  expect(await get("calls?method=sendMessage")).toMatchObject([{ params: { text: "hi Bo" } }])
  expect(await get("next-call?method=sendMessage")).toMatchObject({ method: "sendMessage" })
})

test("groups, edits, media, blocks, raw updates and webhooks work from afar", async () => {
  const { bot, get, post } = await startRemote()
  await post("group", { id: -1001, title: "Team" })
  const { body } = await post("say", { person: 42, chat: -1001, text: "one" })
  await post("edit", { person: 42, chat: -1001, messageId: body.message.message_id, text: "two" })
  const base64 = Buffer.from("bytes").toString("base64")
  await post("media", { person: 42, kind: "document", base64, fileName: "a.txt" })
  await post("update", '{"update_id":9000,"unheard_of":1}')
  await post("block", { person: 42, blocked: true })
  expect(await bot.api.getUpdates()).toMatchObject([
    { message: { chat: { id: -1001 }, text: "one" } },
    { edited_message: { text: "two" } },
    { message: { document: { file_name: "a.txt", file_size: 5 } } },
    { update_id: 9000, unheard_of: 1 },
    { my_chat_member: { new_chat_member: { status: "kicked" } } },
  ])
  await post("webhook", { url: "https://left.test/behind" })
  expect(await get("state")).toMatchObject({ webhookUrl: "https://left.test/behind" })
})

test("albums, reactions, moves, kicks, drafts and files are played from afar", async () => {
  const { lab, bot, ada, get, post } = await startRemote()
  const picture = Buffer.from("bytes").toString("base64")
  expect((await post("album", { person: 42, pictures: [picture, picture] })).body).toHaveLength(2)
  await post("react", { person: 42, messageId: 1, emoji: "👍" })
  const group = { id: -5, title: "Team" }
  await post("kick", { ...group, kicked: true })
  await expect(bot.api.sendMessage(-5, "hi")).rejects.toMatchObject({ error_code: 403 })
  await post("kick", { ...group, kicked: false })
  await post("upgrade", { ...group, newId: -1_005 })
  await expect(bot.api.sendMessage(-5, "hi")).rejects.toMatchObject({ error_code: 400 })
  await bot.api.sendMessageDraft(ada.id, 5, "Hel")
  expect(await get("draft?chat=42")).toMatchObject({ text: "Hel" })
  expect(await get("draft?chat=7")).toBeNull()
  await post("expire-files")
  await post("pace", { intervalMs: 60_000 })
  await bot.api.sendMessage(ada.id, "one")
  await expect(bot.api.sendMessage(ada.id, "two")).rejects.toMatchObject({ error_code: 429 })
  expect(lab.sent(ada.id)).toHaveLength(1)
})

test("faults are queued and forgotten from afar", async () => {
  const { bot, get, post } = await startRemote()
  await post("fault", { method: "getMe", kind: "flood", times: 9, retryAfter: 3 })
  await expect(bot.api.getMe()).rejects.toMatchObject({ parameters: { retry_after: 3 } })
  expect(await get("state")).toMatchObject({ faults: [{ kind: "flood", left: 8 }] })
  await post("reset-faults")
  await bot.api.getMe()
})

test("what is wrong with a request is said", async () => {
  const { get, post } = await startRemote()
  expect(await post("say", { text: "who?" })).toMatchObject({ status: 400 })
  expect(await post("say", "{")).toMatchObject({ status: 400 })
  expect(await post("fault", { method: "getMe", kind: "gremlins" })).toMatchObject({ status: 400 })
  expect(await post("nothing")).toMatchObject({ status: 404 })
  expect(await get("next?chat=42&timeoutMs=1")).toEqual({ error: "Nothing came within 1 ms." })
})
