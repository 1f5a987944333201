import { expect, test } from "vitest"
import { open, prepare } from "./stub-channel.ts"

async function openDraft(chat = "42") {
  const kit = await open()
  const answering = new AbortController()
  const draft = kit.channel.openDraft?.(chat, { signal: answering.signal })
  const shown = () => kit.stub.callsOf("sendMessageDraft").map(({ payload }) => payload["text"])
  return { ...kit, answering, draft, shown }
}

test("a draft grows once a second, and what came in between is left out", async () => {
  const { stub, clock, draft, shown } = await openDraft()
  for (const text of ["", "**H", "**He**", "**Hel**"]) draft?.update(text)
  await clock.advance(0)
  draft?.update("**Hell**")
  draft?.update("**Hello**")
  await clock.advance(999)
  expect(shown()).toEqual(["Hel"])
  await clock.advance(1)
  expect(shown()).toEqual(["Hel", "Hello"])
  await clock.advance(60_000)
  expect(stub.callsOf("sendMessageDraft").map(({ payload }) => payload)).toEqual([
    { chat_id: 42, draft_id: 1, text: "Hel", entities: [{ type: "bold", offset: 0, length: 3 }] },
    { chat_id: 42, draft_id: 1, text: "Hello", entities: [{ type: "bold", offset: 0, length: 5 }] },
  ])
})

test("every draft has an id of its own, which is never 0", async () => {
  const { clock, channel, draft, stub } = await openDraft()
  const { signal } = new AbortController()
  draft?.update("one")
  channel.openDraft?.("42", { signal })?.update("two")
  await clock.advance(0)
  const ids = stub.callsOf("sendMessageDraft").map(({ payload }) => payload["draft_id"])
  expect(ids).toEqual([1, 2])
})

test("a draft ends with its signal, and the message does not wait for it", async () => {
  const { stub, clock, draft, answering, shown, send } = await openDraft()
  stub.fault("sendMessageDraft", "hang")
  draft?.update("Hel")
  await clock.advance(0)
  draft?.update("Hello")
  answering.abort()
  expect(await send("Hello.")).toEqual({ messageId: "1" })
  draft?.update("Hello.")
  await clock.advance(60_000)
  expect(shown()).toEqual(["Hel"])
})

test("a chat that refuses drafts is spared them for a while; a lost one changes nothing", async () => {
  const { stub, clock, channel, draft, shown } = await openDraft()
  const { signal } = new AbortController()
  stub.fault("sendMessageDraft", { network: "ECONNRESET" })
  draft?.update("a")
  await clock.advance(1_000)
  stub.fault("sendMessageDraft", { code: 400, description: "Bad Request: TEXTDRAFT_PEER_INVALID" })
  draft?.update("b")
  await clock.advance(1_000)
  draft?.update("c")
  await clock.advance(1_000)
  expect(shown()).toEqual(["a", "b"])
  expect(channel.openDraft?.("42", { signal })).toBeUndefined()
  expect(channel.openDraft?.("43", { signal })).toBeDefined()
  await clock.advance(600_000)
  expect(channel.openDraft?.("42", { signal })).toBeDefined()
})

test("[TG4] while Telegram wants no drafts none is sent", async () => {
  const { stub, clock, draft, shown, channel } = await openDraft()
  stub.fault("sendMessageDraft", { code: 429, retryAfter: 5 })
  draft?.update("a")
  await clock.advance(2_000)
  const { signal } = new AbortController()
  expect(channel.openDraft?.("43", { signal })).toBeUndefined()
  draft?.update("b")
  await clock.advance(2_000)
  expect(shown()).toEqual(["a"])
})

test("a draft is cut to what one message holds, never within a character", async () => {
  const { clock, draft, shown } = await openDraft()
  draft?.update(`${"x".repeat(4_095)}😀`)
  await clock.advance(0)
  expect(shown()).toEqual(["x".repeat(4_095)])
})

test("there are no drafts in groups, and none before the channel is open", async () => {
  const { channel } = await open()
  const { signal } = new AbortController()
  for (const chat of ["-100", "-100:7", "@ada_lab", "nobody"]) {
    expect(channel.openDraft?.(chat, { signal })).toBeUndefined()
  }
  expect(prepare().channel.openDraft?.("42", { signal })).toBeUndefined()
})
