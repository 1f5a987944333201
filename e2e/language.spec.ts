// The page in other languages than English.

import { findPale } from "./support/contrast.ts"
import { expect, test } from "./support/fixtures.ts"

test("another language is drawn at once, and nothing that was begun is lost", async ({
  chat,
  puppeteer,
}) => {
  const { page } = chat
  puppeteer.answerAll(() => "Yes.\n\n```ts\nlet a = 1\n```")
  await chat.say("done?")
  await expect(chat.articles.last()).toContainText("let a = 1")
  await chat.composer.fill("half a sen")
  const settings = await chat.panel("Settings")
  const language = settings.getByLabel("Language")
  await language.focus()
  await language.selectOption("Nederlands")

  const panel = page.getByRole("complementary", { name: "Instellingen" })
  await expect(panel.getByLabel("Taal")).toBeFocused()
  await expect(page.locator("html")).toHaveAttribute("lang", "nl")
  await expect(page.getByRole("textbox", { name: "Bericht" })).toHaveValue("half a sen")
  await expect(page.getByRole("button", { name: "Code kopiëren" })).toBeAttached()
  await expect(page.getByText("Vandaag", { exact: true })).toBeVisible()
  await expect(page.getByRole("group", { name: "Verbinding" })).toContainText("verbonden")
  await expect(page.getByText("Yes.", { exact: true })).toBeVisible()

  const hello = new Promise<string>((resolve) => {
    page.on("websocket", (socket) => {
      socket.once("framesent", ({ payload }) => resolve(String(payload)))
    })
  })
  await page.reload()
  await expect(page.getByRole("group", { name: "Verbinding" })).toContainText("verbonden")
  expect(JSON.parse(await hello)).toMatchObject({ type: "hello", locale: "nl" })
})

test("a reader whose browser asks for Dutch gets it, with times as they are written there", async ({
  browser,
  gateway,
  puppeteer,
}) => {
  const context = await browser.newContext({ locale: "nl-BE" })
  const page = await context.newPage()
  await page.goto(`http://127.0.0.1:${gateway.port}/`)
  puppeteer.answerAll(() => "Ja.")
  const field = page.getByRole("textbox", { name: "Bericht" })
  await field.fill("klaar?")
  await field.press("Enter")
  await expect(page.getByRole("list", { name: "Berichten" })).toContainText("Ja.")
  await expect(page.getByRole("article").locator("time").first()).toHaveText(/^\d\d:\d\d$/)
  await context.close()
})

const SIZES = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
]

for (const [tag, direction] of [
  ["en-XA", "ltr"],
  ["ar-XB", "rtl"],
] as const) {
  test(`nothing is cut off or untranslated when words are of ${tag}`, async ({
    gateway,
    page,
    puppeteer,
  }) => {
    puppeteer.answerAll(() => "An answer.")
    await page.addInitScript((chosen) => localStorage.setItem("clawdis:language", chosen), tag)
    await page.goto(`http://127.0.0.1:${gateway.port}/`)
    await expect(page.locator("html")).toHaveAttribute("dir", direction)
    const field = page.getByRole("textbox").last()
    await field.fill("hello")
    await field.press("Enter")
    await expect(page.getByRole("article").getByText("An answer.")).toBeVisible()
    for (const size of SIZES) {
      await page.setViewportSize(size)
      const isNarrow = size.width < 900
      const views = page.locator("nav.views button")
      for (let index = 0; index < (await views.count()); index += 1) {
        if (isNarrow) await page.locator(".header > button").first().click()
        await views.nth(index).click()
        await expect(page.locator(".side")).toBeVisible()
        await expect(page.locator(".side .skeleton")).toHaveCount(0)
        expect(await findOverflow()).toEqual([])
        await page.locator(".side-head button").click()
      }
      await expect(field).toBeInViewport({ ratio: 1 })
    }
    await expect.poll(() => findPale(page)).toEqual([])

    /** The page itself, and whatever shows its text beyond its edge. */
    function findOverflow() {
      return page.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll(".side, .side-body, button")]
          .filter((element) => element.scrollWidth > element.clientWidth + 1)
          .map((element) => `${element.className} ${element.textContent?.slice(0, 40)}`),
      )
    }
  })
}
