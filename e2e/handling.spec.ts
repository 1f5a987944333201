// What the hands and the eyes meet while the page is at work, with a gateway that follows a script.

import { expect, test } from "@playwright/test"
import { health, helloOk, history, message, NOW } from "./stage/samples.ts"
import { openStage } from "./stage/stage.ts"
import { ANSWERS, STATES, STATES_OF_SIZE } from "./stage/states.ts"

const HOUR = 3_600_000

test("while an answer is written an open menu stays, its times go by one clock, and only what is new is counted", async ({
  page,
}) => {
  // A gateway whose clock is an hour ahead.
  const gatewayNow = NOW + HOUR
  const older = Array.from({ length: 30 }, (_, n) => message(`older ${n}`, gatewayNow - HOUR + n))
  const newer = Array.from({ length: 30 }, (_, n) => message(`line ${n}`, gatewayNow - 60_000 + n))
  const call = { type: "tool", callId: "t", name: "fetch", startedAt: gatewayNow - 5_000 } as const
  const running = { runId: "r", messageId: "m", startedAt: gatewayNow - 12_000, seq: 1 }
  const answers = {
    ...ANSWERS,
    "chat.history": ({ before }: { before?: string }) =>
      before === undefined
        ? { ...history(newer, [{ ...running, parts: [call] }]), cursor: "c" }
        : history(older),
  }
  const snapshot = health({ ts: gatewayNow })
  const hello = helloOk(Object.keys(answers), snapshot)
  const stage = await openStage(page, { answers, hello })
  await expect(page.getByText("Working… 12 s")).toBeInViewport()
  await expect(page.getByRole("button", { name: "Running: fetch (5 s)" })).toBeVisible()

  let seq = 1
  let offset = 0
  const write = (delta: string) => {
    seq += 1
    const common = { runId: "r", sessionKey: "main", ts: gatewayNow, seq }
    stage.say("agent", { ...common, stream: "assistant", data: { messageId: "m", offset, delta } })
    offset += delta.length
  }
  const menu = page.getByRole("menu")
  const last = page.getByRole("article").filter({ hasText: "line 29" })
  write("The first.\n\n".repeat(3))
  await expect(page.getByText("The first.")).toHaveCount(3)
  await last.getByRole("button", { name: "More" }).click()
  await expect(menu).toBeVisible()
  const place = await last.boundingBox()
  write("The second.\n\n".repeat(40))
  await expect(page.getByText("The second.")).toHaveCount(40)
  await expect(menu).toBeVisible()
  expect(await last.boundingBox()).toEqual(place)
  await page.keyboard.press("Escape")
  await expect(page.getByText("Working…")).toBeInViewport()
  // The one of a session is of no box that scrolls now.
  await page.getByRole("button", { name: "More for Anna" }).click()
  write("The third.\n\n".repeat(10))
  await expect(page.getByText("The third.").last()).toBeInViewport()
  await expect(menu).toBeVisible()
  await page.keyboard.press("Escape")

  const transcript = page.getByRole("region", { name: "Chat" })
  await transcript.evaluate((box) => box.scrollTo(0, 0))
  await expect(page.getByText("older 29", { exact: true })).toBeAttached()
  await expect(page.getByRole("button", { name: "Jump to latest", exact: true })).toBeVisible()
  stage.say("chat", {
    sessionKey: "main",
    message: message("from afar", gatewayNow, { role: "note" }),
  })
  await expect(page.getByRole("button", { name: "Jump to latest (1 new)" })).toBeVisible()
  await last.getByRole("button", { name: "More" }).click()
  await expect(menu).toBeVisible()
  await transcript.evaluate((box) => box.scrollBy(0, -10))
  await expect(menu).toBeHidden()
})

test("the focus goes on to what was shown, or to the message box, when a button goes away", async ({
  page,
}) => {
  const long = message("1", NOW, { parts: [{ type: "text", text: "on and on ".repeat(1_000) }] })
  const refuse = () => new Error("The disk is full.")
  await openStage(page, {
    answers: { ...ANSWERS, agent: refuse, "chat.history": history([long]) },
  })
  const composer = page.getByRole("textbox", { name: "Message" })
  await page.getByRole("button", { name: "Show all of it" }).press("Enter")
  await expect(page.locator(".bubble :focus")).toContainText("on and on on and on")

  await composer.fill("hello")
  await composer.press("Enter")
  const card = page.getByRole("article").last()
  await card.getByRole("button", { name: "Send again" }).press("Enter")
  await expect(composer).toBeFocused()
  await card.getByRole("button", { name: "Discard" }).press("Enter")
  await expect(composer).toBeFocused()
  await expect(page.getByRole("article")).toHaveCount(1)
})

