// What the page looks like, and how it is used without a mouse.

import type { Page } from "@playwright/test"
import { findPale } from "./support/contrast.ts"
import { expect, test } from "./support/fixtures.ts"

/** From 0, black, to 255. */
function brightness(page: Page): Promise<number> {
  return page.evaluate(() => {
    const [red = 0, green = 0, blue = 0] =
      getComputedStyle(document.body).backgroundColor.match(/\d+/g)?.map(Number) ?? []
    return (red + green + blue) / 3
  })
}

test("the page is light or dark as the system is, until one is chosen", async ({ chat }) => {
  const { button, page } = chat
  const isDark = async () => (await brightness(page)) < 128
  await page.emulateMedia({ colorScheme: "light" })
  await expect.poll(isDark).toBe(false)
  await page.emulateMedia({ colorScheme: "dark" })
  await expect.poll(isDark).toBe(true)
  await button("Theme: as the system").click()
  await expect(button("Theme: light")).toBeVisible()
  await expect.poll(isDark).toBe(false)
  await button("Theme: light").click()
  await page.emulateMedia({ colorScheme: "light" })
  await expect.poll(isDark).toBe(true)
  await page.reload()
  await chat.connected()
  await expect.poll(isDark).toBe(true)
  await button("Theme: dark").click()
  await expect.poll(isDark).toBe(false)
})

test("everything can be read, in the light and in the dark", async ({
  chat,
  gateway,
  puppeteer,
}) => {
  const { page } = chat
  await page.emulateMedia({ reducedMotion: "reduce" })
  await chat.say("say something")
  const turn = await puppeteer.nextTurn()
  turn.play({ tool: "1", title: "Search", status: "failed", output: "none" })
  turn.say("# Plan\n\n> with `code`, a [link](https://example.com)\n\n```ts\na = 1\n```\n\nmore")
  await expect(chat.articles.last()).toContainText("more")
  await chat.say("and next")
  await page.getByRole("button", { name: "1 tool call" }).click()
  for (const name of ["Channels", /^Clients/, "Health", "Settings"]) {
    await chat.panel(name)
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme })
      await expect.poll(() => findPale(page)).toEqual([])
    }
  }
  await gateway.kill()
  await expect(page.getByText("Reconnecting.", { exact: true })).toBeVisible()
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme })
    await expect.poll(() => findPale(page)).toEqual([])
  }
})

test("everything is reached by keyboard, in the order of the page", async ({ chat, puppeteer }) => {
  const { page } = chat
  const { keyboard } = page
  const focused = page.locator(":focus")
  await keyboard.press("Tab")
  await expect(focused).toHaveAccessibleName("Skip to message box")
  const views = ["Channels", /^Clients/, "Health", "Logs", "Events", "Settings"]
  const rail = ["New session", "Filter sessions", "Web: Home", ...views]
  for (const name of [...rail, /^WhatsApp not linked/, /^Theme/, "Chat"]) {
    await keyboard.press("Tab")
    await expect(focused).toHaveAccessibleName(name)
  }
  for (let press = 0; press < 3; press += 1) await keyboard.press("Shift+Tab")
  await keyboard.press("Space")
  const panel = page.getByRole("complementary", { name: "Settings" })
  await expect(panel).toBeVisible()
  await keyboard.press("Space")
  await expect(panel).toBeHidden()

  for (const _ of rail) {
    await keyboard.press("Shift+Tab")
  }
  await expect(focused).toHaveAccessibleName("Skip to message box")
  await keyboard.press("Enter")
  await expect(chat.composer).toBeFocused()
  await keyboard.type("line one")
  await keyboard.press("Shift+Enter")
  await keyboard.type("line two")
  await keyboard.press("Tab")
  await expect(chat.send).toBeFocused()
  await keyboard.press("Shift+Tab")
  await keyboard.press("Enter")
  const turn = await puppeteer.nextTurn()
  expect(turn.prompt).toContain("line one\nline two")
  await expect(chat.composer).toBeFocused()
  await expect(chat.stop).toBeVisible()
  await keyboard.press("Tab")
  await expect(chat.stop).toBeFocused()
  await keyboard.press("Shift+Tab")
  turn.say("to be stopped")
  await chat.reads("You: line one line two", "Clawdis: to be stopped")
  await keyboard.press("Escape")
  await turn.dropped
  await chat.reads("You: line one line two", "Clawdis: to be stopped | Stopped by you")
  await expect(chat.composer).toBeFocused()
})

const WIDE = [
  "x".repeat(300),
  `\`\`\`\n${"wide ".repeat(60)}\n\`\`\``,
  `|${" column |".repeat(30)}\n|${"---|".repeat(30)}\n|${" cell |".repeat(30)}`,
  ...Array.from({ length: 30 }, (_, index) => `Paragraph ${index}.`),
].join("\n\n")

const SIZES = [
  { width: 1280, height: 800 },
  { width: 844, height: 390 },
  { width: 390, height: 500 },
  { width: 390, height: 844 },
]

test("nothing is cut off, whatever the size of the window", async ({ chat, puppeteer }) => {
  const { page } = chat
  const overflow = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  puppeteer.answerAll(() => WIDE)
  await chat.say("y".repeat(300))
  await expect(chat.send).toBeVisible()
  for (const size of SIZES) {
    await page.setViewportSize(size)
    await expect(page.getByText("Paragraph 29.", { exact: true })).toBeInViewport()
    await expect(chat.composer).toBeInViewport({ ratio: 1 })
    await expect(chat.send).toBeInViewport({ ratio: 1 })
    expect(await overflow()).toBe(0)
    for (const name of ["Channels", /^Clients/, "Health", "Settings"]) {
      const panel = await chat.panel(name)
      await expect(panel.getByRole("button", { name: "Close" })).toBeInViewport({ ratio: 1 })
      expect(await overflow()).toBe(0)
      await panel.getByRole("button", { name: "Close" }).click()
    }
  }
})

test("new text is followed from the bottom only", async ({ chat, puppeteer }) => {
  const { page } = chat
  await chat.say("a long story")
  const turn = await puppeteer.nextTurn()
  turn.say(Array.from({ length: 60 }, (_, index) => `Line ${index}.`).join("\n\n"))
  await expect(page.getByText("Line 59.", { exact: true })).toBeInViewport()
  await page.getByRole("region", { name: "Chat" }).evaluate((region) => region.scrollTo(0, 0))
  await expect(page.getByRole("button", { name: /^Jump to latest/ })).toBeVisible()
  turn.answer("\n\nThe end.")
  await expect(page.getByText("The end.", { exact: true })).toBeVisible()
  await expect(page.getByText("Line 0.", { exact: true })).toBeInViewport()
  await page.getByRole("button", { name: /^Jump to latest/ }).click()
  await expect(page.getByText("The end.", { exact: true })).toBeInViewport()
})
