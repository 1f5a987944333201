import { expect, test } from "vitest"
import type { SentMessage } from "../channel.ts"
import { failure } from "../contract.ts"
import { AREAS } from "./areas.ts"
import { toMessageId } from "./outgoing.ts"
import { open, prepare } from "./stub-channel.ts"
import { ADA, closedError, GROUP, OWNER } from "./stub-library.ts"

const lost = { by: "library", code: 408, cause: "lost" } as const

test("[WA10] a message has the same id for every try, and another one for another token or account", () => {
  expect(toMessageId("+1", "token")).toMatch(/^3EB0[0-9A-F]{18}$/)
  expect(toMessageId("+1", "token")).toBe(toMessageId("+1", "token"))
  expect(toMessageId("+1", "other")).not.toBe(toMessageId("+1", "token"))
  expect(toMessageId("+2", "token")).not.toBe(toMessageId("+1", "token"))
})

test("[WA10] without a word of the service it goes out once more, under its id, then it is unknown", async () => {
  const { clock, send, service } = await open()
  service.answer("never", "never")
  const failed = failure(send("maybe"))
  await clock.advance(29_999)
  expect(service.sent).toMatchObject([{ text: "maybe", copies: 1 }])
  await clock.advance(1)
  expect(service.sent).toMatchObject([{ text: "maybe", copies: 2 }])
  await clock.advance(30_000)
  expect(await failed).toMatchObject({ reason: "outcome_unknown", retryable: false })
  expect(service.sent).toMatchObject([{ copies: 2 }])
})

test("[ID13, I4] the word of the service that comes after the outcome was unknown is passed on", async () => {
  const { channel, clock, service } = await open()
  const release = service.hold()
  const late = Promise.withResolvers<SentMessage>()
  const failed = failure(
    channel.send(
      { chat: ADA, text: "slow", token: "slow" },
      {
        signal: new AbortController().signal,
        trace: {
          leaving: async () => undefined,
          stayed: async () => undefined,
          confirmedLate: async (sent) => late.resolve(sent),
        },
      },
    ),
  )
  for (let times = 0; times < 3; times += 1) {
    await clock.advance(30_000)
    service.socket.handlers.heard("iq")
  }
  expect(await failed).toMatchObject({ reason: "outcome_unknown" })
  release()
  expect(await late.promise).toEqual({ messageId: service.sent[0]?.id })
  expect(service.sent).toMatchObject([{ copies: 2 }])
})

test("[WA10] the second try may succeed", async () => {
  const { clock, send, service } = await open()
  service.answer("never")
  const sending = send("twice")
  await clock.advance(30_000)
  expect(await sending).toEqual({ messageId: service.sent[0]?.id })
})

test("[WA10] a connection that ends before the word comes: once more after the next one opened", async () => {
  const { clock, send, service } = await open()
  service.answer("never")
  const sending = send("twice")
  await clock.advance(0)
  service.socket.close(lost)
  await clock.advance(999)
  expect(service.sent).toMatchObject([{ copies: 1 }])
  await clock.advance(1)
  expect(await sending).toEqual({ messageId: service.sent[0]?.id })
  expect(service.sent).toMatchObject([{ copies: 2 }])
})

test("[WA10] what the service has confirmed is not sent again, also not after a restart", async () => {
  const kit = await open()
  const sent = await kit.send("once", { token: "t" })
  await kit.channel.stop()
  const next = await open({ clock: kit.clock, service: kit.service, vault: kit.vault })
  expect(await next.send("once", { token: "t" })).toEqual(sent)
  expect(next.service.sent).toMatchObject([{ text: "once", copies: 1 }])
})

test("[CR3] killed before the word came: the next process sends the same message under the same id", async () => {
  const kit = await open()
  kit.service.answer("never")
  void kit.send("again", { token: "t" }).catch(() => undefined)
  await kit.clock.advance(0)
  const next = await open({ clock: kit.clock, service: kit.service, vault: kit.vault })
  await next.send("again", { token: "t" })
  expect(kit.service.sent).toMatchObject([{ text: "again", copies: 2 }])
})

test.for([463, 479, 400])(
  "[WA11] refused with %i: told at once, and not tried again",
  async (code) => {
    const { clock, send, service } = await open()
    service.answer({ error: code })
    expect(await failure(send("no"))).toMatchObject({
      code: "UNAVAILABLE",
      reason: "provider_refused",
      retryable: false,
      details: { providerCode: code },
    })
    await clock.advance(120_000)
    expect(service.sent).toEqual([])
  },
)

test("[WA2] while the connection is down a message is refused at once, with a time to come back", async () => {
  const { clock, send, service } = await open()
  service.greet(lost, lost, lost)
  service.socket.close(lost)
  await clock.advance(0)
  expect(await failure(send("later"))).toMatchObject({
    code: "UNAVAILABLE",
    reason: "not_connected",
    retryable: true,
    retryAfterMs: 5_000,
    message: "WhatsApp is not connected: The connection was lost: lost (408).",
  })
})

