import { randomBytes } from "node:crypto"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, test } from "vitest"
import { connectClient } from "../server/testing/test-client.ts"
import { createTelegramRig } from "./support/telegram-rig.ts"

async function startAll() {
  const rig = await createTelegramRig()
  await rig.gateway.start()
  return rig
}

test("[I4] a message typed into Telegram reaches the agent, and the answer reaches Telegram", async () => {
  const { ada, lab, puppeteer } = await startAll()
  ada.say("what is on today?")
  const turn = await puppeteer.nextTurn()
  expect(turn.prompt).toContain("what is on today?")
  expect(turn.prompt).toContain('sender="Ada (42)"')
  turn.answer("Two meetings.")
  expect(await lab.nextSent(42)).toMatchObject({ text: "Two meetings." })
  expect(lab.actions(42)).not.toHaveLength(0)
})

test("[AU25] a stranger is dropped without an answer and counted", async () => {
  const { ada, gateway, lab, puppeteer } = await startAll()
  lab.person({ id: 7, firstName: "Mallory" }).say("let me in")
  ada.say("hello")
  const turn = await puppeteer.nextTurn()
  expect(turn.prompt).not.toContain("let me in")
  turn.answer("hi")
  await lab.nextSent(42)
  expect(lab.sent(7)).toEqual([])
  expect(lab.actions(7)).toEqual([])
  const client = await connectClient(gateway.url)
  expect(await client.request("status", {})).toMatchObject({
    dropped: [{ channel: "telegram", id: "7", count: 1 }],
  })
  await client.close()
})

test("[CR2] a kill between the journal and the reply: the message is answered, once", async () => {
  const { ada, gateway, lab, puppeteer } = await startAll()
  ada.say("are you there?")
  const cut = await puppeteer.nextTurn()
  await gateway.kill()
  await cut.dropped
  await gateway.start()
  const again = await puppeteer.nextTurn()
  expect(again.prompt).toContain("are you there?")
  again.answer("I am.")
  expect(await lab.nextSent(42)).toMatchObject({ text: "I am." })

  ada.say("good")
  ;(await puppeteer.nextTurn()).answer("Indeed.")
  expect(await lab.nextSent(42)).toMatchObject({ text: "Indeed." })
  expect(lab.sent(42).map((message) => message.text)).toEqual(["I am.", "Indeed."])
})

test("[A6] a kill after a tool call began: it is not run again, and the person is told", async () => {
  const { ada, gateway, lab, puppeteer } = await startAll()
  ada.say("delete everything")
  const cut = await puppeteer.nextTurn()
  const watcher = await connectClient(gateway.url, { caps: ["runs"] })
  cut.play({ tool: "1", title: "delete", status: "pending" })
  await watcher.event("agent", ({ stream }) => stream === "tool")
  await gateway.kill()
  await gateway.start()
  expect((await lab.nextSent(42)).text).toContain("interrupted")
  expect(puppeteer.prompts).toHaveLength(1)
})

test("[TG11] messages that come while the gateway is down are answered after it is back, in order", async () => {
  const { ada, gateway, lab, puppeteer } = await startAll()
  expect(await gateway.stop()).toBe(0)
  for (const word of ["one", "two", "three"]) ada.say(word)
  puppeteer.answerAll((prompt) => `got ${prompt.match(/one|two|three/g)?.join(" ")}`)
  await gateway.start()
  const texts: string[] = []
  while (!texts.join(" ").includes("three")) texts.push((await lab.nextSent(42)).text ?? "")
  expect(texts.join(" ").match(/one|two|three/g)).toEqual(["one", "two", "three"])
})

test("[M5, M6] who has written can be reached by name, and their session by the chat's own key", async () => {
  const { ada, gateway, lab, puppeteer } = await startAll()
  puppeteer.answerAll(() => "hi")
  const client = await connectClient(gateway.url)
  const params = { to: "@Ada_Lab", channel: "telegram", message: "news" }
  await expect(
    client.request("send", { ...params, idempotencyKey: "before" }),
  ).rejects.toMatchObject({ code: "INVALID_REQUEST", details: { reason: "chat_not_found" } })
  ada.say("hello")
  await lab.nextSent(42)
  const sent = await client.request("send", { ...params, idempotencyKey: "after" })
  expect(sent).toMatchObject({ status: "sent", chatId: "42" })
  expect(await lab.nextSent(42)).toMatchObject({ text: "news" })
  const acks: string[] = []
  await client.request("agent", { ...params, idempotencyKey: "run" }, ({ sessionKey }) => {
    acks.push(sessionKey)
  })
  expect(acks).toEqual(["telegram:42"])
  await client.close()
})

test("[I4] an answer grows as a draft, and its Markdown arrives as formatted text", async () => {
  const { ada, lab, puppeteer } = await startAll()
  ada.say("what is on today?")
  const turn = await puppeteer.nextTurn()
  turn.say("Two **meet")
  await lab.waitFor(() => lab.shownDraft(42)?.text === "Two **meet")
  turn.say("ings**.")
  turn.end()
  expect(await lab.nextSent(42)).toMatchObject({
    text: "Two meetings.",
    entities: [{ type: "bold", offset: 4, length: 8 }],
  })
  expect(lab.shownDraft(42)).toBeUndefined()
  const names = lab.state().commands.map((command) => Reflect.get(Object(command), "command"))
  expect(names).toContain("new")
})

test("[AU25] a picture reaches the agent as a file, with its caption; a stranger's is never fetched", async () => {
  const { ada, lab, puppeteer } = await startAll()
  const picture = randomBytes(50_000)
  lab.person({ id: 7, firstName: "Mallory" }).photo(picture, { caption: "open this" })
  ada.photo(picture, { caption: "what is this?" })
  const turn = await puppeteer.nextTurn()
  expect(turn.prompt).toContain("what is this?")
  const path = /\[media: [^\]]*?(\/[^\]\s]+)/.exec(turn.prompt)?.[1] ?? ""
  expect((await readFile(path)).equals(picture)).toBe(true)
  turn.answer("a picture")
  await lab.nextSent(42)
  expect(lab.calls.filter(({ method }) => method === "getFile")).toHaveLength(1)
})

test("[M5] a file of the agent's folder reaches Telegram as what it is, under its words", async () => {
  const { gateway, lab } = await startAll()
  const picture = randomBytes(50_000)
  const folder = join(gateway.stateDir, "workspace")
  const path = join(folder, "plan.png")
  await mkdir(folder, { recursive: true })
  await writeFile(path, picture)
  const client = await connectClient(gateway.url)
  const words = { to: "telegram:42", message: "**The** plan", idempotencyKey: "plan" }
  await client.request("send", { ...words, mediaUrl: path })
  expect(await lab.nextSent(42)).toMatchObject({
    caption: "The plan",
    caption_entities: [{ type: "bold", offset: 0, length: 3 }],
    photo: [{ file_size: 50_000 }, { file_size: 50_000 }],
  })
  await client.close()
})
