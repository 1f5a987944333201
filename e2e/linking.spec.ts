// Linking an account in the page, and what the panel of the channels can do, against a real gateway and a
// WhatsApp of our own.

import { connectClient } from "../server/testing/test-client.ts"
import { startWhatsappLab, type WhatsappLab } from "./lab/whatsapp/lab.ts"
import { type ChatPage, createChatPage } from "./support/chat-page.ts"
import { findPale } from "./support/contrast.ts"
import { test as base, expect } from "./support/fixtures.ts"
import type { GatewayProcess } from "./support/gateway-process.ts"
import { linkAhead } from "./support/link-ahead.ts"
import { watchLinking } from "./support/linking-page.ts"

const NUMBER = "+15550100"

interface Fixtures {
  readonly lab: WhatsappLab
  readonly divideBy: number
  readonly linking: Awaited<ReturnType<typeof watchLinking>>
  readonly gateway: GatewayProcess
  readonly chat: ChatPage
  /** An account is linked before the gateway starts. */
  readonly linked: boolean
}

const test = base.extend<Fixtures>({
  divideBy: [4, { option: true }],

  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants a pattern here, also for nothing.
  lab: async ({}, use) => {
    const lab = await startWhatsappLab({ owner: { number: NUMBER.slice(1), name: "Olive" } })
    await use(lab)
    await lab.stop()
  },

  linked: [false, { option: true }],

  gateway: async ({ startGateway, lab, linked, divideBy }, use) => {
    const { environment, preload } = lab
    const options = { environment, preloads: [preload], divideBy }
    const gateway = await startGateway(options, async (made) => {
      if (linked) await linkAhead(made, lab)
    })
    if (linked) {
      await lab.untilActive()
      await lab.untilSettled()
    }
    await use(gateway)
  },

  linking: async ({ page }, use) => {
    await use(await watchLinking(page))
  },

  chat: async ({ gateway, page, linking: _ }, use) => {
    const chat = createChatPage(page)
    await chat.open(gateway)
    await use(chat)
  },
})

const testLinked = test.extend({ linked: true })

/** What the page keeps in the browser. */
const kept = ({ page }: ChatPage) =>
  page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))

test.describe("with codes that change", () => {
  test.use({ divideBy: 10 })

  test("[M10] the picture is each code as it comes, in the dark too, until one is scanned", async ({
    chat,
    gateway,
    lab,
    linking,
  }) => {
    const { page } = chat
    await page.emulateMedia({ colorScheme: "dark" })
    const panel = await chat.panel("Channels")
    const link = panel.getByRole("button", { name: "Link WhatsApp" })
    await link.click()
    for (let count = 1; count < 3; count += 1) await linking.shown(count)
    const box = await linking.picture.boundingBox()
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(264)
    const code = await linking.shown(3)
    expect(await kept(chat)).not.toContain(code)
    expect(await page.content()).not.toContain(code)
    await lab.owner.scan(code)
    await expect(linking.dialog).toContainText("Linked as +155 ** ** 00")
    expect(linking.states()).toEqual(["preparing", "code", "linking", "linked"])
    const news = (await linking.said()).filter((line) => line === "New code, 2 seconds")
    expect(news).toHaveLength(linking.codes().length)
    await expect(linking.dialog).toBeHidden({ timeout: 10_000 })
    const logout = panel.getByRole("button", { name: "Log out of WhatsApp" })
    await expect(logout).toBeFocused()
    await expect(panel.getByRole("list", { name: "Channels" })).toContainText("connected")
    await expect(panel).toContainText(`as ${NUMBER}`)
    expect(lab.state.connections.map(({ purpose }) => purpose)).toEqual(["pairing", "login"])
    for (const qr of linking.codes()) expect(gateway.output).not.toContain(qr)
  })

  test("[M10] codes that nobody uses come to an end, and a new one comes only when asked for", async ({
    chat,
    linking,
  }) => {
    await chat.button("Link WhatsApp").click()
    await expect(linking.dialog).toContainText("All codes were shown, and none was used.", {
      timeout: 30_000,
    })
    expect(linking.codes()).toHaveLength(6)
    await expect(linking.picture).toBeHidden()
    await linking.dialog.getByRole("button", { name: "Get a new code" }).click()
    await linking.shown(7)
  })

  test("[M10] a code to type whose time passed is said to have expired", async ({
    chat,
    linking,
  }) => {
    await chat.button("Link WhatsApp").click()
    await linking.shown(1)
    await askForCode(linking.dialog, NUMBER)
    await expect(linking.dialog.getByText(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/)).toBeVisible()
    await expect(linking.dialog).toContainText("The code was not used in time.", {
      timeout: 30_000,
    })
    await linking.dialog.getByRole("button", { name: "Get a new code" }).click()
    await expect(linking.dialog.getByText(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/)).toBeVisible()
  })
})

