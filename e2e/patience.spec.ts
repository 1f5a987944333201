// What the page shows only after a while, so that a short hitch shows nothing. Its clock goes on when the
// test says so, and each state is looked at by axe where it stays long enough to be read.

import { expect, type Page, test } from "@playwright/test"
import { ago, history, message, NOW } from "./stage/samples.ts"
import { openStage, type StageOptions } from "./stage/stage.ts"
import { ANSWERS } from "./stage/states.ts"
import { expectAccessible } from "./support/accessible.ts"

async function openStepped(page: Page, options: StageOptions = {}) {
  await page.clock.install({ time: NOW - 1_000 })
  await page.clock.pauseAt(NOW)
  const stage = await openStage(page, { answers: ANSWERS, ...options, clock: "running" })
  const pass = (ms: number) => page.clock.runFor(ms)
  return { stage, pass, look: () => expectAccessible(page, () => pass(1)) }
}

const banner = (page: Page) => page.getByRole("region", { name: "State of the connection" })

const refusal = (code: string, more: object) => ({
  type: "hello-error",
  code,
  reason: "The gateway says why.",
  ...more,
})

const runThatSaid = (text: string) => ({
  runId: "r",
  messageId: "m",
  startedAt: ago(1_000),
  seq: 1,
  parts: [{ type: "text" as const, text }],
})

test("connecting: the skeleton waits 300 ms, also where nothing may move, and the banner a second and a half", async ({
  page,
}) => {
  const { pass, look } = await openStepped(page, { refusal: () => undefined })
  await expect(page.getByRole("group", { name: "Connection" })).toHaveText(/ ?connecting$/)
  await pass(1_400)
  await expect(banner(page)).toHaveCount(0)
  await pass(400)
  await expect(banner(page)).toHaveText("Connecting to 127.0.0.1:18788…")
  await look()
  for (const reducedMotion of ["no-preference", "reduce"] as const) {
    await page.emulateMedia({ reducedMotion })
    const opacities = await page.locator(".skeleton").evaluate((skeleton) =>
      [0, 299, 700].map((ms) => {
        for (const animation of skeleton.getAnimations()) {
          animation.pause()
          animation.currentTime = ms
        }
        return getComputedStyle(skeleton).opacity
      }),
    )
    expect(opacities, reducedMotion).toEqual(["0", "0", "1"])
  }
})

test("[E8] after a lost event: what is missing of an answer, that it is being fetched, that it could not be, and again", async ({
  page,
}) => {
  let answer = Promise.withResolvers<unknown>()
  const running = runThatSaid("One ")
  const before = history([message("Count", ago(2_000), { runId: "r" })], [running])
  let asked = 0
  const { stage, pass, look } = await openStepped(page, {
    answers: {
      ...ANSWERS,
      "chat.history": () => {
        asked += 1
        return asked === 1 ? before : answer.promise
      },
    },
  })
  const live = page.getByRole("article").last()
  await expect(live).toContainText("One")
  stage.lose()
  const common = { runId: "r", sessionKey: "main", ts: NOW, seq: 3 }
  const data = { messageId: "m", offset: 8, delta: "three" }
  stage.say("agent", { ...common, stream: "assistant", data })
  await expect.poll(() => asked).toBeGreaterThan(1)
  await pass(250)
  await expect(banner(page)).toHaveCount(0)
  await pass(150)
  await expect(banner(page)).toHaveText("Catching up…")
  await expect(live).toContainText("Some live output was missed.")
  await expect(live).toContainText("One")
  await look()

  answer.resolve(new Error("The disk is full."))
  await expect(banner(page)).toContainText("Could not refresh.")
  await expect(live).toContainText("One")
  await look()
  answer = Promise.withResolvers()
  await banner(page).getByRole("button", { name: "Retry" }).press("Enter")
  await expect(banner(page)).toHaveCount(0)
  const parts = [{ type: "text" as const, text: "One two three" }]
  answer.resolve(history(before.messages, [{ ...running, seq: 3, parts }]))
  await expect(live).toContainText("One two three")
  await expect(live).not.toContainText("missed")
  await pass(500)
  await expect(banner(page)).toHaveCount(0)
})

