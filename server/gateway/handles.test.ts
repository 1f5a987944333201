import * as v from "valibot"
import { expect, onTestFinished, test } from "vitest"
import type { ChannelDefinition, InboundMessage } from "../channels/channel.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { openTemporaryStore } from "../testing/temporary-store.ts"
import { createChannels } from "./channels.ts"
import { createHandles } from "./handles.ts"

const SETTINGS = { allowFrom: [], groups: {} }

const definition: ChannelDefinition = {
  id: "telegram",
  name: "Telegram",
  maxTextLength: 100,
  maxCaptionLength: 100,
  chatField: "chatId",
  readAllowed: (text) => text,
  Settings: v.custom<typeof SETTINGS>(() => true),
  isConfigured: () => true,
  howToConfigure: "",
  readTarget: (to) => ({ chat: to.toLowerCase(), sessionKey: `telegram:${to}` }),
}

async function start() {
  const store = await openTemporaryStore()
  onTestFinished(() => store[Symbol.asyncDispose]())
  const slot = { definition, settings: SETTINGS, channel: undefined }
  const channels = createChannels([slot], createManualClock())
  const handles = createHandles(store.facts, channels)
  return { handles, find: (to: string) => handles.lookUp(channels.resolve(to, "telegram")) }
}

const from = (handle: string, words: Partial<InboundMessage> = {}): InboundMessage => ({
  channel: "telegram",
  account: "1",
  chat: "42",
  messageId: "7",
  order: 1,
  sender: { id: "42", handle, name: "Ada" },
  text: "hello",
  ts: 0,
  sessionKey: "telegram:42",
  ...words,
})

test("[M5] an @name leads to the chat of the person who wrote under it", async () => {
  const { find, handles } = await start()
  await handles.remember(from("@ada_lab"))
  const chat = { channel: "telegram", chat: "42", sessionKey: "telegram:42" }
  expect(await find("@ada_lab")).toEqual(chat)
  expect(await find("@Ada_Lab")).toEqual(chat)
})

test("[M5] an @name that nobody wrote under is left to the service", async () => {
  const { find, handles } = await start()
  await handles.remember(from("@ada_lab", { group: { id: "-5", mentioned: true }, chat: "-5" }))
  expect(await find("@ada_lab")).toMatchObject({ chat: "@ada_lab" })
})

test("a name that was taken by somebody else leads to whoever wrote last", async () => {
  const { find, handles } = await start()
  await handles.remember(from("@ada_lab"))
  await handles.remember(from("@ada_lab", { chat: "43", sender: { id: "43", handle: "@ada_lab" } }))
  expect(await find("@ada_lab")).toMatchObject({ chat: "43" })
})

test("[M6] another id of somebody who wrote leads to the same chat", async () => {
  const { find, handles } = await start()
  await handles.remember(from("@ada_lab", { sender: { id: "42", aliases: ["900@hidden"] } }))
  expect(await find("900@hidden")).toMatchObject({ chat: "42", sessionKey: "telegram:42" })
  expect(await find("42")).toMatchObject({ chat: "42" })
})

test("[M5] what the owner of the account writes to somebody does not lead from the owner to them", async () => {
  const { find, handles } = await start()
  const sender = { id: "1", handle: "@owner", aliases: ["100@hidden"], self: true }
  await handles.remember(from("", { byOwner: true, sender }))
  expect(await find("@owner")).toMatchObject({ chat: "@owner" })
  expect(await find("100@hidden")).toMatchObject({ chat: "100@hidden" })
})