async function askForCode(
  dialog: Awaited<ReturnType<typeof watchLinking>>["dialog"],
  number: string,
): Promise<void> {
  await dialog.getByRole("button", { name: "Use a code instead" }).click()
  const field = dialog.getByRole("textbox", { name: "Phone number of the account" })
  await expect(field).toBeFocused()
  await field.fill(number)
  await field.press("Enter")
}

test("[M10] a code is shown for the number of the account, and works when it is typed", async ({
  chat,
  lab,
  linking,
}) => {
  const { dialog } = linking
  await chat.button("Link WhatsApp").click()
  await linking.shown(1)
  await askForCode(dialog, "06 1234")
  const field = dialog.getByRole("textbox", { name: "Phone number of the account" })
  await expect(field).toHaveAccessibleDescription(/^Write the number with \+/)
  await expect(field).toBeFocused()
  await field.fill("+1 (555) 01-00")
  await dialog.getByRole("button", { name: "Get a code" }).click()
  const typed = dialog.getByText(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/)
  await expect(typed).toBeVisible()
  const code = (await typed.textContent()) ?? ""
  await dialog.getByRole("button", { name: "Copy code" }).click()
  await expect(dialog.getByRole("button", { name: "Copied" })).toBeVisible()
  expect(await kept(chat)).not.toContain(code)
  await lab.owner.enterCode(code)
  await expect(dialog).toContainText("Linked as +155 ** ** 00")
  await dialog.getByRole("button", { name: "Done" }).click()
  await expect(dialog).toBeHidden()
  await expect(chat.composer).toBeFocused()
  await expect(chat.button("Link WhatsApp")).toBeHidden()
})

test("[M10] closing the dialog cancels the login, and the focus goes back", async ({
  chat,
  linking,
}) => {
  const link = chat.button("Link WhatsApp")
  const { keyboard } = chat.page
  for (const close of ["Escape", "Enter"]) {
    const { length } = linking.codes()
    await link.focus()
    await keyboard.press("Enter")
    await linking.shown(length + 1)
    await expect(linking.dialog.getByRole("heading", { name: "Link WhatsApp" })).toBeFocused()
    await keyboard.press("Tab")
    await expect(linking.dialog.getByRole("button", { name: "Close" })).toBeFocused()
    const before = linking.logins.length
    await keyboard.press(close)
    await expect(linking.dialog).toBeHidden()
    await expect(link).toBeFocused()
    await expect.poll(() => linking.logins.slice(before).at(-1)?.state).toBe("cancelled")
  }
})

test("[M10] while another client links, the page says who, and can try again", async ({
  chat,
  gateway,
  linking,
}) => {
  const other = await connectClient(gateway.url)
  await other.request("login.start", { channel: "whatsapp", method: "qr" })
  await chat.button("Link WhatsApp").click()
  await expect(linking.dialog).toContainText("Another client is linking already")
  await expect(linking.dialog).toContainText("test, since")
  expect(linking.logins).toEqual([])
  await other.request("login.cancel", {})
  await other.close()
  await linking.dialog.getByRole("button", { name: "Try again" }).click()
  await linking.shown(1)
})

test("[M10] what WhatsApp refuses is explained, and not tried again", async ({
  chat,
  lab,
  linking,
}) => {
  lab.faults.failLogin({ reason: 403 })
  await chat.button("Link WhatsApp").click()
  await expect(linking.dialog).toContainText("WhatsApp refused to link")
  await expect(linking.dialog).toContainText("Wait some hours before you try again")
  await expect(linking.dialog.getByRole("button")).toHaveCount(1)
  expect(lab.state.connections).toHaveLength(1)
})

