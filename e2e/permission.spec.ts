// The agent asks before it acts: the page shows what, and takes the answer of a person to it.

import { connectClient } from "../server/testing/test-client.ts"
import { type ChatPage, createChatPage } from "./support/chat-page.ts"
import { findPale } from "./support/contrast.ts"
import { expect, test } from "./support/fixtures.ts"
import type { Puppeteer, PuppetTurn } from "./support/puppeteer.ts"

const DELETE = { ask: "c-1", title: "Delete a.txt" } as const

const cardOf = ({ page }: ChatPage) =>
  page.getByRole("group", { name: "The agent asks for your permission" })

async function askFor(
  chat: ChatPage,
  puppeteer: Puppeteer,
  line: Parameters<PuppetTurn["play"]>[0] = DELETE,
): Promise<PuppetTurn> {
  await chat.say("tidy up")
  const turn = await puppeteer.nextTurn()
  turn.play(line)
  await expect(cardOf(chat)).toBeVisible()
  return turn
}

test("[M12] the page asks a person, who allows it, and the agent goes on", async ({
  chat,
  puppeteer,
}) => {
  const { page } = chat
  const status = page.getByRole("status").filter({ hasText: "The agent asks: Delete a.txt" })
  const turn = await askFor(chat, puppeteer, { ...DELETE, input: { path: "a.txt" } })
  const card = cardOf(chat)
  await expect(card).toHaveAccessibleName("The agent asks for your permission Delete a.txt")
  await expect(card).toContainText('"path"')
  await expect(card).toContainText(/0 seconds left. Then it is refused./)
  await expect(page.getByText("Waiting for your answer")).toBeVisible()
  await expect(status).toHaveCount(1)
  await expect(card.locator("[aria-live], [role=status], [role=timer]")).toHaveCount(0)

  await card.getByRole("button", { name: "Allow" }).focus()
  await page.keyboard.press("Tab")
  await expect(card.getByRole("button", { name: "Reject" })).toBeFocused()
  await page.keyboard.press("Shift+Tab")
  await page.keyboard.press("Enter")
  await expect(card).toBeHidden()
  const outcome = page.getByText("Allowed by you · Delete a.txt")
  await expect(outcome).toBeVisible()
  await expect(page.locator(":focus")).toContainText("Allowed by you")
  await expect(chat.articles.last()).toContainText("allow_once")
  turn.end()
  await expect(chat.send).toBeVisible()
  await chat.reads("You: tidy up", "Clawdis: 1 tool call | allow_once")
})

test("[M12] what is refused is not done, and the run goes on", async ({ chat, puppeteer }) => {
  const turn = await askFor(chat, puppeteer)
  await cardOf(chat).getByRole("button", { name: "Reject" }).click()
  await expect(chat.page.getByText("Refused by you · Delete a.txt")).toBeVisible()
  turn.answer(" and left it")
  await chat.reads("You: tidy up", "Clawdis: 1 tool call | reject_once and left it")
})

test("[M12, M7] a page that is loaded anew while it is asked asks again, and takes the answer", async ({
  chat,
  puppeteer,
}) => {
  const turn = await askFor(chat, puppeteer)
  await chat.page.reload()
  await chat.connected()
  await expect(cardOf(chat)).toContainText("Delete a.txt")
  await cardOf(chat).getByRole("button", { name: "Allow" }).click()
  await expect(chat.page.getByText("Allowed by you")).toBeVisible()
  turn.end()
  await chat.reads("You: tidy up", "Clawdis: 1 tool call | allow_once")
})

test("[M12] two tabs ask, and what one of them answers the other one shows", async ({
  chat,
  context,
  gateway,
  puppeteer,
}) => {
  const second = createChatPage(await context.newPage())
  await second.open(gateway)
  const turn = await askFor(chat, puppeteer)
  await expect(cardOf(second)).toContainText("Delete a.txt")
  await cardOf(second).getByRole("button", { name: "Reject" }).click()
  await expect(second.page.getByText("Refused by you · Delete a.txt")).toBeVisible()
  await expect(chat.page.getByText("Refused from another window or client")).toBeVisible()
  await expect(cardOf(chat)).toBeHidden()
  turn.end()
  for (const tab of [chat, second]) {
    await tab.reads("You: tidy up", "Clawdis: 1 tool call | reject_once")
  }
})

test("[M12] with the run that is stopped the question is gone", async ({ chat, puppeteer }) => {
  await askFor(chat, puppeteer)
  await chat.stop.click()
  await expect(cardOf(chat)).toBeHidden()
  await chat.reads("You: tidy up", "Clawdis: 1 tool call | Stopped by you")
})

test("[M12] a gateway that takes no answers is given none", async ({
  gateway,
  page,
  puppeteer,
}) => {
  await page.routeWebSocket(/./, (socket) => {
    const server = socket.connectToServer()
    server.onMessage((frame) => socket.send(String(frame).replace('"agent.decide",', "")))
  })
  const chat = createChatPage(page)
  await chat.open(gateway)
  await chat.say("tidy up")
  const turn = await puppeteer.nextTurn()
  turn.play(DELETE)
  await chat.reads("You: tidy up", "Clawdis: Running: Delete a.txt")
  await expect(cardOf(chat)).toHaveCount(0)
  await expect(page.getByText("The agent asks")).toHaveCount(0)
  await expect(page.getByText(/^Working…/)).toBeVisible()
})

test("[M12] a run that only a client without the page's capability follows is refused at once", async ({
  gateway,
  puppeteer,
}) => {
  const client = await connectClient(gateway.url)
  const run = client.request("agent", { message: "tidy up", idempotencyKey: "k" })
  const turn = await puppeteer.nextTurn()
  turn.play(DELETE)
  turn.end()
  expect(await run).toMatchObject({ status: "ok", text: "reject_once" })
  await client.close()
})

test("[M12] a question can be read, in the light and in the dark, and on a phone", async ({
  chat,
  puppeteer,
}) => {
  const { page } = chat
  await page.emulateMedia({ reducedMotion: "reduce" })
  const turn = await askFor(chat, puppeteer, {
    ask: "c-1",
    title: `Run rm -rf /home/ada/${"very-".repeat(12)}long/path`,
    input: { command: "rm -rf build", why: "x".repeat(400) },
    kinds: ["allow_always", "allow_once", "reject_once"],
  })
  const card = cardOf(chat)
  const input = card.getByRole("button", { name: "Input" })
  await expect(input).toHaveAttribute("aria-expanded", "false")
  await expect(card).not.toContainText("rm -rf build")
  await expect(card).toContainText("counts in other conversations too")
  await input.click()
  await expect(card).toContainText("rm -rf build")
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 844 })
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme })
      await expect.poll(() => findPale(page)).toEqual([])
      for (const button of await card.getByRole("button").all()) {
        await button.scrollIntoViewIfNeeded()
        await expect(button).toBeInViewport({ ratio: 1 })
      }
      const overflow = () =>
        page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        )
      expect(await overflow()).toBe(0)
    }
  }
  await card.getByRole("button", { name: "Allow", exact: true }).click()
  await expect(page.getByText(/^Allowed by you/)).toBeVisible()
  await expect.poll(() => findPale(page)).toEqual([])
  turn.end()
})
