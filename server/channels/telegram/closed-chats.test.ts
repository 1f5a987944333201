import { expect, test } from "vitest"
import { failure } from "../contract.ts"
import { adasMessage } from "./stub-bot-api.ts"
import { open } from "./stub-channel.ts"

const BLOCKED = { code: 403, description: "Forbidden: bot was blocked by the user" }
const KICKED = { code: 403, description: "Forbidden: bot was kicked from the supergroup chat" }

test("[TG9] a chat that refuses the bot is left alone until somebody there writes", async () => {
  const { stub, clock, send } = await open()
  stub.fault("sendMessage", BLOCKED)
  expect(await failure(send("one"))).toMatchObject({ reason: "blocked_by_user", retryable: false })
  expect(await failure(send("two"))).toMatchObject({ reason: "blocked_by_user", retryable: false })
  expect(stub.callsOf("sendMessage")).toHaveLength(1)
  await send("elsewhere", { chat: "43" })
  stub.say("hello")
  await clock.advance(1_000)
  await send("three")
  expect(stub.sent.map(({ text }) => text)).toEqual(["elsewhere", "three"])
})

test("[TG9] a group that put the bot out is left alone until it is let in again", async () => {
  const { stub, clock, send } = await open()
  const membership = (updateId: number, status: string) => ({
    update_id: updateId,
    my_chat_member: {
      chat: { id: -100, type: "supergroup" },
      from: adasMessage(1).from,
      new_chat_member: { status },
    },
  })
  stub.fault("sendMessage", KICKED)
  expect(await failure(send("one", { chat: "-100:7" }))).toMatchObject({ reason: "not_in_group" })
  stub.push(membership(1, "kicked"))
  await clock.advance(1_000)
  expect(await failure(send("two", { chat: "-100" }))).toMatchObject({ reason: "not_in_group" })
  stub.push(membership(2, "member"))
  await clock.advance(1_000)
  await send("three", { chat: "-100" })
  expect(stub.callsOf("sendMessage")).toHaveLength(2)
})

test("[TG9] after an hour it is tried again, since not everything is told", async () => {
  const { stub, clock, send } = await open()
  stub.fault("sendMessage", BLOCKED)
  await failure(send("one"))
  await clock.advance(3_600_000)
  expect(await send("two")).toEqual({ messageId: "1" })
})
