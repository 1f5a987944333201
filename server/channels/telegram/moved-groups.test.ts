import { expect, test } from "vitest"
import { GatewayError } from "#protocol"
import { failure } from "../contract.ts"
import { adasMessage } from "./stub-bot-api.ts"
import { open, SETTINGS } from "./stub-channel.ts"

const RULE = { anyone: false, mention: true, patterns: [] }
const UPGRADED = {
  code: 400,
  description: "Bad Request: group chat was upgraded to a supergroup chat",
  movedTo: -1_005,
}
const settings = { ...SETTINGS, groups: { "-5": RULE } }

function groupMessage(updateId: number, chatId: number, words: object) {
  const chat = { id: chatId, type: chatId === -5 ? "group" : "supergroup", title: "Lab" }
  return { update_id: updateId, message: { ...adasMessage(updateId), chat, ...words } }
}

test("a message for a group that moved goes to the new id, and so do those after a restart", async () => {
  const book = new Map<string, string>()
  const { stub, clock, send, lines } = await open({ book, settings })
  stub.fault("sendMessage", UPGRADED)
  const sending = send("hello", { chat: "-5:7" })
  await clock.advance(1_000)
  await sending
  expect(stub.sent).toMatchObject([{ chat_id: -1_005, message_thread_id: 7, text: "hello" }])
  expect(lines.filter((line) => line.includes("has another id now"))).toEqual([
    '["a group in the configuration has another id now",{"group":-5,"now":-1005}]',
  ])
  const next = await open({ book, settings })
  next.stub.push(groupMessage(9, -1_005, { text: "are you there?" }))
  await next.clock.advance(0)
  expect(next.journaled).toMatchObject([{ group: { id: "-5" } }])
  await next.send("again", { chat: "-5" })
  expect(next.stub.sent).toMatchObject([{ chat_id: -1_005, text: "again" }])
})

test("a move that leads to another move is followed once and then refused", async () => {
  const { stub, clock, send } = await open()
  stub.fault("sendMessage", UPGRADED, UPGRADED)
  const failed = failure(send("hello", { chat: "-5" }))
  await clock.advance(10_000)
  expect(await failed).toMatchObject({ reason: "provider_refused", retryable: false })
  expect(stub.callsOf("sendMessage")).toHaveLength(2)
})

test("the old group's rule holds for what comes from the new id, in a chat of its own", async () => {
  const { stub, clock, journaled, channel, send } = await open({ settings })
  stub.push(
    groupMessage(1, -5, { migrate_to_chat_id: -1_005 }),
    groupMessage(2, -1_005, { migrate_from_chat_id: -5 }),
    groupMessage(3, -1_005, { text: "hello" }),
  )
  await clock.advance(0)
  expect(journaled).toMatchObject([
    { chat: "-1005", sessionKey: "telegram:group:-1005", group: { id: "-5" } },
  ])
  expect(channel.health().skipped).toBe(2)
  await send("to the old id", { chat: "-5" })
  expect(stub.sent).toMatchObject([{ chat_id: -1_005, text: "to the old id" }])
})

test("a group whose new id is in the configuration is called by that", async () => {
  const both = { ...settings, groups: { "-5": RULE, "-1005": RULE } }
  const { stub, clock, journaled } = await open({ settings: both })
  stub.push(
    groupMessage(2, -1_005, { migrate_from_chat_id: -5 }),
    groupMessage(3, -1_005, { text: "hello" }),
  )
  await clock.advance(0)
  expect(journaled).toMatchObject([{ group: { id: "-1005" } }])
})

test("[TG11] a move that could not be written down is offered again", async () => {
  const book = new Map<string, string>()
  let failing = true
  const notebook = {
    get: async (key: string) => book.get(key),
    set: async (key: string, value: string) => {
      if (failing) throw new GatewayError("UNAVAILABLE", "Disk full.", { reason: "storage" })
      book.set(key, value)
    },
  }
  const { stub, clock } = await open({ notebook })
  stub.push(groupMessage(1, -5, { migrate_to_chat_id: -1_005 }))
  await clock.advance(10_000)
  expect(stub.unconfirmed()).toEqual([1])
  failing = false
  await clock.advance(60_000)
  expect(stub.unconfirmed()).toEqual([])
  expect(book.get("moved:-5")).toBe("-1005")
})
