// The panels beside the conversation that tell how the gateway is doing.

import { openStage } from "./stage/stage.ts"
import { ANSWERS } from "./stage/states.ts"
import { expectAccessible } from "./support/accessible.ts"
import { createChatPage } from "./support/chat-page.ts"
import { expect, test } from "./support/fixtures.ts"
import { tapWire } from "./support/wire.ts"

test("[M11, P1] the log is followed, searched, stopped, cleared and copied; the panels tell as of when they are when the gateway is away", async ({
  chat,
  context,
  gateway,
  puppeteer,
}) => {
  const { page } = chat
  await context.grantPermissions(["clipboard-read", "clipboard-write"])
  puppeteer.answerAll(() => "ok")
  const panel = await chat.panel("Logs")
  const lines = panel.getByRole("region", { name: "Lines of the log" }).getByRole("listitem")
  await panel.getByRole("combobox", { name: "Level" }).selectOption({ label: "all" })
  await expect(lines.first()).toBeVisible()
  const before = await lines.count()
  await chat.say("hello")
  await chat.reads("You: hello", "Clawdis: ok")
  await expect.poll(() => lines.count()).toBeGreaterThan(before)

  const clipboard = () => page.evaluate(() => navigator.clipboard.readText())
  await panel.getByRole("button", { name: "Pause" }).click()
  await expect(panel).toContainText("Paused.")
  const first = lines.first()
  await first.getByRole("button", { name: "Copy line" }).focus()
  await page.keyboard.press("Enter")
  await expect.poll(clipboard).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z (debug|info|warn|error) \w+ /)
  const filter = panel.getByRole("searchbox", { name: "Filter" })
  await filter.fill("no line says this")
  await expect(panel).toContainText("No line matches.")
  await filter.press("Escape")
  await expect(filter).toHaveValue("")
  await expect(panel).toBeVisible()
  const count = await lines.count()
  await panel.getByRole("button", { name: /^Copy \d+ lines$/ }).click()
  await expect.poll(async () => (await clipboard()).split("\n").length).toBe(count)
  await panel.getByRole("button", { name: "Clear" }).click()
  await expect(lines).toHaveCount(0)
  await panel.getByRole("button", { name: "Go on" }).click()

  const clients = await chat.panel(/^Clients/)
  const own = clients.getByRole("listitem").filter({ hasText: "this browser" })
  await expect(own).toHaveCount(1)
  await expect(own).toContainText(/web page.*since \d/)
  await expect(clients.getByRole("listitem").first()).toContainText("gateway")
  await gateway.kill()
  const asOf = "Not connected to the gateway. This is as of"
  await expect(clients).toContainText(asOf)
  // One that was not open before is there as well.
  for (const name of ["Health", "Logs"]) await expect(await chat.panel(name)).toContainText(asOf)
  await page.getByRole("button", { name: "Clear" }).focus()
  await page.keyboard.press("Escape")
  await expect(panel).toBeHidden()
  await expect(page.getByRole("button", { name: "Logs" })).toBeFocused()
})

test("[M11] a log that is scrolled up stays where it is until the latest is asked for", async ({
  page,
}) => {
  let said = 0
  const line = () => {
    said += 1
    return { ts: said, level: "info", area: "hub", text: `line ${said}` }
  }
  await openStage(page, {
    clock: "running",
    answers: {
      ...ANSWERS,
      "logs.tail": ({ cursor }: { cursor?: string }) => {
        const more = Array.from({ length: cursor === undefined ? 200 : said > 205 ? 0 : 5 }, line)
        return { lines: more, cursor: String(said) }
      },
    },
  })
  await page.getByRole("button", { name: "Logs" }).click()
  const box = page.getByRole("region", { name: "Lines of the log" })
  await expect(box.getByText("line 200")).toBeInViewport()
  await box.evaluate((element) => element.scrollTo(0, 100))
  const jump = page.getByRole("button", { name: "Jump to latest" })
  await expect(jump).toBeVisible()
  await expectAccessible(page)
  await expect(box.getByText("line 205")).toBeAttached()
  expect(await box.evaluate((element) => element.scrollTop)).toBe(100)
  await jump.click()
  await expect(box.getByText("line 210")).toBeInViewport()
  await expect(jump).toBeHidden()
})

test("a panel whose method the gateway does not offer is not there", async ({ page }) => {
  const { "logs.tail": _, ...others } = ANSWERS
  const stage = await openStage(page, { answers: others })
  const views = page.getByRole("navigation", { name: "View" })
  await expect(views.getByRole("button", { name: "Events" })).toBeVisible()
  await expect(views.getByRole("button", { name: "Logs" })).toHaveCount(0)
  await views.getByRole("button", { name: "Events" }).click()
  const list = page.getByRole("region", { name: "Events of the gateway" })
  await expect(list).toBeVisible()
  stage.say("tick", { ts: 1 })
  await stage.wait(200)
  await list.getByRole("button", { name: /^tick/ }).click()
  await expectAccessible(page)
})

test("[E1] the events show as they come, with what was lost between them", async ({
  gateway,
  page,
  puppeteer,
}) => {
  const wire = await tapWire(page)
  const chat = createChatPage(page)
  await chat.open(gateway)
  const panel = await chat.panel("Events")
  const list = panel.getByRole("region", { name: "Events of the gateway" })
  await expect(list).toContainText("Nothing has come yet.")
  await chat.say("tell me")
  const turn = await puppeteer.nextTurn()
  const lost = wire.lose((frame) => frame.event === "agent")
  turn.say("One ")
  await lost
  turn.answer("two")
  await chat.reads("You: tell me", "Clawdis: One two")
  await expect(list).toContainText("1 event was lost")
  await expect(panel).toContainText("1 lost")

  await panel.getByRole("combobox", { name: "Show" }).selectOption({ label: "chat (2)" })
  const chats = list.getByRole("button", { name: /^chat/ })
  await expect(chats).toHaveCount(2)
  await expect(list.getByRole("button", { name: /^agent/ })).toHaveCount(0)
  await chats.last().press("Enter")
  await expect(list.locator("pre")).toContainText('"text": "One two"')
  await panel.getByRole("button", { name: "Pause" }).click()
  await expect(panel).toContainText("Paused.")
  await panel.getByRole("button", { name: "Clear" }).click()
  await expect(chats).toHaveCount(0)
  await panel.getByRole("button", { name: "Close" }).click()
  await chat.panel("Events")
  await expect(list).toContainText("Nothing has come yet.")
})