test("[M8] a run that came by another channel is asked to stop once; when the agent does not say so in ten seconds, that is said", async ({
  page,
}) => {
  const asked: unknown[] = []
  const running = runThatSaid("Once upon a time")
  const question = message("Tell me a story", ago(2_000), {
    runId: "r",
    channel: "whatsapp",
    sender: { id: "+31612345678", name: "Anna" },
  })
  const { stage, pass, look } = await openStepped(page, {
    answers: {
      ...ANSWERS,
      "chat.history": history([question], [running]),
      "chat.abort": (params: unknown) => {
        asked.push(params)
        return { aborted: true }
      },
    },
  })
  const live = page.getByRole("article").last()
  await page.getByRole("button", { name: "Stop", exact: true }).press("Enter")
  const stopping = page.getByRole("button", { name: "Stopping…" })
  await expect(stopping).toBeDisabled()
  await expect(page.getByRole("textbox", { name: "Message" })).toBeFocused()
  await page.keyboard.press("Escape")
  await pass(9_000)
  await expect(live).toContainText("Stopping…")
  await look()
  await pass(1_600)
  await expect(live).toContainText("The agent has not confirmed. It may still be running.")
  await expect(live).not.toContainText("Stopping…")
  await expect(stopping).toBeDisabled()
  await look()
  expect(asked).toEqual([{ sessionKey: "main", runId: "r" }])

  const common = { runId: "r", sessionKey: "main", ts: NOW, seq: 2 }
  stage.say("agent", { ...common, stream: "lifecycle", data: { phase: "aborted" } })
  const error = {
    code: "UNAVAILABLE",
    message: "Stopped.",
    details: { reason: "aborted" },
  } as const
  stage.say("chat", {
    sessionKey: "main",
    message: message("a", NOW, {
      role: "assistant",
      runId: "r",
      status: "error",
      error,
      parts: [{ type: "text", text: "Once upon a time" }],
    }),
  })
  await expect(live).toContainText("Stopped by you")
  await expect(live).toContainText("Once upon a time")
  await expect(page.getByRole("button", { name: "Send", exact: true })).toBeVisible()
})

test("a token that was tried too often has to wait, which is counted down, and nothing is tried by itself", async ({
  page,
}) => {
  let hellos = 0
  const { pass, look } = await openStepped(page, {
    kept: { "clawdis:g:token": "sesame" },
    refusal: () => {
      hellos += 1
      return refusal("UNAUTHORIZED", { retryAfterMs: 30_000 })
    },
  })
  const card = page.getByRole("region", { name: "This gateway asks for a token" })
  const field = card.getByRole("textbox", { name: "Token" })
  // The card comes when it is loaded and what is drawn has had its frame, and takes the focus with the next one.
  const comes = async () => {
    await pass(20)
    return card.isVisible()
  }
  await expect.poll(comes).toBe(true)
  await expect(card).toContainText("Too many tries. Wait 30 s.")
  await pass(100)
  await expect(field).toHaveAccessibleDescription(/^Too many tries\. Wait 30 s\./)
  await expect(field).toBeFocused()
  const connect = card.getByRole("button", { name: "Connect" })
  await expect(connect).toBeDisabled()
  await look()
  await pass(20_000)
  await expect(card).toContainText("Wait 10 s.")
  await pass(10_000)
  await expect(card).toContainText("The token does not match.")
  await expect(connect).toBeEnabled()
  expect(hellos).toBe(1)
})

test("[WC17] a page that is newer than its gateway says so, and when a reload did not help says that", async ({
  page,
}) => {
  const { look } = await openStepped(page, {
    refusal: refusal("PROTOCOL_MISMATCH", { expectedProtocol: 0 }),
  })
  const card = page.getByRole("region", { name: "This page is newer than the gateway" })
  await expect(card).toContainText("Reload to get the page that belongs to the gateway.")
  await card.getByRole("button", { name: "Reload" }).press("Enter")
  await expect(card).toContainText("Reloading did not help.")
  await look()
})
