// The page is loaded anew while an answer is being written. The gateway is the truth: the same
// conversation every time, nothing missing and nothing twice.

import { connectClient } from "../server/testing/test-client.ts"
import { type ChatPage, createChatPage } from "./support/chat-page.ts"
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

const FORBIDDEN = () => {
  Object.defineProperty(window, "indexedDB", {
    get() {
      throw new DOMException("denied", "SecurityError")
    },
  })
}
const FULL = () => {
  IDBObjectStore.prototype.put = () => {
    throw new DOMException("full", "QuotaExceededError")
  }
}
/** A newer page was here, and left a database that this one cannot read. */
const NEWER = () => {
  const { open } = IDBFactory.prototype
  IDBFactory.prototype.open = function (name, version) {
    return open.call(this, name, (version ?? 1) + (sessionStorage.length === 0 ? 98 : 0))
  }
}

test("a browser that keeps nothing says so once, and sends all the same", async ({
  browser,
  gateway,
  puppeteer,
}) => {
  puppeteer.answerAll(() => "Yes.")
  const rows: string[] = []
  for (const [name, spoil] of Object.entries({ FORBIDDEN, FULL, NEWER })) {
    const context = await browser.newContext()
    await context.addInitScript(spoil)
    const chat = createChatPage(await context.newPage())
    await chat.open(gateway)
    // Only now is the newer database what this page finds.
    if (spoil === NEWER) {
      await chat.page.evaluate(() => sessionStorage.setItem("seen", "1"))
      await reload(chat)
    }
    await chat.say(`in spite of ${name}`)
    rows.push(`You: in spite of ${name}`, "Clawdis: Yes.")
    await chat.reads(...rows)
    const notice = chat.page.getByRole("region", { name: "Nothing is kept" })
    await notice.getByRole("button", { name: "Understood" }).click()
    await expect(chat.composer).toBeFocused()
    await chat.say("again")
    rows.push("You: again", "Clawdis: Yes.")
    await chat.reads(...rows)
    await expect(notice).toBeHidden()
    await context.close()
  }
})

test("a draft survives a reload", async ({ chat }) => {
  await chat.composer.fill("not yet\nfinished")
  await reload(chat)
  await expect(chat.composer).toHaveValue("not yet\nfinished")
})

test("[M7] a long conversation begins with its end, and the rest comes when it is looked for", async ({
  gateway,
  page,
  puppeteer,
}) => {
  puppeteer.answerAll((prompt) => `re ${/n\d+/.exec(prompt)?.[0]}`)
  const client = await connectClient(gateway.url)
  const asked = Array.from({ length: 60 }, (_, index) => `n${index}`)
  for (const message of asked) {
    await client.request("agent", { message, sessionKey: "main", idempotencyKey: message })
  }
  await client.close()

  const chat = createChatPage(page)
  await chat.open(gateway)
  await expect(chat.articles).toHaveCount(50)
  await expect(chat.articles.last()).toContainText("re n59")
  await expect(chat.articles.last()).toBeInViewport()
  const all = asked.flatMap((word) => [word, `re ${word}`])
  for (const [shown, firstOne] of [
    [100, "n35"],
    [120, "n10"],
  ] as const) {
    await expect(chat.articles.first()).toContainText(firstOne)
    await page.getByRole("region", { name: "Chat" }).evaluate((region) => region.scrollTo(0, 0))
    await expect(chat.articles).toHaveCount(shown)
    // What was looked at stays where it was.
    await expect(page.getByText(firstOne, { exact: true })).toBeInViewport()
  }
  // What is far from the screen is not laid out, and has its text all the same.
  const texts = await chat.articles.locator(":scope > :nth-child(2)").allTextContents()
  expect(texts.map((text) => text.trim())).toEqual(all)
})
