// The page is loaded anew while an answer is being written. The gateway is the truth: the same
// conversation every time, nothing missing and nothing twice.

import { connectClient } from "../server/testing/test-client.ts"
import type { ChatPage } from "./support/chat-page.ts"
import { expect, test } from "./support/fixtures.ts"

async function reload(chat: ChatPage): Promise<void> {
  await chat.page.reload()
  await chat.connected()
}

test("[WC6, M7] a reload at any point of a run shows the same, and the run goes on", async ({
  chat,
  puppeteer,
}) => {
  await chat.say("tell me")
  const turn = await puppeteer.nextTurn()
  await reload(chat)
  await chat.reads("You: tell me", "Clawdis: ")
  turn.say("Once ")
  await chat.reads("You: tell me", "Clawdis: Once")
  await reload(chat)
  await chat.reads("You: tell me", "Clawdis: Once")
  turn.say("upon ")
  await chat.reads("You: tell me", "Clawdis: Once upon")
  turn.play({ tool: "1", title: "Look up a tale", status: "pending" })
  await chat.reads("You: tell me", "Clawdis: Running: Look up a tale | Once upon")
  await reload(chat)
  await chat.reads("You: tell me", "Clawdis: Running: Look up a tale | Once upon")
  turn.play({ tool: "1", title: "Look up a tale", status: "completed", output: "found" })
  turn.say("a time")
  await chat.reads("You: tell me", "Clawdis: 1 tool call | Once upon | a time")
  await reload(chat)
  await chat.reads("You: tell me", "Clawdis: 1 tool call | Once upon | a time")
  await expect(chat.stop).toBeEnabled()
  turn.answer(".")
  await expect(chat.send).toBeVisible()
  await chat.reads("You: tell me", "Clawdis: 1 tool call | Once upon | a time.")
  await reload(chat)
  await chat.reads("You: tell me", "Clawdis: 1 tool call | Once upon | a time.")
  expect(puppeteer.prompts).toHaveLength(1)
})

test("[WC6, E6] text that comes while the page loads is there once", async ({
  chat,
  gateway,
  puppeteer,
}) => {
  const listener = await connectClient(gateway.url, { caps: ["runs"] })
  await chat.say("go on")
  const turn = await puppeteer.nextTurn()
  let isReloading = true
  const words: string[] = []
  async function talk(): Promise<void> {
    while (isReloading) {
      const word = `w${words.length} `
      words.push(word)
      turn.say(word)
      await listener.event(
        "agent",
        ({ data, stream }) => stream === "assistant" && data.delta.includes(word),
      )
    }
  }

  const talking = talk()
  for (let times = 0; times < 6; times += 1) await reload(chat)
  isReloading = false
  await talking
  await chat.reads("You: go on", `Clawdis: ${words.join("").trim()}`)
  turn.end()
  await expect(chat.send).toBeVisible()
  await chat.reads("You: go on", `Clawdis: ${words.join("").trim()}`)
  await listener.close()
})

test("[A5, WC14] a message is sent once although the page is loaded anew before its answer", async ({
  chat,
  puppeteer,
}) => {
  await chat.composer.fill("are you there?")
  await Promise.all([chat.composer.press("Enter"), chat.page.reload()])
  await chat.connected()
  // Whether the message or the reload came first: it is written or it was sent.
  if ((await chat.composer.inputValue()) !== "") await chat.composer.press("Enter")
  ;(await puppeteer.nextTurn()).answer("Yes.")
  await chat.reads("You: are you there?", "Clawdis: Yes.")
  expect(puppeteer.prompts).toHaveLength(1)
})

test("a draft survives a reload", async ({ chat }) => {
  await chat.composer.fill("not yet\nfinished")
  await reload(chat)
  await expect(chat.composer).toHaveValue("not yet\nfinished")
})