test("[M10, WC2] the gateway restarts meanwhile: the code is gone, and a new one is a press away", async ({
  chat,
  gateway,
  linking,
}) => {
  await chat.button("Link WhatsApp").click()
  await linking.shown(1)
  await gateway.kill()
  await expect(linking.dialog).toContainText("The connection to the gateway was lost")
  await expect(linking.picture).toBeHidden()
  const again = linking.dialog.getByRole("button", { name: "Get a new code" })
  await expect(again).toBeDisabled()
  await gateway.start()
  await again.click()
  await linking.shown(2)
})

testLinked(
  "[M15] whoever was turned away is let in by a press, answered, and turned away again",
  async ({ chat, lab, puppeteer }) => {
    puppeteer.answerAll(() => "At your service.")
    const ben = lab.addPerson({ number: "15550122", name: "Ben" })
    await ben.sendText("hello?")
    const panel = await chat.panel("Channels")
    const dropped = panel.getByRole("region", { name: "Turned away" })
    const allowed = panel.getByRole("region", { name: "Allowed" })
    await expect(dropped.getByRole("listitem")).toContainText("Ben", { timeout: 20_000 })
    await expect(dropped.getByRole("listitem")).toContainText("+15550122")
    await expect(dropped.getByRole("listitem")).toContainText("1 message, last")
    await dropped.getByRole("button", { name: "Allow Ben" }).click()
    await expect(dropped).toContainText("Nobody was turned away.")
    await ben.sendText("and now?")
    await ben.waitForText("At your service.")
    expect(puppeteer.prompts).toHaveLength(1)
    await allowed.getByRole("button", { name: "Remove Ben" }).click()
    await expect(allowed.getByRole("listitem")).toHaveCount(0)
    await expect(allowed.getByRole("heading", { name: "Allowed" })).toBeFocused()
    await expect(panel).toContainText("Last message just now")
  },
)

testLinked.describe("with receipts that do not come", () => {
  testLinked.use({ divideBy: 20 })

  testLinked(
    "[M16] what failed goes out again by a press, and what may have arrived after a question",
    async ({ chat, gateway, lab }) => {
      const ada = lab.addPerson({ number: "15550111", name: "Ada" })
      const client = await connectClient(gateway.url)
      const send = (message: string) =>
        client
          .request("send", { to: "+15550111", message, idempotencyKey: message })
          .catch((error: Error) => error)
      lab.faults.spoilAck({ kind: "error", error: 463 })
      await send("refused once")
      lab.faults.spoilAck({ kind: "lose", times: 10 })
      await send("lost for good")
      lab.faults.spoilAck({ kind: "error", error: 463 })
      await client.close()

      const panel = await chat.panel("Channels")
      const outbox = panel.getByRole("region", { name: "Not sent" })
      const failed = outbox.getByRole("listitem").filter({ hasText: "refused once" })
      const unknown = outbox.getByRole("listitem").filter({ hasText: "lost for good" })
      await expect(failed).toContainText("failed")
      await expect(unknown).toContainText("may or may not have arrived")
      lab.faults.heal()
      await failed.getByRole("button", { name: /^Retry/ }).click()
      expect(await ada.waitForText("refused once")).toMatchObject({ copies: 1 })
      await expect(failed).toHaveCount(0)

      await unknown.getByRole("button", { name: /^Retry/ }).click()
      const question = unknown.getByRole("group", { name: /^It may arrive twice/ })
      await question.getByRole("button", { name: "Cancel" }).click()
      await expect(unknown).toContainText("may or may not have arrived")
      await unknown.getByRole("button", { name: /^Retry/ }).click()
      await question.getByRole("button", { name: "Send again" }).click()
      await ada.waitForText("lost for good")
      await expect(outbox).toContainText("Everything was sent.")
    },
  )
})

