// The list of sessions: what it tells, and what a person does with it, by keyboard and on a small screen.

import { readFile } from "node:fs/promises"
import type { Page } from "@playwright/test"
import { connectClient, type TestClient } from "../server/testing/test-client.ts"
import { openStage } from "./stage/stage.ts"
import { ANSWERS } from "./stage/states.ts"
import { expectAccessible } from "./support/accessible.ts"
import type { ChatPage } from "./support/chat-page.ts"
import { findPale } from "./support/contrast.ts"
import { test as base, expect } from "./support/fixtures.ts"

const test = base.extend<{ other: TestClient }>({
  /** Somebody else, with a client of their own. */
  other: async ({ gateway }, use) => {
    const other = await connectClient(`ws://127.0.0.1:${gateway.port}/`)
    await use(other)
    await other.close()
  },
})

const railOf = (page: Page) => page.getByRole("navigation", { name: "Sessions" })
const rowOf = (page: Page, title: RegExp | string) =>
  railOf(page).getByRole("listitem").filter({ hasText: title })

/** What the list says of each session, newest first. */
async function titles(page: Page): Promise<readonly string[]> {
  const rows = railOf(page).locator(".session")
  return rows.evaluateAll((found) => found.map((row) => row.textContent ?? ""))
}

async function choose(page: Page, title: string, item: string): Promise<void> {
  const menu = page.getByRole("button", { name: `More for ${title}`, exact: true })
  await menu.focus()
  await page.keyboard.press("ArrowDown")
  await expect(page.getByRole("menu")).toBeVisible()
  await page.getByRole("menuitem", { name: item }).press("Enter")
}

async function begin(chat: ChatPage, words: string): Promise<void> {
  await chat.button("New session").click()
  await expect(chat.articles).toHaveCount(0)
  await expect(chat.composer).toBeFocused()
  await chat.say(words)
  await chat.reads(`You: ${words}`, "Clawdis: ok")
}

test("[M9, E10] each session says where it is, what it is about and what is unread, and what is looked at is read", async ({
  chat,
  other,
  puppeteer,
}) => {
  const { page } = chat
  await chat.say("good morning")
  const turn = await puppeteer.nextTurn()
  await expect(rowOf(page, "Home")).toContainText("running")
  turn.answer("ok")
  await chat.reads("You: good morning", "Clawdis: ok")
  await expect(rowOf(page, "Home")).not.toContainText("running")
  puppeteer.answerAll(() => "ok")
  await begin(chat, "Plan the garden behind the house")
  await expect
    .poll(() => titles(page))
    .toEqual(["Web: Plan the garden behind the house, just now", "Web: Home, just now"])
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    "Plan the garden behind the house",
  )

  await other.request("agent", { message: "from afar", sessionKey: "main", idempotencyKey: "k" })
  await expect(rowOf(page, "Home")).toContainText("1 unread")
  await expect(rowOf(page, "Plan")).not.toContainText("unread")
  await rowOf(page, "Home").locator(".session").press("Enter")
  await expect(rowOf(page, "Home")).not.toContainText("unread")
  const unread = async () =>
    (await other.request("sessions.list", {})).sessions.map(({ key, unread }) =>
      key === "main" ? unread : `other ${unread}`,
    )
  await expect.poll(unread).toEqual([0, "other 0"])

  // Also what comes while it is looked at.
  await other.request("agent", { message: "once more", sessionKey: "main", idempotencyKey: "k2" })
  await expect(chat.articles).toHaveCount(6)
  await expect.poll(unread).toEqual([0, "other 0"])
})

