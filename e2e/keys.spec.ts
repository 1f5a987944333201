// The page by its keys: sending, input methods, commands, and the ways from part to part.

import type { Page } from "@playwright/test"
import { expect, test } from "./support/fixtures.ts"

/** What a browser tells the page while an input method confirms a word with Enter. */
const CONFIRMS = {
  // The key is told first, as taken by the input method.
  chromium: [
    ["compositionstart", {}],
    ["keydown", { key: "Process", keyCode: 229, isComposing: true }],
    ["compositionend", { data: "日本" }],
    ["keyup", { key: "Enter", keyCode: 13, isComposing: false }],
  ],
  // The key keeps its name.
  firefox: [
    ["compositionstart", {}],
    ["keydown", { key: "Enter", keyCode: 229, isComposing: true }],
    ["compositionend", { data: "日本" }],
    ["keyup", { key: "Enter", keyCode: 13, isComposing: false }],
  ],
  // The composition has ended before the key is told.
  webkit: [
    ["compositionstart", {}],
    ["compositionend", { data: "日本" }],
    ["keydown", { key: "Enter", keyCode: 229, isComposing: false }],
    ["keyup", { key: "Enter", keyCode: 13, isComposing: false }],
  ],
  // As before, by a version that forgets to say that the key was taken.
  webkitPlain: [
    ["compositionstart", {}],
    ["compositionend", { data: "日本" }],
    ["keydown", { key: "Enter", keyCode: 13, isComposing: false }],
    ["keyup", { key: "Enter", keyCode: 13, isComposing: false }],
  ],
} as const

/** Plays the events in the message box; true where one of them was taken as a command to send. */
function play(page: Page, events: (typeof CONFIRMS)[keyof typeof CONFIRMS]): Promise<boolean> {
  return page.getByRole("textbox", { name: "Message" }).evaluate(
    (box, given) =>
      given
        .map(([type, init]) => {
          const isKey = type.startsWith("key")
          const more = { bubbles: true, cancelable: true, ...init }
          const event = isKey ? new KeyboardEvent(type, more) : new CompositionEvent(type, more)
          return !box.dispatchEvent(event)
        })
        .some(Boolean),
    events.map(([type, init]): [string, object] => [type, init]),
  )
}

test("the Enter that confirms a word of an input method sends nothing, in the order of any browser", async ({
  chat,
  puppeteer,
}) => {
  const { page } = chat
  puppeteer.answerAll(() => "ok")
  await chat.composer.fill("日本")
  await chat.composer.focus()
  for (const [browser, events] of Object.entries(CONFIRMS)) {
    expect(await play(page, events), browser).toBe(false)
    await expect(chat.composer).toHaveValue("日本")
  }
  // The same by Chromium's own input method.
  const session = await page.context().newCDPSession(page)
  await chat.composer.press("End")
  await session.send("Input.imeSetComposition", { text: "語", selectionStart: 1, selectionEnd: 1 })
  await session.send("Input.dispatchKeyEvent", {
    type: "rawKeyDown",
    key: "Enter",
    windowsVirtualKeyCode: 229,
  })
  await session.send("Input.insertText", { text: "語" })
  await expect(chat.composer).toHaveValue("日本語")
  await expect(chat.articles).toHaveCount(0)
  // An Enter of its own, later than any composition, does.
  await expect
    .poll(async () => {
      if ((await chat.articles.count()) === 0) await chat.composer.press("Enter")
      return chat.articles.count()
    })
    .toBeGreaterThan(0)
  await chat.reads("You: 日本語", "Clawdis: ok")
  expect(puppeteer.prompts).toHaveLength(1)
})

test("Enter makes a new line where that was chosen, and Ctrl+Enter sends", async ({
  chat,
  puppeteer,
}) => {
  const { page } = chat
  puppeteer.answerAll(() => "ok")
  await page.evaluate(() => localStorage.setItem("clawdis:enter", "newline"))
  await page.reload()
  await chat.connected()
  await chat.composer.fill("one")
  await chat.composer.press("End")
  await chat.composer.press("Enter")
  await page.keyboard.type("two")
  await expect(chat.composer).toHaveValue("one\ntwo")
  await chat.composer.press("Control+Enter")
  await expect(chat.composer).toHaveValue("")
  await chat.reads("You: one two", "Clawdis: ok")
})

