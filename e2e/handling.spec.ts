// What the hands and the eyes meet while the page is at work, with a gateway that follows a script.

import { expect, test } from "@playwright/test"
import { health, helloOk, history, message, NOW } from "./stage/samples.ts"
import { openStage } from "./stage/stage.ts"
import { ANSWERS } from "./stage/states.ts"

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
