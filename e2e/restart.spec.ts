// The gateway goes away and comes back while the page stays open.

import type { Page } from "@playwright/test"
import { expect, test } from "./support/fixtures.ts"

/** Answers whether it is still the same document. */
async function mark(page: Page): Promise<() => Promise<boolean>> {
  await page.evaluate(() => document.documentElement.setAttribute("data-marked", ""))
  return () => page.evaluate(() => document.documentElement.hasAttribute("data-marked"))
}

test("[D1, E5, WC2] the gateway restarts: the page says so, comes back by itself, keeps all", async ({
  chat,
  gateway,
  puppeteer,
}) => {
  const isSameDocument = await mark(chat.page)
  await chat.say("hello")
  ;(await puppeteer.nextTurn()).answer("Hi.")
  await chat.reads("You: hello", "Clawdis: Hi.")
  await chat.composer.fill("half a thou")

  expect(await gateway.stop()).toBe(0)
  await expect(chat.page.getByText("Gateway is restarting (SIGTERM).")).toBeVisible()
  await expect(chat.page.getByText(/Next try in \d+ s\.|Trying now…/)).toBeVisible()
  await chat.reads("You: hello", "Clawdis: Hi.")
  await expect(chat.composer).toBeEnabled()
  await chat.composer.press("End")
  await chat.composer.pressSequentially("ght")

  await gateway.start()
  await chat.connected()
  await expect(chat.page.getByText("Back online")).toBeVisible()
  await expect(chat.composer).toHaveValue("half a thought")
  await chat.composer.press("Enter")
  ;(await puppeteer.nextTurn()).answer("Whole now.")
  await chat.reads("You: hello", "Clawdis: Hi.", "You: half a thought", "Clawdis: Whole now.")
  expect(await isSameDocument()).toBe(true)
})

test("[WC2, A6] the gateway is killed in the middle of an answer: nothing twice, and it is told", async ({
  chat,
  gateway,
  puppeteer,
}) => {
  const isSameDocument = await mark(chat.page)
  await chat.say("tell me all")
  const cut = await puppeteer.nextTurn()
  cut.say("It began ")
  await chat.reads("You: tell me all", "Clawdis: It began")
  await gateway.kill()
  await cut.dropped
  await chat.composer.fill("and then?")
  await gateway.start()
  await chat.connected()
  const interrupted = chat.page.getByRole("group", {
    name: "The gateway stopped in the middle of this answer.",
  })
  await expect(interrupted).toHaveCount(1)
  await expect(chat.articles).toHaveCount(2)
  await expect(chat.composer).toHaveValue("and then?")
  expect(puppeteer.prompts).toHaveLength(1)

  await interrupted.getByRole("button", { name: "Retry" }).click()
  ;(await puppeteer.nextTurn()).answer("It began, and ended.")
  await expect(chat.articles.last()).toContainText("It began, and ended.")
  expect(await isSameDocument()).toBe(true)
})

test("[WC14, I2] what is sent while the gateway is away goes out once, in order, when it is back", async ({
  chat,
  gateway,
  puppeteer,
}) => {
  puppeteer.answerAll((prompt) => `re ${/first|second/.exec(prompt)?.[0]}`)
  await gateway.kill()
  await expect(chat.page.getByText("Reconnecting.", { exact: true })).toBeVisible()
  await chat.say("the first")
  await chat.say("the second")
  await chat.composer.fill("a draft")
  await chat.reads("You: the first | Waiting to be sent", "You: the second | Waiting to be sent")
  await expect(chat.page.getByText("2 messages waiting to be sent.")).toBeVisible()
  await expect(chat.button("Send when connected")).toBeVisible()
  await gateway.start()
  await chat.reads("You: the first", "Clawdis: re first", "You: the second", "Clawdis: re second")
  await expect(chat.composer).toHaveValue("a draft")
  expect(puppeteer.prompts).toHaveLength(2)
})

test("[WC1] the gateway is down when the page is loaded: it says so and keeps what is written", async ({
  chat,
  gateway,
  page,
  puppeteer,
}) => {
  // The browser has the page; only what it would talk to is away.
  await page.route("**/boot.json", (route) => route.abort("connectionrefused"))
  await page.reload()
  await expect(page.getByText("Gateway unreachable.")).toBeVisible()
  await expect(page.getByText(/Next try in \d+ s\.|Trying now…/)).toBeVisible()
  await chat.say("for later")
  await chat.composer.fill("and a draft")
  await page.unroute("**/boot.json")
  await page.getByRole("button", { name: "Retry now" }).click()
  ;(await puppeteer.nextTurn()).answer("Here.")
  await chat.reads("You: for later", "Clawdis: Here.")
  await expect(chat.composer).toHaveValue("and a draft")
  expect(gateway.output).not.toContain("for later")
})
