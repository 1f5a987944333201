// A gateway that asks for a token, and a page that must not give it away.

import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Page } from "@playwright/test"
import { createChatPage } from "./support/chat-page.ts"
import { expect, test } from "./support/fixtures.ts"

const TOKEN = "correct-horse-battery-staple"
const WITH_TOKEN = { environment: { CLAWDIS_GATEWAY_TOKEN: TOKEN } }

/** Everything the page asks for and says, from now on. */
function watch(page: Page) {
  const requests: string[] = []
  const hellos: string[] = []
  page.on("request", (request) => {
    // A fragment stays in the browser.
    const [address = ""] = request.url().split("#")
    requests.push(address, JSON.stringify(request.headers()))
  })
  page.on("websocket", (socket) => {
    requests.push(socket.url())
    socket.once("framesent", ({ payload }) => hellos.push(String(payload)))
  })
  return { requests, hellos }
}

/** Drags a file over the page and drops it; whether the browser is kept from leaving the page for it. */
function dropFile(page: Page): Promise<readonly boolean[]> {
  return page.evaluate(() => {
    const dataTransfer = new DataTransfer()
    dataTransfer.items.add(new File(["x"], "x.txt"))
    return ["dragover", "drop"].map((name) => {
      const event = new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer })
      return !document.body.dispatchEvent(event)
    })
  })
}

function createCard(page: Page) {
  const card = page.getByRole("region", { name: "This gateway asks for a token" })
  const field = card.getByRole("textbox", { name: "Token" })
  return {
    card,
    field,
    async enter(text: string): Promise<void> {
      await field.fill(text)
      await card.getByRole("button", { name: "Connect" }).click()
    },
  }
}

test("[WC9, AU1] without the token the page says so, tries nothing by itself, and takes it when given", async ({
  page,
  puppeteer,
  startGateway,
}) => {
  const gateway = await startGateway(WITH_TOKEN)
  const { hellos, requests } = watch(page)
  const { card, enter, field } = createCard(page)
  const chat = createChatPage(page)
  await page.clock.install()
  await page.goto(`http://127.0.0.1:${gateway.port}/`)
  await expect(card).toContainText("No token was given.")
  await expect(field).toBeFocused()
  await expect(field).toHaveAttribute("type", "password")
  await expect(chat.composer).toBeHidden()
  await expect(page.getByRole("navigation")).toHaveCount(0)

  const remember = card.getByRole("checkbox", { name: "Remember on this device" })
  await remember.check()
  await enter("wrong")
  await expect(card).toContainText("The token does not match.")
  await expect(field).toHaveAttribute("aria-invalid", "true")
  await expect(field).toHaveValue("wrong")
  await expect(field).toBeFocused()
  await expect(remember).toBeChecked()
  await remember.uncheck()
  expect(await dropFile(page)).toEqual([true, true])
  await page.clock.runFor(120_000)
  expect(hellos).toHaveLength(2)
  await enter("https://example.com/no-token-in-here")
  await expect(card).toContainText("This link has no token in it.")
  expect(hellos).toHaveLength(2)

  await enter(`  ${TOKEN}\n`)
  await chat.connected()
  puppeteer.answerAll(() => "welcome")
  await chat.say("hello")
  await chat.reads("You: hello", "Clawdis: welcome")
  expect(hellos).toHaveLength(3)
  expect(requests.join("\n")).not.toContain("token=")
  expect(requests.join("\n")).not.toContain(TOKEN)
  expect(gateway.output).not.toContain(TOKEN)
})

test("a whole link can be pasted instead of the token", async ({ page, startGateway }) => {
  const gateway = await startGateway({ environment: { CLAWDIS_GATEWAY_TOKEN: "a b&c=d/é" } })
  const { card, enter } = createCard(page)
  await page.goto(`http://127.0.0.1:${gateway.port}/`)
  await expect(card).toBeVisible()
  await enter(`http://localhost:1/#token=${encodeURIComponent("a b&c=d/é")}`)
  await createChatPage(page).connected()
})

