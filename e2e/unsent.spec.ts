// What has failed, what waits and what nobody is sure of says so in a sentence, and what can be done.

import { expect, type Locator, type Page, test } from "@playwright/test"
import { GatewayError } from "#protocol"
import { ago, history, message, NOW, SESSIONS } from "./stage/samples.ts"
import { openStage } from "./stage/stage.ts"
import { ANSWERS } from "./stage/states.ts"
import { expectAccessible } from "./support/accessible.ts"

const buttonsOf = (card: Locator) => card.getByRole("button").allInnerTexts()

async function say(page: Page, words: string): Promise<void> {
  const composer = page.getByRole("textbox", { name: "Message" })
  await composer.fill(words)
  await composer.press("Enter")
}

test("[WC23] an answer that did not come in time, a message that was refused, one that is put off and one that is too large say what they are, and what helps", async ({
  page,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"])
  await page.clock.install({ time: NOW - 1_000 })
  await page.clock.pauseAt(NOW)
  const late = { code: "AGENT_TIMEOUT", message: "The agent gave no answer within 600 s." } as const
  const refusals = [
    new GatewayError("INVALID_REQUEST", "The session is closed."),
    new GatewayError("INVALID_REQUEST", "At most 8 MB at once.", { reason: "request_too_large" }),
    new GatewayError("UNAVAILABLE", "The gateway is going down.", {
      reason: "shutting_down",
      retryable: true,
      retryAfterMs: 5_000,
    }),
  ]
  const asked: string[] = []
  await openStage(page, {
    clock: "running",
    answers: {
      ...ANSWERS,
      "chat.history": history([
        message("How long?", ago(700_000), { runId: "r" }),
        message("a", ago(6_000), {
          role: "assistant",
          runId: "r",
          replyTo: "How long?",
          status: "error",
          error: late,
          parts: [{ type: "text", text: "I think" }],
        }),
      ]),
      agent: ({ message: words }: { message: string }) => {
        asked.push(words)
        return refusals.shift()
      },
    },
  })
  const cardOf = (name: string) => page.getByRole("group", { name, exact: true })

  const timeout = cardOf("No answer in time.")
  await expect(timeout).toContainText(late.message)
  expect(await buttonsOf(timeout)).toEqual(["Retry", "Edit", "Copy details", "Details"])
  await timeout.getByRole("button", { name: "Details", exact: true }).press("Enter")
  await expect(timeout).toContainText("AGENT_TIMEOUT")
  await expect(page.getByRole("article").last()).toContainText("I think")

  await say(page, "one")
  const refused = cardOf("The page sent something the gateway refused.")
  await expect(refused).toContainText("The session is closed.")
  expect(await buttonsOf(refused)).toEqual([
    "Send again",
    "Edit",
    "Discard",
    "Copy details",
    "Details",
  ])
  await refused.getByRole("button", { name: "Copy details" }).press("Enter")
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toBe(JSON.stringify({ code: "INVALID_REQUEST", message: "The session is closed." }, null, 2))

  await say(page, "much")
  const tooLarge = cardOf("This message is too large.")
  await expect(tooLarge).toContainText("At most 8 MB at once.")
  expect(await buttonsOf(tooLarge)).toEqual(["Edit", "Discard", "Copy details", "Details"])
  await tooLarge.getByRole("button", { name: "Edit" }).press("Enter")
  await expect(tooLarge).toHaveCount(0)
  await expect(page.getByRole("textbox", { name: "Message" })).toHaveValue("much")
  await expect(page.getByRole("textbox", { name: "Message" })).toBeFocused()

  await say(page, "two")
  const putOff = cardOf("The gateway is stopping.")
  await expect(putOff).toContainText("It is sent again by itself.")
  expect(await buttonsOf(putOff)).toEqual([
    "Send again",
    "Edit",
    "Discard",
    "Copy details",
    "Details",
  ])
  await expectAccessible(page, () => page.clock.runFor(1))
  expect(asked).toEqual(["one", "much", "two"])
  await page.clock.runFor(5_000)
  await expect.poll(() => asked).toEqual(["one", "much", "two", "two"])
  await expect(putOff).toHaveCount(0)
  await expect(refused).toBeVisible()
})

test("[I1] a message of which nobody is sure is looked for, sent again under its key or discarded", async ({
  page,
}) => {
  const asked: { message: string; idempotencyKey: string }[] = []
  await openStage(page, {
    answers: {
      ...ANSWERS,
      agent: (params: { message: string; idempotencyKey: string }) => {
        asked.push(params)
      },
    },
  })
  await say(page, "Did you get this?")
  await expect.poll(() => asked.length).toBe(1)
  // By then the gateway may have forgotten its key.
  await page.clock.setFixedTime(NOW + 24 * 60 * 60 * 1_000)
  await page.reload()
  const row = page.getByRole("article").last()
  const composer = page.getByRole("textbox", { name: "Message" })
  await expect(row).toContainText("Did you get this?")
  await expect(row).toContainText("Not sure this arrived.")
  const choices = async () => (await buttonsOf(row)).filter((name) => name !== "")
  expect(await choices()).toEqual(["Check", "Send again", "Discard"])
  await expectAccessible(page)
  await row.getByRole("button", { name: "Check" }).press("Enter")
  await expect(row).toContainText("It is not in this conversation.")
  await expect(composer).toBeFocused()
  expect(await choices()).toEqual(["Send again", "Discard"])
  await expectAccessible(page)
  expect(asked).toHaveLength(1)
  await row.getByRole("button", { name: "Send again" }).press("Enter")
  await expect(row).toContainText("Sending")
  await expect.poll(() => asked.length).toBe(2)
  expect(asked[1]).toEqual(asked[0])

  await page.clock.setFixedTime(NOW + 48 * 60 * 60 * 1_000)
  await page.reload()
  await expect(row).toContainText("Not sure this arrived.")
  await row.getByRole("button", { name: "Discard" }).press("Enter")
  await expect(page.getByText("Did you get this?")).toHaveCount(0)
  await expect(composer).toBeFocused()
  expect(asked).toHaveLength(2)
})

test("[WC19] what was not sent to a conversation that was deleted meanwhile stands in the main one, to be sent there or copied", async ({
  page,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"])
  const asked: unknown[] = []
  let isDeleted = false
  const rows = SESSIONS.filter(({ key }) => key !== "web:7f3a")
  await openStage(page, {
    answers: {
      ...ANSWERS,
      agent: ({ sessionKey }: { sessionKey: string }) => {
        asked.push(sessionKey)
        return sessionKey === "main" ? undefined : new GatewayError("INVALID_REQUEST", "No.")
      },
      "chat.history": ({ sessionKey }: { sessionKey: string }) =>
        sessionKey === "main" || !isDeleted ? history([]) : { sessionKey, messages: [] },
      "sessions.list": () => ({ sessions: isDeleted ? rows : SESSIONS }),
    },
  })
  const list = page.getByRole("navigation", { name: "Sessions" })
  await list.getByRole("button", { name: /^Web: Plan for the garden/ }).press("Enter")
  await say(page, "Buy the seeds")
  await expect(
    list.getByRole("button", { name: /^Web: Plan for the garden ?, Not sent/ }),
  ).toBeVisible()
  await list.getByRole("button", { name: /^Web: Home/ }).press("Enter")
  isDeleted = true
  await page.reload()
  const home = list.getByRole("button", { name: /^Web: Home ?, Not sent/ })
  await expect(home).toHaveAttribute("aria-current", "page")
  const card = page.getByRole("group", { name: "The conversation that this was for was deleted." })
  await expect(page.getByRole("article").last()).toContainText("Buy the seeds")
  expect(await buttonsOf(card)).toEqual([
    "Send to Home",
    "Copy message",
    "Edit",
    "Discard",
    "Copy details",
    "Details",
  ])
  await expectAccessible(page)
  await card.getByRole("button", { name: "Copy message" }).press("Enter")
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe("Buy the seeds")
  expect(asked).toEqual(["web:7f3a"])
  await card.getByRole("button", { name: "Send to Home" }).press("Enter")
  await expect.poll(() => asked).toEqual(["web:7f3a", "main"])
  await expect(card).toHaveCount(0)
  await expect(list.getByRole("button", { name: /Not sent/ })).toHaveCount(0)
})

test("a conversation that somebody else deleted is gone, which is said until it was seen", async ({
  page,
}) => {
  const stage = await openStage(page, { answers: ANSWERS })
  await page.getByRole("button", { name: /^Web: Plan for the garden/ }).press("Enter")
  await expect(page.getByRole("heading", { name: "Plan for the garden" })).toBeVisible()
  stage.say("sessions", { deleted: "web:7f3a" })
  const strip = page.getByRole("region", { name: "Conversation deleted" })
  await expect(strip).toContainText("“Plan for the garden” was deleted by somebody else.")
  await expect(page.getByRole("status")).toHaveText(/was deleted by somebody else/)
  await expectAccessible(page)
  await page.getByRole("button", { name: "OK", exact: true }).press("Enter")
  await expect(strip).toHaveCount(0)
})
