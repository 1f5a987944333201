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
  const lines = Array.from({ length: 60 }, (_, index) => `It began with ${index}.`)
  await chat.say("how did it begin?")
  ;(await puppeteer.nextTurn()).answer(lines.join("\n\n"))
  await chat.say("tell me all")
  const cut = await puppeteer.nextTurn()
  cut.say("It went on ")
  await expect(chat.articles.last()).toContainText("It went on")
  const region = chat.page.getByRole("region", { name: "Chat" })
  const scrolled = () => region.evaluate((element) => element.scrollTop)
  await region.hover()
  await chat.page.mouse.wheel(0, -300)
  await expect.poll(scrolled).toBeGreaterThan(100)
  const before = await scrolled()
  await gateway.kill()
  await cut.dropped
  await chat.composer.fill("and then?")
  await gateway.start()
  await chat.connected()
  const interrupted = chat.page.getByRole("group", {
    name: "The gateway stopped in the middle of this answer.",
  })
  await expect(interrupted).toHaveCount(1)
  await expect(chat.articles).toHaveCount(4)
  await expect(chat.composer).toHaveValue("and then?")
  await expect(chat.articles.nth(1)).toContainText("It began with 59.")
  expect(await scrolled()).toBe(before)
  expect(puppeteer.prompts).toHaveLength(2)

  await interrupted.getByRole("button", { name: "Retry" }).click()
  ;(await puppeteer.nextTurn()).answer("It began, and ended.")
  await expect(chat.articles.last()).toContainText("It began, and ended.")
  expect(await isSameDocument()).toBe(true)
})

test("[WC14, I2] what is sent while the gateway is away goes out once, in order, with its file and after a reload", async ({
  chat,
  gateway,
  page,
  puppeteer,
}) => {
  puppeteer.answerAll((prompt) => `re ${/first|second|third/.exec(prompt)?.[0]}`)
  await gateway.kill()
  await expect(page.getByText("Reconnecting.", { exact: true })).toBeVisible()
  await chat.say("the first")
  const note = { name: "note.txt", mimeType: "text/plain", buffer: Buffer.from("a note") }
  await page.locator("input[type=file]").setInputFiles(note)
  await chat.say("the second")
  await chat.say("the third")
  await chat.composer.fill("a draft")
  const waiting = [
    "You: the first | Waiting to be sent",
    "You: the second | note.txt | Waiting to be sent",
    "You: the third | Waiting to be sent",
  ]
  await chat.reads(...waiting)
  await expect(page.getByText("3 messages waiting to be sent.")).toBeVisible()
  await expect(chat.button("Send when connected")).toBeVisible()

  // The browser gets the page again, and what it would talk to is still away.
  await page.route("**/boot.json", (route) => route.abort("connectionrefused"))
  await gateway.start()
  await page.reload()
  await chat.reads(...waiting)
  await expect(chat.composer).toHaveValue("a draft")
  expect(puppeteer.prompts).toHaveLength(0)
  await page.unroute("**/boot.json")
  // One turn after the other.
  await expect(chat.articles).toHaveCount(6, { timeout: 30_000 })
  const asked = () => puppeteer.prompts.map((prompt) => /first|second|third/.exec(prompt)?.[0])
  await expect.poll(asked).toEqual(["first", "second", "third"])
  await expect(chat.articles.nth(2)).toContainText("note.txt")
  await expect(chat.articles.last()).toContainText("re third")
  await expect(chat.composer).toHaveValue("a draft")
  expect(puppeteer.prompts).toHaveLength(3)
})

test("[WC1, WC20, WC21] the gateway is down when the page is loaded: it says so and keeps what is written", async ({
  chat,
  gateway,
  page,
  puppeteer,
}) => {
  await chat.say("what is kept?")
  ;(await puppeteer.nextTurn()).answer("**This** is.")
  await chat.reads("You: what is kept?", "Clawdis: This is.")
  await expect.poll(() => page.evaluate(readLastViews)).toContain("**This** is.")
  // The browser has the page; only what it would talk to is away.
  await page.route("**/boot.json", (route) => route.abort("connectionrefused"))
  await page.route(/assets.health-.*[.]js/, (route) => route.abort("connectionrefused"))
  await page.reload()
  await expect(page.getByText("Gateway unreachable.")).toBeVisible()
  await expect(page.getByText(/Next try in \d+ s\.|Trying now…/)).toBeVisible()
  // What was on the screen can be read, and is not taken for what is so now.
  const kept = page.getByRole("region", { name: /^as of \d/ })
  await expect(kept.getByRole("article")).toContainText(["what is kept?", "This is."])
  await expect(kept.getByRole("button")).toHaveCount(0)
  // Whoever left the page now would not get it back.
  await page.getByRole("button", { name: "Health" }).click()
  const side = page.getByRole("complementary", { name: "Health" })
  await expect(side).toContainText("A part of the page could not be loaded.")
  await side.getByRole("button", { name: "Try again" }).click()
  await expect(side.getByRole("button", { name: "Reload" })).toHaveCount(0)
  await expect(side).toContainText("A part of the page could not be loaded.")
  await chat.say("for later")
  // As long as it is here it can be edited or taken away.
  await chat.say("a word to change")
  const last = chat.articles.last()
  await expect(last).toContainText("a word to change")
  await last.getByRole("button", { name: "Edit" }).click()
  await expect(chat.composer).toBeFocused()
  await expect(chat.composer).toHaveValue("a word to change")
  await chat.say("never mind")
  await expect(last).toContainText("never mind")
  await last.getByRole("button", { name: "Discard" }).click()
  await expect(chat.composer).toBeFocused()
  await chat.reads("You: for later | Waiting to be sent")
  await chat.composer.fill("and a draft")
  const tried = page.waitForRequest("**/boot.json")
  await page.getByRole("button", { name: "Retry now" }).click()
  await tried
  await page.unroute(/assets.health-.*[.]js/)
  await page.unroute("**/boot.json")
  ;(await puppeteer.nextTurn()).answer("Here.")
  await chat.reads("You: what is kept?", "Clawdis: This is.", "You: for later", "Clawdis: Here.")
  await expect(kept).toHaveCount(0)
  await expect(chat.composer).toHaveValue("and a draft")
  await expect(chat.composer).toBeFocused()
  await expect(side.getByRole("alert")).toHaveCount(0)
  await expect(side.getByRole("button", { name: "Reload" })).toHaveCount(0)
  expect(gateway.output).not.toContain("for later")
})

/** What the browser keeps of conversations that were on the screen. */
function readLastViews(): Promise<string> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("clawdis")
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
      const database = opening.result
      const reading = database.transaction("last-views").objectStore("last-views").getAll()
      reading.onsuccess = () => {
        database.close()
        resolve(JSON.stringify(reading.result))
      }
    }
  })
}
