// The page on a bad line: real TCP between browser and gateway that is slow, stalls, is cut or freezes.

import type { Page } from "@playwright/test"
import { createChatPage } from "./support/chat-page.ts"
import { test as base, expect } from "./support/fixtures.ts"
import { createSlowProxy, type SlowProxy, type SlowProxyOptions } from "./support/slow-proxy.ts"

type Line = (options?: Omit<SlowProxyOptions, "to">) => Promise<SlowProxy>

const test = base.extend<{ line: Line }>({
  // With all the patience that it really has: a shorter one would end what a slow line brings in time.
  gateway: async ({ startGateway }, use) => {
    await use(await startGateway({ divideBy: 1 }))
  },
  line: async ({ gateway }, use) => {
    const proxies: SlowProxy[] = []
    await use(async (options) => {
      const proxy = await createSlowProxy({ ...options, to: () => gateway.port })
      proxies.push(proxy)
      return proxy
    })
    for (const proxy of proxies) await proxy.close()
  },
})

const SEED = Number(process.env["CLAWDIS_SEED"] ?? 1)
const MESSAGES = 100
/** A hang detector for what takes its time on such a line. */
const PATIENTLY = { timeout: 30_000 }
/** After so many messages the line is cut. */
const EACH = 15

test(`[WC14, I2] ${MESSAGES} messages on a line that is slow, stalls and is cut: each once and in order (seed ${SEED})`, async ({
  line,
  page,
  puppeteer,
}) => {
  test.setTimeout(180_000)
  const proxy = await line({ seed: SEED, roundTripMs: 40, stallPercent: 1 })
  puppeteer.answerAll((prompt) => {
    if (puppeteer.prompts.length % EACH === 0) proxy.cut()
    return `re ${/n\d+/.exec(prompt)?.[0]}`
  })
  const chat = createChatPage(page)
  await chat.open(proxy)
  const asked = Array.from({ length: MESSAGES }, (_, index) => `n${index}`)
  for (const word of asked) await chat.say(word)
  await expect
    .poll(() => puppeteer.prompts.length, { timeout: 120_000 })
    .toBeGreaterThanOrEqual(MESSAGES)
  await expect(chat.articles).toHaveCount(2 * MESSAGES)
  // What is far from the screen is not laid out, and has its text all the same.
  const texts = await chat.articles.locator(":scope > :nth-child(2)").allTextContents()
  expect(texts.map((text) => text.trim())).toEqual(asked.flatMap((word) => [word, `re ${word}`]))
  expect(puppeteer.prompts.map((prompt) => /n\d+/.exec(prompt)?.[0])).toEqual(asked)
})

test("[WC4] on a line with 300 ms of delay, stalls and 256 kbit/s the page is usable, and is not put off as slow", async ({
  gateway,
  line,
  page,
  puppeteer,
}) => {
  const proxy = await line({
    seed: SEED,
    roundTripMs: 300,
    stallPercent: 1,
    bytesPerSecond: 32_000,
  })
  const chat = createChatPage(page)
  await page.goto(`http://127.0.0.1:${proxy.port}/`)
  await expect(chat.send).toBeVisible(PATIENTLY)
  // What is needed for that fits through such a line in a few seconds.
  expect(proxy.delivered).toBeLessThan(4 * 32_000)
  const [painted, scriptAt] = await page.evaluate(() => [
    performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
    performance
      .getEntriesByType("resource")
      .filter((entry) => entry instanceof PerformanceResourceTiming)
      .find(({ name }) => name.includes("/index-") && name.endsWith(".js"))?.responseEnd,
  ])
  expect(painted).toBeLessThan(scriptAt ?? 0)

  const shown = await noteRows(page)
  await chat.say("tell me all")
  // Before any of it can have arrived: the page shows it by itself. A look from here may come later.
  const sending = expect.stringMatching(/tell me all.*Sending/)
  await expect.poll(() => shown.jsonValue()).toContainEqual(sending)
  const turn = await puppeteer.nextTurn()
  const words = Array.from({ length: 150 }, (_, index) => `${`word${index}`.padEnd(60, "-")} `)
  for (const word of words) turn.say(word)
  await page.getByText("word0-").waitFor()
  await chat.composer.fill("typed meanwhile")
  turn.end()
  const answer = chat.articles.last()
  await expect(answer).toHaveAttribute("aria-busy", "false", PATIENTLY)
  await expect(answer).toContainText(words.join("").trim())
  await expect(chat.articles).toHaveCount(2)
  await expect(chat.composer).toHaveValue("typed meanwhile")
  expect(gateway.output).not.toMatch(/slow|1013/)
})

/** What stands in the last row of the conversation, each time that anything changes. */
function noteRows(page: Page) {
  return page.evaluateHandle(() => {
    const rows: string[] = []
    new MutationObserver(() => {
      rows.push([...document.querySelectorAll("article")].at(-1)?.textContent ?? "")
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
    return rows
  })
}

test("[WC3, E3] a line that freezes without a word is given up when the ticks are missing", async ({
  line,
  page,
  puppeteer,
}) => {
  await page.clock.install()
  const proxy = await line()
  // Not those for what the page loads later.
  let sockets = 0
  page.on("websocket", () => {
    sockets += 1
  })
  const chat = createChatPage(page)
  await chat.open(proxy)
  await chat.say("one")
  const turn = await puppeteer.nextTurn()
  turn.say("begun, ")
  await chat.reads("You: one", "Clawdis: begun,")
  proxy.freeze()
  expect(sockets).toBe(1)
  turn.say("done")
  await chat.composer.fill("still typing")
  await chat.reads("You: one", "Clawdis: begun,")
  expect(sockets).toBe(1)

  await page.clock.fastForward(61_000)
  await expect(chat.articles.getByText("begun, done")).toBeVisible(PATIENTLY)
  turn.answer(".")
  await chat.reads("You: one", "Clawdis: begun, done.")
  await expect(chat.composer).toHaveValue("still typing")
  expect(sockets).toBeGreaterThan(1)
})

test("[WC7] after a sleep of the machine the page connects again by itself, and sends what waits", async ({
  line,
  page,
  puppeteer,
}) => {
  puppeteer.answerAll(() => "good morning")
  await page.clock.install()
  const proxy = await line()
  const chat = createChatPage(page)
  await chat.open(proxy)
  const isSameDocument = await page.evaluateHandle(() => document)
  proxy.freeze()
  await chat.say("good night")
  await chat.reads("You: good night | Sending")
  await page.clock.fastForward(8 * 3_600_000)
  await expect(chat.articles.getByText("good morning")).toBeVisible(PATIENTLY)
  await chat.reads("You: good night", "Clawdis: good morning")
  expect(puppeteer.prompts).toHaveLength(1)
  expect(await isSameDocument.evaluate((known) => known === document)).toBe(true)
})