test("[WA1] never linked: nothing is loaded, and sending says what to do", async () => {
  const kit = await prepare({ linked: false })
  await kit.channel.start()
  await kit.clock.advance(3_600_000)
  expect(kit.loads).toBe(0)
  expect(kit.channel.health()).toEqual({
    configured: true,
    state: "off",
    linked: false,
    authAgeMs: null,
    skipped: 0,
  })
  expect(await failure(kit.send("hi"))).toMatchObject({
    code: "NOT_LINKED",
    message: "WhatsApp is not linked. Run clawdis login.",
  })
})

test("a channel that is turned off loads nothing although an account is linked", async () => {
  const kit = await prepare({ settings: { enabled: false } })
  await kit.channel.start()
  await kit.clock.advance(60_000)
  expect([kit.loads, kit.service.sockets]).toEqual([0, []])
  expect(kit.channel.health()).toMatchObject({ configured: false, state: "off", linked: true })
})

test("[WA18] a message is answered from disk when its receiver asks again after a restart", async () => {
  const kit = await open()
  const { messageId } = await kit.send("read me")
  await kit.channel.stop()
  const next = await open({ clock: kit.clock, service: kit.service, vault: kit.vault })
  const { findSent } = next.service.socket.options
  expect(await findSent(messageId)).toEqual({ conversation: "read me" })
  expect(await findSent("3EB0UNKNOWN")).toBeUndefined()
})

test("[WA18] it is on disk before it leaves", async () => {
  const { channel, vault } = await open()
  const signal = new AbortController().signal
  let kept: number | undefined
  const trace = {
    leaving: async () => {
      kept = vault.counts[AREAS.sent]
    },
    stayed: async () => undefined,
  }
  await channel.send({ chat: ADA, text: "hi", token: "t" }, { signal, trace })
  expect(kept).toBe(1)
})

test("a number without WhatsApp is not written to", async () => {
  const { send, service } = await open()
  service.strangers.add("+15550999")
  expect(await failure(send("hi", { chat: "15550999@s.whatsapp.net" }))).toMatchObject({
    code: "UNAVAILABLE",
    reason: "chat_not_found",
    retryable: false,
    message: "+15550999 is not on WhatsApp.",
  })
  expect(service.sent).toEqual([])
})

test("somebody who has been in touch is not asked after", async () => {
  const { send, service, clock } = await open()
  service.strangers.add("+15550111")
  await service.socket.keys.set({ "lid-mapping": { "15550111": "111000111" } })
  const sending = send("hi")
  await clock.advance(0)
  await sending
  expect(service.sent).toMatchObject([{ text: "hi" }])
})

test("[WA20] a group that we are not in is refused before anything leaves", async () => {
  const { send, service } = await open()
  const inGroup = { reason: "not_in_group", code: "UNAVAILABLE", retryable: false }
  expect(await failure(send("hi", { chat: GROUP }))).toMatchObject(inGroup)
  service.groups.set(GROUP, { id: GROUP, subject: "Friends", participants: [{ id: ADA }] })
  expect(await failure(send("hi", { chat: GROUP }))).toMatchObject(inGroup)
  expect(service.sent).toEqual([])
})

test("[WA20] a group that we were taken out of meanwhile is refused by the service", async () => {
  const { clock, send, service } = await open()
  const participants = [{ id: ADA }, { id: `${OWNER}@s.whatsapp.net` }]
  service.groups.set(GROUP, { id: GROUP, subject: "Friends", participants })
  await send("one", { chat: GROUP })
  service.answer({ error: 403 })
  const failed = failure(send("two", { chat: GROUP }))
  await clock.advance(1_000)
  expect(await failed).toMatchObject({ reason: "not_in_group", details: { providerCode: 403 } })
  expect(service.state.asked).toBe(1)
})

test("a failure of the wire while the message is written leaves a doubt, one before it none", async () => {
  const { clock, send, service } = await open()
  service.throwNext(closedError())
  expect(await failure(send("one"))).toMatchObject({ reason: "not_connected", retryable: true })
  service.throwNext(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }))
  service.throwNext(closedError())
  const failed = failure(send("two"))
  await clock.advance(60_000)
  expect(await failed).toMatchObject({ reason: "outcome_unknown" })
})

test("one chat gets a message a second, other chats do not wait for it", async () => {
  const { clock, send, service } = await open()
  const sends = ["one", "two"].map((text) => send(text))
  const other = send("other", { chat: "15550122@s.whatsapp.net" })
  await clock.advance(999)
  expect(service.sent.map(({ text }) => text)).toEqual(["one", "other"])
  await clock.advance(1)
  await Promise.all([...sends, other])
  expect(service.sent.map(({ text }) => text)).toEqual(["one", "other", "two"])
})