test("a token in the fragment leaves the address before anything is asked for, and a reload keeps it", async ({
  page,
  startGateway,
}) => {
  const gateway = await startGateway(WITH_TOKEN)
  const { requests } = watch(page)
  const addresses: string[] = []
  // The files of the page come before its script can act; what that asks for comes after.
  await page.route(/boot\.json|\/assets\/markdown/, async (route) => {
    addresses.push(await page.evaluate(() => location.href))
    await route.continue()
  })
  const chat = createChatPage(page)
  await chat.open(gateway, `#token=${TOKEN}`)
  const home = `http://127.0.0.1:${gateway.port}/`
  expect(new Set(addresses)).toEqual(new Set([home]))
  expect(addresses.length).toBeGreaterThan(1)
  expect(page.url()).toBe(home)
  expect(await page.evaluate(() => history.length)).toBe(2)
  expect(requests.join("\n")).not.toContain(TOKEN)

  await page.reload()
  await chat.connected()
  const kept = await page.evaluate(() => ({
    session: JSON.stringify(sessionStorage),
    local: JSON.stringify(localStorage),
  }))
  expect(kept.session).toContain(TOKEN)
  expect(kept.local).not.toContain(TOKEN)
})

test("[T7] a token in the query is refused and repeated nowhere", async ({
  request,
  startGateway,
}) => {
  const gateway = await startGateway(WITH_TOKEN)
  const answer = await request.get(`http://127.0.0.1:${gateway.port}/?token=${TOKEN}`)
  expect(answer.status()).toBe(400)
  expect(await answer.text()).not.toContain(TOKEN)
  expect(gateway.output).not.toContain(TOKEN)
  expect(await readAll(gateway.stateDir)).not.toContain(TOKEN)
})

/** Every file that the gateway keeps, its log among them. */
async function readAll(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  expect(files.length).toBeGreaterThan(1)
  const texts = files.map(({ name, parentPath }) => readFile(join(parentPath, name), "latin1"))
  return (await Promise.all(texts)).join("\n")
}

test("a remembered token serves the next tab; a new token after a restart is asked for", async ({
  context,
  page,
  startGateway,
}) => {
  const gateway = await startGateway(WITH_TOKEN)
  const { card, enter } = createCard(page)
  await page.goto(`http://127.0.0.1:${gateway.port}/`)
  await card.getByRole("checkbox", { name: "Remember on this device" }).check()
  await enter(TOKEN)
  await createChatPage(page).connected()
  const second = createChatPage(await context.newPage())
  await second.open(gateway)
  await page.close()
  await second.composer.fill("a draft")

  await gateway.stop()
  await gateway.start({ CLAWDIS_GATEWAY_TOKEN: "another" })
  const asked = createCard(second.page)
  await expect(asked.card).toContainText("The token does not match.")
  await asked.enter("another")
  await second.connected()
  await expect(second.composer).toHaveValue("a draft")
})

test("another gateway at the same address never hears the token, nor what was meant for the first", async ({
  page,
  startGateway,
}) => {
  const first = await startGateway(WITH_TOKEN)
  const chat = createChatPage(page)
  await chat.open(first, `#token=${TOKEN}`)
  await first.kill()
  await chat.say("for the first only")
  await chat.reads("You: for the first only | Waiting to be sent")
  await chat.composer.fill("a secret draft")
  const { hellos } = watch(page)

  const { port, webchatPort } = first
  await startGateway({ port, webchatPort, environment: { CLAWDIS_GATEWAY_TOKEN: "second" } })
  const { card, enter } = createCard(page)
  await expect(card).toContainText("No token was given.")
  await enter("second")
  await chat.connected()
  await expect(page.getByRole("heading", { name: "Say hello" })).toBeVisible()
  await expect(chat.composer).toHaveValue("")
  expect(hellos.length).toBeGreaterThan(1)
  expect(hellos.join("\n")).not.toContain(TOKEN)
})

test("[WC9, AU20] a link with the token opens the page that already asks for it", async ({
  page,
  startGateway,
}) => {
  const gateway = await startGateway(WITH_TOKEN)
  const home = `http://127.0.0.1:${gateway.port}/`
  await page.goto(home)
  await expect(createCard(page).card).toBeVisible()
  await page.goto(`${home}#token=${TOKEN}`)
  await createChatPage(page).connected()
  expect(page.url()).toBe(home)
})
