// Frames between gateway and page get lost, or come no more.

import { connectClient } from "../server/testing/test-client.ts"
import { type ChatPage, createChatPage } from "./support/chat-page.ts"
import { test as base, expect } from "./support/fixtures.ts"
import { tapWire, type Wire } from "./support/wire.ts"

const test = base.extend<{ wire: Wire; chat: ChatPage }>({
  wire: async ({ page }, use) => {
    await page.clock.install()
    await use(await tapWire(page))
  },
  // Opened through the wire.
  chat: async ({ gateway, page, wire: _ }, use) => {
    const chat = createChatPage(page)
    await chat.open(gateway)
    await use(chat)
  },
})

const methodsOf = (wire: Wire, from: number) =>
  wire.sent.slice(from).flatMap(({ method }) => method ?? [])

test("[E1, E8, FL6, WC8] after a lost event the page asks for everything it shows, and is complete", async ({
  wire,
  chat,
  puppeteer,
}) => {
  await chat.say("tell me")
  const turn = await puppeteer.nextTurn()
  turn.say("One ")
  await chat.reads("You: tell me", "Clawdis: One")
  const before = wire.sent.length
  const lost = wire.lose((frame) => frame.event === "agent")
  turn.say("two ")
  await lost
  turn.say("three")
  await chat.reads("You: tell me", "Clawdis: One two three")
  await expect
    .poll(() => methodsOf(wire, before))
    .toEqual(expect.arrayContaining(["health", "system-presence", "chat.history"]))
  turn.answer(".")
  await chat.reads("You: tell me", "Clawdis: One two three.")
  await expect(chat.page.getByText("Some live output was missed.")).toBeHidden()
  expect(wire.opened).toBe(1)
})

test("[E8] a lost final message is fetched", async ({ wire, chat, puppeteer }) => {
  await chat.say("well?")
  const turn = await puppeteer.nextTurn()
  const lost = wire.lose(({ event, payload }) => {
    const message = payload?.["message"] as { role?: string } | undefined
    return event === "chat" && message?.role === "assistant"
  })
  turn.answer("Well.")
  await lost
  await expect(chat.send).toBeVisible()
  await chat.reads("You: well?", "Clawdis: Well.")
  await expect(chat.articles.last()).toHaveAttribute("aria-busy", "false")
})

test("[E8] a lost presence event is made up for", async ({ wire, chat, gateway }) => {
  const lost = wire.lose((frame) => frame.event === "presence")
  const other = await connectClient(gateway.url)
  await lost
  // That one is missing is seen by the number of the next event.
  await chat.say("Who is there?")
  await expect(chat.page.getByRole("button", { name: /^Clients/ })).toHaveAccessibleName(
    "Clients (3)",
  )
  await other.close()
})

test("[WC14, A5] the connection dies after a message was sent: it is sent again and runs once", async ({
  wire,
  chat,
  puppeteer,
}) => {
  wire.deafen()
  await chat.say("did you get this?")
  const turn = await puppeteer.nextTurn()
  await chat.reads("You: did you get this? | Sending")
  await wire.cut()
  await chat.reads("You: did you get this?", "Clawdis: ")
  turn.answer("Yes, once.")
  await chat.reads("You: did you get this?", "Clawdis: Yes, once.")
  expect(puppeteer.prompts).toHaveLength(1)
})

test("[WC17, H3] a page of another age says so, and offers to reload once", async ({
  gateway,
  page,
}) => {
  await page.routeWebSocket(/./, (socket) => {
    socket.onMessage(() => {
      const refusal = { code: "PROTOCOL_MISMATCH", reason: "protocol mismatch" }
      socket.send(JSON.stringify({ type: "hello-error", ...refusal, expectedProtocol: 2 }))
      void socket.close({ code: 1002, reason: "protocol mismatch" })
    })
  })
  await page.goto(`http://127.0.0.1:${gateway.port}/`)
  const card = page.getByRole("region", { name: "This page is older than the gateway" })
  await expect(card).toContainText("Reload to get the page that belongs to the gateway.")
  await card.getByRole("button", { name: "Reload" }).click()
  await expect(card).toContainText("Reloading did not help.")
})