test("[M14] a slash opens the commands: filtered, chosen, closed and sent by keys alone", async ({
  chat,
}) => {
  const { page } = chat
  const { keyboard } = page
  const list = page.getByRole("listbox", { name: "Commands" })
  const options = list.getByRole("option")
  const chosen = list.getByRole("option", { selected: true })
  await chat.composer.focus()
  await keyboard.type("/")
  await expect(options).toContainText(["/new", "/stop", "/status", "/help"])
  await expect(page.getByRole("status")).toHaveText(/^\d+ commands$/)
  await keyboard.type("st")
  await expect(options).toContainText(["/stop", "/status"])
  await expect(chosen).toContainText("/stop")
  const named = () =>
    chat.composer.evaluate((box) => {
      const id = box.getAttribute("aria-activedescendant")
      return id === null ? "" : document.getElementById(id)?.firstElementChild?.textContent?.trim()
    })
  await expect.poll(named).toBe("/stop")
  await keyboard.press("ArrowDown")
  await expect.poll(named).toBe("/status")
  await keyboard.press("Escape")
  await expect(list).toBeHidden()
  await expect(chat.composer).toHaveValue("/st")
  await expect.poll(named).toBe("")
  await keyboard.type("a")
  await keyboard.press("Tab")
  await expect(chat.composer).toHaveValue("/status")
  await expect(chat.composer).toBeFocused()
  await expect(list).toBeHidden()
  await keyboard.press("Enter")
  await expect(chat.articles).toHaveCount(2)
  await expect(chat.articles.first()).toContainText("/status")
  // One that takes more than its name waits for it.
  await keyboard.type("/thi")
  await keyboard.press("Enter")
  await expect(chat.composer).toHaveValue("/think ")
  // It closes with the box that it belongs to, and a press on it is no leaving.
  await chat.composer.fill("/st")
  await list.click({ position: { x: 20, y: 3 } })
  await expect(chat.composer).toBeFocused()
  await expect(list).toBeVisible()
  await options.last().click()
  await expect(chat.composer).toHaveValue("/status")
  await chat.composer.fill("/st")
  await expect(list).toBeVisible()
  await page.getByRole("region", { name: "Chat" }).click()
  await expect(list).toBeHidden()
})

test("the parts of the page are reached by their keys, and single keys can be switched off", async ({
  chat,
  puppeteer,
}) => {
  const { page } = chat
  const { keyboard } = page
  const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" })
  const transcript = page.getByRole("region", { name: "Chat" })
  puppeteer.answerAll(() => "ok")
  await chat.say("the last thing")
  await chat.reads("You: the last thing", "Clawdis: ok")

  await keyboard.press("F6")
  await expect(page.locator(".rail :focus")).toHaveCount(1)
  await keyboard.press("F6")
  await expect(transcript).toBeFocused()
  await keyboard.press("?")
  await expect(sheet).toContainText("New session")
  await expect(sheet.getByRole("button", { name: "Close" })).toBeFocused()
  await keyboard.press("Escape")
  await expect(sheet).toBeHidden()
  await expect(transcript).toBeFocused()
  await keyboard.press("/")
  await expect(chat.composer).toBeFocused()
  await expect(chat.composer).toHaveValue("")
  await keyboard.press("Shift+F6")
  await expect(transcript).toBeFocused()
  await keyboard.press("F6")
  await expect(chat.composer).toBeFocused()

  await keyboard.press("ArrowUp")
  await expect(chat.composer).toHaveValue("the last thing")
  await keyboard.press("Escape")
  await expect(chat.composer).toHaveValue("")
  await keyboard.type("? and /")
  await expect(chat.composer).toHaveValue("? and /")
  await keyboard.press("ArrowUp")
  await expect(chat.composer).toHaveValue("? and /")
  await expect(sheet).toBeHidden()

  await keyboard.press("Control+Shift+O")
  await expect(page.getByRole("heading", { name: "Say hello" })).toBeVisible()
  await expect(chat.composer).toBeFocused()
  await expect(chat.composer).toHaveValue("")
  // The filter of the sessions, in the rail or in the drawer.
  const filter = page.getByRole("searchbox", { name: "Filter sessions" })
  await keyboard.press("Control+k")
  await expect(filter).toBeFocused()
  await keyboard.type("hom")
  await keyboard.press("Enter")
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Home")
  await expect(chat.composer).toBeFocused()
  await expect(filter).toHaveValue("")
  await page.setViewportSize({ width: 390, height: 844 })
  await chat.composer.focus()
  await expect(filter).toBeHidden()
  await keyboard.press("Control+k")
  await expect(filter).toBeFocused()
  await keyboard.press("Escape")
  await expect(filter).toBeHidden()
  await expect(chat.composer).toBeFocused()
  // A panel covers a narrow page: what is under it takes no focus, and gives way to what is asked for.
  const panel = await chat.panel("Health")
  const heading = panel.getByRole("heading", { name: "Health" })
  await expect(heading).toBeFocused()
  await keyboard.press("F6")
  await expect(panel.getByRole("button", { name: "Close" })).toBeFocused()
  await keyboard.press("Control+k")
  await expect(filter).toBeFocused()
  await expect(panel).toHaveCount(0)
  await keyboard.type("hom")
  await keyboard.press("Enter")
  await expect(chat.composer).toBeFocused()
  for (const press of ["/", "Control+Shift+O"]) {
    await chat.panel("Health")
    await expect(heading).toBeFocused()
    await keyboard.press(press)
    await expect(chat.composer).toBeFocused()
    await expect(panel).toHaveCount(0)
  }

  await page.evaluate(() => localStorage.setItem("clawdis:shortcuts", "off"))
  await page.reload()
  await chat.connected()
  await keyboard.press("?")
  await keyboard.press("/")
  await expect(chat.composer).not.toBeFocused()
  await expect(sheet).toBeHidden()
})