test("[M9, WC18, WC19] by keyboard a session is found, renamed, exported, begun anew and deleted, and told of when somebody else deletes it", async ({
  chat,
  other,
  puppeteer,
}) => {
  const { page } = chat
  puppeteer.answerAll(() => "ok")
  await begin(chat, "Plan the garden")
  await begin(chat, "Book a table")

  const filter = page.getByRole("searchbox", { name: "Filter sessions" })
  await filter.fill("GARD")
  await expect(railOf(page).getByRole("listitem")).toHaveCount(1)
  await filter.fill("nothing like it")
  await expect(railOf(page)).toContainText("No session is called “nothing like it”.")
  await filter.press("Escape")
  await expect(filter).toHaveValue("")
  await filter.press("ArrowDown")
  await page.keyboard.press("End")
  await expect(rowOf(page, "Plan the garden").locator(".session")).toBeFocused()

  await choose(page, "Plan the garden", "Rename")
  const name = page.getByRole("textbox", { name: "Name of the session" })
  await expect(name).toBeFocused()
  await name.fill("two\u0001lines")
  await name.press("Enter")
  await expect(page.getByRole("alert")).toContainText("The name was not changed. /title: must")
  await expect(name).toBeFocused()
  await name.fill("Roses")
  await name.press("Enter")
  await expect(rowOf(page, "Roses").locator(".session")).toBeFocused()
  await choose(page, "Roses", "Rename")
  await name.fill("never mind")
  await name.press("Escape")
  await expect(rowOf(page, "Roses").locator(".session")).toBeFocused()

  for (const [item, ending, holds] of [
    ["Export as Markdown", "md", "> Plan the garden"],
    ["Export as JSON", "json", '"text": "Plan the garden"'],
  ] as const) {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      choose(page, "Roses", item),
    ])
    expect(download.suggestedFilename()).toMatch(new RegExp(`^clawdis-Roses-.*\\.${ending}$`))
    expect(await readFile(await download.path(), "utf8")).toContain(holds)
  }
  await expect(page.getByRole("status")).toContainText("Saved as clawdis-Roses")

  await choose(page, "Book a table", "Begin anew")
  await page
    .getByRole("group", { name: "Begin “Book a table” anew?" })
    .getByRole("button", { name: "Begin anew" })
    .press("Enter")
  await expect(chat.articles).toHaveCount(0)
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("New session")

  await choose(page, "Roses", "Delete")
  await expect(page.getByRole("button", { name: "Cancel" })).toBeFocused()
  await page.keyboard.press("Escape")
  // What is written there and not sent goes with it, and that is said.
  await rowOf(page, "Roses").locator(".session").click()
  await chat.composer.fill("half a sentence")
  await rowOf(page, "New session").locator(".session").click()
  await expect(chat.composer).toHaveValue("")
  await choose(page, "Roses", "Delete")
  const asking = page.getByRole("group", { name: "Delete “Roses”" })
  await expect(asking).toContainText("What you wrote and did not send is lost too.")
  await asking.getByRole("button", { name: "Delete" }).press("Enter")
  await expect(rowOf(page, "Roses")).toHaveCount(0)
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }))
  expect(kept).not.toContain("half a sentence")
  await expect(rowOf(page, "New session").locator(".session")).toBeFocused()

  // Somebody else deletes the one on the screen.
  await begin(chat, "Buy bread")
  const { sessions } = await other.request("sessions.list", {})
  await other.request("sessions.delete", { sessionKey: sessions[0]?.key ?? "" })
  await expect(page.getByRole("status")).toHaveText("“Buy bread” was deleted by somebody else.")
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Home")
  await expect(rowOf(page, "Buy bread")).toHaveCount(0)
  await chat.button("OK").press("Enter")
  await expect(chat.button("OK")).toBeHidden()
  await expect(chat.composer).toBeFocused()
  await chat.say("and now?")
  await chat.reads("You: and now?", "Clawdis: ok")
})

test("on a narrow window the list is a drawer: all else rests meanwhile, and the focus goes in and comes back", async ({
  page,
}) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await openStage(page, { answers: ANSWERS })
  const menu = page.getByRole("button", { name: "Sessions and panels" })
  const rail = railOf(page)
  const composer = page.getByRole("textbox", { name: "Message" })
  await expect(rail).toBeHidden()
  await menu.press("Enter")
  await expect(rowOf(page, "Home").locator(".session")).toBeFocused()
  await expect(page.locator(".page")).toHaveAttribute("inert", "")
  await composer.focus()
  await expect(composer).not.toBeFocused()
  await expectAccessible(page)
  await page.keyboard.press("Escape")
  await expect(rail).toBeHidden()
  await expect(menu).toBeFocused()

  await menu.press("Enter")
  await page.mouse.click(380, 400)
  await expect(rail).toBeHidden()
  await expect(menu).toBeFocused()

  await menu.press("Enter")
  await rowOf(page, "Anna").locator(".session").press("Enter")
  await expect(rail).toBeHidden()
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Anna")
  await expect(menu).toBeFocused()

  // A panel covers the page; its close leads back.
  await menu.press("Enter")
  await page.getByRole("button", { name: "Health" }).press("Enter")
  await expect(page.getByRole("heading", { level: 2, name: "Health" })).toBeFocused()
  await expect(page.locator("main")).toHaveAttribute("inert", "")
  await page.keyboard.press("Escape")
  await expect(menu).toBeFocused()

  await menu.press("Enter")
  await page.setViewportSize({ width: 1280, height: 800 })
  await expect(rail).toBeVisible()
  await expect(page.locator(".page")).not.toHaveAttribute("inert")
  await composer.click()
  await expect(composer).toBeFocused()
})

test("[M9] more of a long list is loaded at its end, and the filter says that there is more", async ({
  page,
}) => {
  const row = (n: number) => ({
    key: `web:${n}`,
    sessionId: `s${n}`,
    title: `Session ${n}`,
    channel: "webchat",
    updatedAt: 1_000 - n,
    unread: 0,
    running: false,
  })
  await openStage(page, {
    answers: {
      ...ANSWERS,
      "sessions.list": ({ cursor }: { cursor?: string }) =>
        cursor === undefined ? { sessions: [row(1), row(2)], cursor: "c" } : { sessions: [row(3)] },
    },
  })
  for (const item of ["Rename", "Delete"]) {
    await choose(page, "Session 1", item)
    await expect(page.getByRole("button", { name: "Cancel" })).toBeVisible()
    await expectAccessible(page)
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" })
      await expect.poll(() => findPale(page)).toEqual([])
    }
    await page.keyboard.press("Escape")
  }
  const filter = page.getByRole("searchbox", { name: "Filter sessions" })
  await filter.fill("session 3")
  await expect(railOf(page)).toContainText("No session that is loaded is called “session 3”.")
  await page.getByRole("button", { name: "Load more" }).click()
  await expect(rowOf(page, "Session 3")).toBeVisible()
  await filter.press("Escape")
  await expect(railOf(page).getByRole("listitem")).toHaveCount(4)
  await expect(page.getByRole("button", { name: "Load more" })).toBeHidden()
})
