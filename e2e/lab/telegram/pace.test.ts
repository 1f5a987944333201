import { expect, test } from "vitest"
import { startLab } from "./start-lab.ts"

test("a lab that is told to minds how fast messages to one chat come", async () => {
  let nowMs = 0
  const { lab, bot, ada } = await startLab({ now: () => nowMs })
  lab.person({ id: 7, firstName: "Bo" })
  lab.setPace(1_000)
  await bot.api.sendMessage(ada.id, "one")
  await bot.api.sendMessage(7, "elsewhere")
  nowMs = 400
  await expect(bot.api.sendMessage(ada.id, "two")).rejects.toMatchObject({
    error_code: 429,
    parameters: { retry_after: 1 },
  })
  nowMs = 1_000
  await bot.api.sendMessage(ada.id, "two")
  lab.setPace(0)
  await bot.api.sendMessage(ada.id, "three")
  expect(lab.sent(ada.id)).toHaveLength(3)
})

test("a draft is shown until the bot's next message, or for half a minute", async () => {
  let nowMs = 0
  const { lab, bot, ada } = await startLab({ now: () => nowMs })
  const entities = [{ type: "bold" as const, offset: 0, length: 3 }]
  await bot.api.sendMessageDraft(ada.id, 5, "Hel", { entities })
  expect(lab.shownDraft(ada.id)).toEqual({ chatId: 42, draftId: 5, text: "Hel", entities })
  await bot.api.sendMessage(ada.id, "Hello")
  expect(lab.shownDraft(ada.id)).toBeUndefined()
  await bot.api.sendMessageDraft(ada.id, 6, "And")
  nowMs = 30_000
  expect(lab.shownDraft(ada.id)).toBeUndefined()
})