testLinked(
  "[WA3] an account that was taken off on the phone shows everywhere, and can be linked anew",
  async ({ chat, lab }) => {
    const { page } = chat
    const chip = page.getByRole("list", { name: "Channels" }).getByRole("button")
    await expect(chip).toHaveAccessibleName("WhatsApp connected (open channels)")
    lab.owner.unlink()
    await expect(chip).toHaveAccessibleName("WhatsApp not linked (open channels)")
    await expect(page.locator("#status")).toHaveText("WhatsApp: not linked")
    await chip.click()
    const panel = page.getByRole("complementary", { name: "Channels" })
    await expect(panel).toContainText("The account was taken off this gateway. Link it again.")
    await expect(panel.getByRole("button", { name: "Link WhatsApp" })).toBeEnabled()
  },
)

const SIZES = [
  { width: 1280, height: 800 },
  { width: 844, height: 390 },
  { width: 390, height: 844 },
  { width: 390, height: 500 },
]

test("the dialog can be read and reached in every size, in the light and in the dark", async ({
  chat,
  linking,
}) => {
  const { page } = chat
  const { dialog } = linking
  const close = dialog.getByRole("button", { name: "Close" })
  const check = async () => {
    for (const size of SIZES) {
      await page.setViewportSize(size)
      await expect(close).toBeInViewport({ ratio: 1 })
      expect(await dialog.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0)
    }
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" })
      await expect.poll(() => findPale(page)).toEqual([])
    }
  }
  await chat.button("Link WhatsApp").click()
  await linking.shown(1)
  await dialog.getByRole("button", { name: "Does the phone refuse to link a device?" }).click()
  await expect(dialog).toContainText("Wait some hours")
  await check()
  await askForCode(dialog, "06")
  await expect(dialog).toContainText("Write the number with +")
  await check()
  await dialog.getByRole("textbox").fill(NUMBER)
  await dialog.getByRole("button", { name: "Get a code" }).click()
  await expect(dialog.getByRole("button", { name: "Copy code" })).toBeVisible()
  await check()
})

test("[WC20] a dialog that cannot be loaded is said each time, and no login is begun that nobody sees", async ({
  chat,
  linking,
}) => {
  const { page } = chat
  let tries = 0
  await page.route(/assets.dialog-.*[.]js/, (route) => {
    tries += 1
    return route.abort()
  })
  await chat.button("Link WhatsApp").click()
  const alert = page.getByRole("alert")
  await expect(alert).toContainText("A part of the page could not be loaded.")
  const before = tries
  await chat.button("Link WhatsApp").click()
  await expect.poll(() => tries).toBeGreaterThan(before)
  await expect(alert).toBeVisible()
  await expect(alert.getByRole("button", { name: "Reload" })).toBeVisible()
  expect(linking.logins).toEqual([])
  await page.unrouteAll()
  await chat.button("Link WhatsApp").click()
  await expect(linking.picture).toBeVisible()
  await expect(alert).toHaveCount(0)
})

testLinked("[M10] Log out asks once, and then the account can be linked anew", async ({ chat }) => {
  const panel = await chat.panel("Channels")
  const logout = panel.getByRole("button", { name: "Log out of WhatsApp" })
  await logout.click()
  const question = panel.getByRole("group", { name: /^Take the gateway off \+15550100\?/ })
  await expect(question.getByRole("button", { name: "Cancel" })).toBeFocused()
  await chat.page.keyboard.press("Escape")
  await expect(question).toBeHidden()
  await expect(logout).toBeFocused()
  await logout.click()
  await question.getByRole("button", { name: "Log out" }).click()
  await expect(panel.getByRole("button", { name: "Link WhatsApp" })).toBeFocused()
  await expect(panel.getByRole("list", { name: "Channels" })).toContainText("not linked")
})

testLinked(
  "without a connection the panel says as of when it is, and nothing can be pressed",
  async ({ chat, gateway }) => {
    const panel = await chat.panel("Channels")
    const logout = panel.getByRole("button", { name: "Log out of WhatsApp" })
    await logout.click()
    const yes = panel.getByRole("group").getByRole("button", { name: "Log out" })
    await expect(yes).toBeEnabled()
    await gateway.kill()
    await expect(panel).toContainText("Not connected to the gateway. This is as of")
    await expect(yes).toBeDisabled()
    await panel.getByRole("button", { name: "Cancel" }).click()
    await expect(logout).toBeDisabled()
  },
)