test("what is copied is the Markdown as it was written, also where the browser has or gives no clipboard", async ({
  page,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"])
  await page.addInitScript(() => {
    const { clipboard } = navigator
    const world = { clipboard, given: undefined as unknown }
    Object.assign(window, { world })
    Object.defineProperty(navigator, "clipboard", { get: () => world.given })
  })
  const source = "# Plan\n\n1. **first** of `two`\n\n```ts\nlet a = 1\n```"
  const parts = [{ type: "text" as const, text: source }]
  const messages = [
    message("What is the *plan*?", NOW),
    message("a", NOW, { role: "assistant", parts }),
  ]
  await openStage(page, { answers: { ...ANSWERS, "chat.history": history(messages) } })
  /** Runs in the page. */
  const lay = async (clipboard: "missing" | "refused" | "there") => {
    const { world } = window as unknown as { world: { clipboard: Clipboard; given: unknown } }
    await world.clipboard.writeText("nothing yet")
    const refused = { writeText: () => Promise.reject(new Error("not allowed")) }
    world.given = { missing: undefined, refused, there: world.clipboard }[clipboard]
  }
  const copied = () =>
    page.evaluate(() =>
      (window as unknown as { world: { clipboard: Clipboard } }).world.clipboard.readText(),
    )
  const [question, answer] = [page.getByRole("article").first(), page.getByRole("article").last()]
  for (const clipboard of ["missing", "refused", "there"] as const) {
    await page.evaluate(lay, clipboard)
    const button = answer.getByRole("button", { name: "Copy message" })
    await button.press("Enter")
    await expect.poll(copied, clipboard).toBe(source)
    await expect(page.getByRole("status")).toHaveText("Copied")
    await expect(button).toBeFocused()

    await page.evaluate(lay, clipboard)
    await answer.getByRole("button", { name: "More" }).press("Enter")
    await page.getByRole("menuitem", { name: "Copy as Markdown" }).press("Enter")
    await expect.poll(copied, clipboard).toBe(source)
    await question.getByRole("button", { name: "Copy message" }).press("Enter")
    await expect.poll(copied, clipboard).toBe("What is the *plan*?")
  }
  // What was selected for it is gone again.
  await expect(page.locator("body > textarea")).toHaveCount(0)
})

test("[WC19] files dragged over the page are shown where they go, words are not, and what is read says how far it is", async ({
  page,
}) => {
  await page.addInitScript(() => {
    const { readAsDataURL } = FileReader.prototype
    FileReader.prototype.readAsDataURL = function readPartly(blob: Blob) {
      this.dispatchEvent(new ProgressEvent("progress", { loaded: 40, total: 100 }))
      Object.assign(window, { readOn: () => readAsDataURL.call(this, blob) })
    }
  })
  await openStage(page, { answers: ANSWERS })
  const drag = (type: string, selector: string, what: "file" | "words" = "file") =>
    page.evaluate(
      ({ type, selector, what }) => {
        const dataTransfer = new DataTransfer()
        if (what === "file") dataTransfer.items.add(new File(["buy seeds"], "notes.txt"))
        else dataTransfer.setData("text/plain", "buy seeds")
        const event = new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true })
        document.querySelector(selector)?.dispatchEvent(event)
        return event.defaultPrevented
      },
      { type, selector, what },
    )
  const overlay = page.getByText("Drop files to attach them")
  await drag("dragenter", "body", "words")
  expect(await drag("dragover", "body", "words")).toBe(false)
  await expect(overlay).toHaveCount(0)
  await drag("dragenter", "body")
  await expect(overlay).toBeVisible()
  // On its way into the message box it enters that before it leaves what is around it.
  await drag("dragenter", "#message")
  await drag("dragleave", "body")
  await expect(overlay).toBeVisible()
  await drag("dragleave", "#message")
  await expect(overlay).toHaveCount(0)

  const chip = page.getByRole("list", { name: "Files to send" }).getByRole("listitem")
  const send = page.getByRole("button", { name: "Send", exact: true })
  await page.getByRole("textbox", { name: "Message" }).fill("with this")
  await expect(send).toBeEnabled()
  await drag("dragenter", "body")
  expect(await drag("dragover", "body")).toBe(true)
  expect(await drag("drop", "body")).toBe(true)
  await expect(overlay).toHaveCount(0)
  await expect(chip).toContainText("Loading… 40 %")
  await expect(send).toBeDisabled()
  await page.evaluate(() => (window as unknown as { readOn: () => void }).readOn())
  await expect(chip).toContainText("1 kB")
  await expect(send).toBeEnabled()
})

