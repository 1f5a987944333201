// What a person chooses, and what the page does about it outside of the conversation.

import { expectAccessible } from "./support/accessible.ts"
import { expect, test } from "./support/fixtures.ts"

const TOKEN = "correct-horse-battery-staple"

test("the chosen theme is there from the first frame on, whatever the system is", async ({
  chat,
}) => {
  const { page } = chat
  await page.emulateMedia({ colorScheme: "light" })
  const settings = await chat.panel("Settings")
  await settings.getByLabel("Theme").selectOption("Dark")
  // Every frame that is drawn from now on is looked at, the first one included.
  await page.addInitScript(() => {
    const seen = new Set<string>()
    const look = () => {
      if (document.body !== null) {
        const { backgroundColor } = getComputedStyle(document.body)
        seen.add(`${document.documentElement.dataset["theme"]} ${backgroundColor}`)
      }
      requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
    Object.assign(window, { seenThemes: seen })
  })
  const { promise: held, resolve: letOn } = Promise.withResolvers<void>()
  await page.route(/\/assets\/index-[\w-]+\.js$/, async (route) => {
    await held
    await route.continue()
  })
  const painted = () =>
    page.evaluate(() => performance.getEntriesByName("first-contentful-paint").length)
  await page.reload({ waitUntil: "commit" })
  // The shell is painted before the page's script has come.
  await expect.poll(painted).toBe(1)
  const before = await geometry()
  letOn()
  await chat.connected()
  const after = await geometry()
  expect(after).toEqual(before)
  const themes = await page.evaluate(() => [
    ...(window as unknown as { seenThemes: Set<string> }).seenThemes,
  ])
  expect(themes).toEqual([expect.stringMatching(/^dark rgb\(22, 23, 24\)$/)])

  /** Where the parts stand that shell and page have in common. */
  function geometry() {
    return page.evaluate(() =>
      [".rail", ".header", ".composer-box"].map((part) => {
        const { height, width, x, y } = document.querySelector(part)?.getBoundingClientRect() ?? {}
        return { part, height, width, x, y }
      }),
    )
  }
})

test("each answer is said once, never while it grows, and as much of it as was chosen", async ({
  chat,
  puppeteer,
}) => {
  const { page } = chat
  const said = await page.evaluateHandle(() => {
    const lines: string[] = []
    for (const id of ["status", "log"]) {
      const region = document.getElementById(id)
      if (region === null) continue
      const note = () => lines.push(`${id}: ${region.textContent}`)
      new MutationObserver(note).observe(region, { childList: true, characterData: true })
    }
    return lines
  })
  await chat.say("one")
  const first = await puppeteer.nextTurn()
  for (const word of "Two **meetings** today. And ten more words than that.".split(" ")) {
    first.say(`${word} `)
  }
  await expect(chat.articles.last()).toContainText("than that.")
  first.end()
  await expect(page.getByRole("log")).toHaveText(/Two meetings today\. And/)

  const settings = await chat.panel("Settings")
  await settings.getByLabel("Screen reader says of an answer").selectOption("The first sentence")
  puppeteer.answerAll(() => "It rains. Take a coat.")
  await chat.say("two")
  await expect(page.getByRole("log")).toHaveText("It rains.")
  await settings.getByLabel("Screen reader says of an answer").selectOption("Nothing")
  await chat.say("three")
  await expect(chat.articles).toHaveCount(6)
  await expect(chat.articles.last()).toContainText("Take a coat.")

  const before = await chat.articles.last().locator("time").innerText()
  await settings.getByLabel("Time zone").selectOption("Australia/Eucla")
  await expect(chat.articles.last().locator("time")).not.toHaveText(before)

  const lines = await said.jsonValue()
  expect(lines.filter((line) => line.startsWith("log"))).toEqual([
    "log: Two meetings today. And ten more words than that.",
    "log: It rains.",
  ])
  expect(lines.filter((line) => line === "status: Replying").length).toBeLessThanOrEqual(3)
})

test("an answer in a hidden page is counted in the title and told by the desktop, if that was asked for", async ({
  chat,
  context,
  puppeteer,
}) => {
  const { page } = chat
  await context.grantPermissions(["notifications"])
  await page.evaluate(() => {
    const told: string[] = []
    class Told {
      static permission = "default"
      static async requestPermission() {
        Told.permission = (window as unknown as { answer: string }).answer
        return Told.permission
      }
      onclick: (() => void) | null = null
      constructor(title: string, { body }: { body: string }) {
        told.push(`${title}: ${body}`)
        Object.assign(window, { lastNote: this })
      }
      close() {
        told.push("closed")
      }
    }
    Object.assign(window, { Notification: Told, answer: "denied", told })
  })
  const told = () => page.evaluate(() => (window as unknown as { told: string[] }).told)
  const settings = await chat.panel("Settings")
  const box = settings.getByLabel("Notify me of answers")
  await box.click()
  await expect(box).not.toBeChecked()
  await expect(box).toHaveAccessibleDescription(/^The browser blocks notifications/)
  await page.evaluate(() => Object.assign(window, { answer: "granted" }))
  await box.check()
  await expect(box).toHaveAccessibleDescription("When the page is hidden.")

  await chat.say("seen")
  const seen = await puppeteer.nextTurn()
  seen.answer("It rains.")
  await expect(chat.articles.last()).toContainText("It rains.")
  expect(await told()).toEqual([])

  await chat.say("unseen")
  const unseen = await puppeteer.nextTurn()
  const icon = page.locator("link[rel=icon]")
  await expect(icon).toHaveAttribute("href", /running/)
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", { value: true, configurable: true })
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true })
    document.dispatchEvent(new Event("visibilitychange"))
  })
  unseen.answer("**Now** it is dry. Go out.")
  await expect.poll(told).toEqual(["Home: Now it is dry."])
  await expect(page).toHaveTitle(/^\(\d\) Clawdis$/)
  await expect(icon).toHaveAttribute("href", /unread/)

  // On a narrow window the settings lie over what is asked for.
  await chat.button("New session").first().click()
  await page.setViewportSize({ width: 390, height: 844 })
  await expect(page.locator("main[inert]")).toBeAttached()
  await page.evaluate(() => {
    const { lastNote } = window as unknown as { lastNote: { onclick(): void } }
    lastNote.onclick()
  })
  await chat.reads(
    "You: seen",
    "Clawdis: It rains.",
    "You: unseen",
    "Clawdis: Now it is dry. Go out.",
  )
  expect(await told()).toEqual(["Home: Now it is dry.", "closed"])
  await expect(chat.composer).toBeFocused()
  await expect(page.getByRole("complementary")).toHaveCount(0)
})

