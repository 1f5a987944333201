// The page is not alone: other tabs, other clients and a person in Telegram talk in the same conversation.

import { connectClient } from "../server/testing/test-client.ts"
import { createTelegramLab, type TelegramLab } from "./lab/telegram/lab.ts"
import { createChatPage } from "./support/chat-page.ts"
import { test as base, expect } from "./support/fixtures.ts"
import { tapWire } from "./support/wire.ts"

const test = base.extend<{ lab: TelegramLab }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants a pattern here, also for nothing.
  lab: async ({}, use) => {
    const lab = createTelegramLab()
    await lab.start()
    await use(lab)
    await lab.stop()
  },
  gateway: async ({ lab, startGateway }, use) => {
    const telegram = { botToken: lab.token, apiRoot: lab.apiRoot, allowFrom: [42] }
    await use(
      await startGateway({ config: { channels: { telegram }, session: { scope: "main" } } }),
    )
  },
})

test("[WC5, WC15, HS22, E10] two tabs show one conversation live and are one client", async ({
  chat,
  context,
  gateway,
  puppeteer,
}) => {
  const second = createChatPage(await context.newPage())
  await second.open(gateway)
  await chat.say("from the first")
  const turn = await puppeteer.nextTurn()
  turn.say("growing ")
  for (const tab of [chat, second]) await tab.reads("You: from the first", "Clawdis: growing")
  await expect(second.stop).toBeVisible()
  turn.answer("answer")
  for (const tab of [chat, second])
    await tab.reads("You: from the first", "Clawdis: growing answer")

  puppeteer.answerAll(() => "twice")
  await second.say("from the second")
  for (const tab of [chat, second]) {
    await tab.reads(
      "You: from the first",
      "Clawdis: growing answer",
      "You: from the second",
      "Clawdis: twice",
    )
    await expect(tab.button("Clients (2)")).toBeVisible()
  }
  await second.page.close()
  await expect(chat.button("Clients (2)")).toBeVisible()
})

test("[WC5, WC14, I2] one tab sends for all; when it is closed in the middle another one goes on", async ({
  context,
  gateway,
  page,
  puppeteer,
}) => {
  const wire = await tapWire(page)
  const first = createChatPage(page)
  await first.open(gateway)
  const second = createChatPage(await context.newPage())
  await second.open(gateway)
  await second.composer.fill("just once")
  await expect(first.composer).toHaveValue("just once")
  wire.deafen()
  // Both tabs show one draft: whichever sends it, and if both do, it is one message.
  await Promise.all([second.composer.press("Enter"), first.composer.press("Enter")])
  const turn = await puppeteer.nextTurn()
  for (const { composer } of [first, second]) await expect(composer).toHaveValue("")
  await first.reads("You: just once | Sending")
  await second.say("and this")
  await first.page.close()
  turn.answer("fine")
  ;(await puppeteer.nextTurn()).answer("too")
  await second.reads("You: just once", "Clawdis: fine", "You: and this", "Clawdis: too")
  expect(puppeteer.prompts).toHaveLength(2)
})

test("[E10] a message from Telegram and its answer appear live, and the answer reaches the person", async ({
  chat,
  lab,
  puppeteer,
}) => {
  lab.person({ id: 42, firstName: "Ada" }).say("what is on today?")
  const turn = await puppeteer.nextTurn()
  await chat.reads("Ada: what is on today?", "Clawdis: ")
  await expect(chat.articles.first()).toContainText("via Telegram")
  turn.say("Two ")
  await chat.reads("Ada: what is on today?", "Clawdis: Two")
  turn.answer("meetings.")
  await chat.reads("Ada: what is on today?", "Clawdis: Two meetings.")
  expect(await lab.nextSent(42)).toMatchObject({ text: "Two meetings." })

  puppeteer.answerAll(() => "Only here.")
  await chat.say("and tomorrow?")
  await chat.reads(
    "Ada: what is on today?",
    "Clawdis: Two meetings.",
    "You: and tomorrow?",
    "Clawdis: Only here.",
  )
  expect(lab.sent(42)).toHaveLength(1)
})

test("[T1] the page is the same on both ports", async ({ chat, context, gateway, puppeteer }) => {
  puppeteer.answerAll(() => "heard")
  const other = createChatPage(await context.newPage())
  await other.open({ port: gateway.webchatPort })
  await other.say("through the other door")
  for (const tab of [chat, other]) {
    await tab.reads("You: through the other door", "Clawdis: heard")
    await expect(tab.button("Clients (3)")).toBeVisible()
  }
})

test("[P2, E4] the list of clients is what the gateway says, and follows it", async ({
  chat,
  gateway,
}) => {
  const panel = await chat.panel(/^Clients/)
  const clients = panel.getByRole("list", { name: "Clients" }).getByRole("listitem")
  await expect(clients).toHaveCount(2)
  await expect(clients.filter({ hasText: "this browser" })).toContainText("webchat")
  await expect(clients.filter({ hasText: "gateway" })).toHaveCount(1)

  const client = { name: "radio", version: "2.5.0", platform: "test", mode: "test" }
  const radio = await connectClient(gateway.url, { client })
  await expect(clients).toHaveCount(3)
  await expect(clients.filter({ hasText: "v2.5.0" })).toContainText("radio")
  await expect(panel.getByRole("heading", { name: "Clients (3)" })).toBeVisible()
  await radio.close()
  await expect(clients).toHaveCount(2)
  await panel.getByRole("button", { name: "Close" }).click()
  await expect(panel).toBeHidden()
})

test("[M1, E9] health is what the gateway says, and follows it", async ({ chat, gateway, lab }) => {
  const chips = chat.page.getByRole("list", { name: "Channels" })
  await expect(chips.getByRole("button", { name: "Telegram connected" })).toBeVisible()
  const panel = await chat.panel("Health")
  const channels = panel.getByRole("region", { name: "Channels" }).getByRole("listitem")
  const telegram = channels.filter({ hasText: "Telegram" })
  await expect(telegram).toContainText("connected")
  await expect(panel).toContainText("Everything works")
  await expect(panel.getByText("acp · ready")).toBeVisible()
  const client = await connectClient(gateway.url)
  const health = await client.request("health", {})
  await client.close()
  await expect(panel).toContainText(health.version)

  await lab.stop()
  await expect(telegram).toContainText("waiting to retry")
  await expect(chips.getByRole("button", { name: "Telegram waiting to retry" })).toBeVisible()
  await expect(panel).toContainText("Works, but a channel is not connected")
  await lab.start()
  await expect(telegram).toContainText("connected")
  lab.fault({ method: "getUpdates", kind: "unauthorized" })
  await expect(telegram).toContainText("failed")
  await expect(panel).toContainText("Something needs attention")
})