const SIZES = [
  { width: 844, height: 390 },
  { width: 390, height: 500 },
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
]

test("however much waits in the message box, the most of the window is left for the messages", async ({
  page,
}) => {
  await openStage(page, { answers: ANSWERS })
  const box = page.getByRole("textbox", { name: "Message" })
  const heightOf = async (selector: string) =>
    (await page.locator(selector).boundingBox())?.height ?? 0
  const judge = async (what: string) => {
    for (const size of SIZES) {
      await page.setViewportSize(size)
      const at = `${what} at ${size.width}x${size.height}`
      const composer = await heightOf(".composer")
      expect(composer / size.height, at).toBeLessThanOrEqual(0.4)
      const messages = await heightOf("#transcript")
      if (size.width > size.height) expect(messages / size.height, at).toBeGreaterThanOrEqual(0.5)
      await expect(page.getByRole("button", { name: "Send" })).toBeInViewport({ ratio: 1 })
      expect(await heightOf("#message"), at).toBeGreaterThanOrEqual(32)
    }
  }
  await box.fill(Array.from({ length: 8 }, (_, n) => `line ${n}`).join("\n"))
  await judge("eight lines")
  const choosing = page.waitForEvent("filechooser")
  await page.getByRole("button", { name: "Attach files" }).click()
  await (await choosing).setFiles(
    Array.from({ length: 8 }, (_, n) => ({
      name: `notes-${n}.txt`,
      mimeType: "text/plain",
      buffer: Buffer.from("buy seeds"),
    })),
  )
  await expect(page.getByRole("list", { name: "Files to send" }).getByRole("listitem")).toHaveCount(
    8,
  )
  await judge("eight lines and eight files")
  await box.fill("/")
  await expect(page.getByRole("listbox")).toBeVisible()
  await judge("commands and eight files")
})

/** The controls on which a finger has less than 44 by 44 pixels, whatever they look like. */
async function findSmall(selector: string): Promise<readonly string[]> {
  const [needed, step] = [44, 0.25]
  const small: string[] = []
  // What is behind a dialog is not pressed.
  const root = document.querySelector("dialog[open]") ?? document
  for (const control of root.querySelectorAll(selector)) {
    const isShown = control.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    if (!isShown || control.closest("[inert], .markdown a, .bubble a") !== null) continue
    const target = control.matches("[type=checkbox]") ? control.closest("label") : control
    if (target === null) continue
    // What was far from the screen is laid out with the next picture, and moves what is near.
    for (let frame = 0; frame < 3; frame += 1) {
      target.scrollIntoView({ block: "center", inline: "center" })
      await new Promise(requestAnimationFrame)
    }
    const { bottom, height, left, top, width } = target.getBoundingClientRect()
    const reach = (right: number, down: number) => {
      const isMet = (far: number) =>
        target.contains(
          document.elementFromPoint(left + width / 2 + right * far, top + height / 2 + down * far),
        )
      let far = 0
      while (far < needed && isMet(far)) far += step
      return far
    }
    const reaches = [reach(-1, 0), reach(1, 0), reach(0, -1), reach(0, 1)] as const
    // A press counts for a whole pixel, so that both ends lie up to one beside where they seem to be.
    const isCovered = reaches.some((far) => far < needed / 2 - 1.5)
    const sizes = [
      Math.max(width, reaches[0] + reaches[1]),
      Math.max(height, reaches[2] + reaches[3]),
    ]
    const isSmall = isCovered || sizes.some((size) => size < needed - step)
    const name = control.getAttribute("aria-label") ?? control.textContent
    if (isSmall && bottom > 0) small.push(`${name}: ${sizes.join(" x ")}, met ${reaches.join(" ")}`)
  }
  return small
}

test.describe("with a finger", () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } })

  for (const name of [
    "conversation",
    "channels",
    "settings",
    "logs",
    "token-missing",
    "restarting",
    "linking-qr",
    "sessions",
  ]) {
    test(`${name}: all that is pressed is 44 pixels high and wide`, async ({ page }) => {
      const show = STATES[name] ?? STATES_OF_SIZE[name]
      await show?.(page, {})
      expect(await page.evaluate(() => matchMedia("(pointer: coarse)").matches)).toBe(true)
      const selector = "button, a[href], select, summary, input:not([type=file])"
      expect(await page.evaluate(findSmall, selector)).toEqual([])
    })
  }
})