test("[WC1] a page that is not private says so until that was read; without its gateway it names the tunnel", async ({
  chat,
  gateway,
}) => {
  const { page } = chat
  const notice = page.getByRole("region", { name: "This page is not private" })
  await expect(page.getByRole("group", { name: "Connection" })).toHaveText(/v0\.1\.0\d+ ms/)
  await expect(notice).toBeHidden()
  await page.addInitScript(() => Object.defineProperty(window, "isSecureContext", { value: false }))
  await page.clock.install()
  await page.reload()
  await chat.connected()
  await expect(notice).toContainText("Use https or an SSH tunnel.")
  await notice.getByRole("button", { name: "Understood" }).click()
  await expect(notice).toBeHidden()
  await expect(chat.composer).toBeFocused()

  await gateway.kill()
  await expect.poll(() => page.getByText("Reconnecting.", { exact: true }).isVisible()).toBe(true)
  const banner = page.getByRole("region", { name: "State of the connection" })
  await expect(banner).not.toContainText("Cannot reach")
  await page.clock.runFor(40_000)
  await expect(banner).toContainText(`Cannot reach 127.0.0.1:${gateway.port}.`)
  await expect(banner.getByRole("code")).toHaveText(
    new RegExp(`^ssh -N -L ${gateway.port}:127.0.0.1:${gateway.webchatPort} user@.+$`),
  )
})

test("a gateway that is forgotten leaves nothing behind in the browser", async ({
  page,
  startGateway,
}) => {
  const gateway = await startGateway({ environment: { CLAWDIS_GATEWAY_TOKEN: TOKEN } })
  const home = `http://127.0.0.1:${gateway.port}/`
  await page.goto(home)
  await page.getByRole("textbox", { name: "Token" }).fill(TOKEN)
  await page.getByRole("checkbox", { name: "Remember on this device" }).check()
  await page.getByRole("button", { name: "Connect" }).click()
  const message = page.getByRole("textbox", { name: "Message" })
  await message.fill("a secret draft")
  await page.getByRole("button", { name: "Settings" }).click()
  const settings = page.getByRole("complementary", { name: "Settings" })
  await settings.getByLabel("Clock").selectOption("24 hours")
  await expect.poll(keptText).toContain("a secret draft")

  await settings.getByRole("button", { name: "Forget this gateway…" }).click()
  await expect(settings.getByRole("group", { name: /^Remove the token, the drafts/ })).toBeVisible()
  await settings.getByRole("button", { name: "Forget", exact: true }).click()
  await expect(page.getByText("No token was given.")).toBeVisible()
  const kept = await keptText()
  expect(kept).not.toContain(TOKEN)
  expect(kept).not.toContain("a secret draft")
  expect(kept).toContain("clawdis:hours")

  function keptText(): Promise<string> {
    return page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))
  }
})

test("the page can be installed, and says what it is made of", async ({ chat, context }) => {
  const { page } = chat
  const devtools = await context.newCDPSession(page)
  const { data, errors } = await devtools.send("Page.getAppManifest")
  expect(errors).toEqual([])
  expect(JSON.parse(data ?? "")).toMatchObject({ name: "Clawdis", display: "standalone" })
  // A test's browser forgets everything, which may forbid to install anything in it.
  const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors")
  const problems = installabilityErrors.map(({ errorId }) => errorId)
  expect(problems.filter((problem) => problem !== "in-incognito")).toEqual([])

  const settings = await chat.panel("Settings")
  await expect(settings).toContainText(/Page.*0\.1\.0/)
  await expect(settings).toContainText("Nothing was said in it yet.")
  const [licences] = await Promise.all([
    page.waitForEvent("popup"),
    settings.getByRole("link", { name: "Licences of what the page is made of" }).click(),
  ])
  await expect(licences.locator("body")).toContainText("Permission is hereby granted")
  await expectAccessible(page)
})
