import { expect, test } from "vitest"
import { startLab } from "./start-lab.ts"

test("a group that becomes a supergroup says so in both, and refuses messages with its new id", async () => {
  const { lab, bot, ada } = await startLab()
  const team = lab.group({ id: -5, title: "Team", basic: true })
  ada.say("before", { chat: team })
  const upgraded = team.upgrade(-1_005)
  ada.say("after", { chat: upgraded })
  expect(await bot.api.getUpdates()).toMatchObject([
    { message: { chat: { id: -5, type: "group" }, text: "before" } },
    { message: { chat: { id: -5 }, migrate_to_chat_id: -1_005 } },
    { message: { chat: { id: -1_005, type: "supergroup" }, migrate_from_chat_id: -5 } },
    { message: { chat: { id: -1_005 }, text: "after" } },
  ])
  await expect(bot.api.sendMessage(-5, "hi")).rejects.toMatchObject({
    error_code: 400,
    description: "Bad Request: group chat was upgraded to a supergroup chat",
    parameters: { migrate_to_chat_id: -1_005 },
  })
  await bot.api.sendMessage(-1_005, "hi")
})

test("a bot that is put out and let in again hears of both", async () => {
  const { lab, bot } = await startLab()
  const team = lab.group({ id: -100, title: "Team" })
  team.kick()
  await expect(bot.api.sendMessage(-100, "hi")).rejects.toMatchObject({ error_code: 403 })
  team.admit()
  await bot.api.sendMessage(-100, "hi")
  expect(await bot.api.getUpdates()).toMatchObject([
    { my_chat_member: { new_chat_member: { status: "kicked" } } },
    { my_chat_member: { new_chat_member: { status: "member" } } },
  ])
})
