import { expect, test } from "vitest"
import { GatewayError } from "#protocol"
import { createManualClock } from "../../testing/manual-clock.ts"
import { createTestJournal, describeChannel, failure } from "../contract.ts"
import { telegram } from "./index.ts"
import { adasMessage, BOT, type StubFault, TOKEN } from "./stub-bot-api.ts"
import { open, type Parts, prepare } from "./stub-channel.ts"

const FAULTS = {
  unreached: { network: "ECONNREFUSED" },
  unknown: "lost",
  refused: { code: 400, description: "Bad Request: message is too long" },
} as const satisfies Record<string, StubFault>

describeChannel({
  definition: telegram,
  clock: () => createManualClock(),
  async createFixture(parts) {
    const kit = prepare(parts)
    const { channel, stub, clock } = kit
    let said = 0
    let last = ""
    const say = (updateId: number) => {
      stub.push({ update_id: updateId, message: { ...adasMessage(said), text: last } })
    }
    const shownAt = () => stub.callsOf("sendChatAction").at(-1)?.atMs ?? Number.NEGATIVE_INFINITY
    return {
      channel,
      chat: "42",
      received: () => stub.sent.map(({ text }) => String(text)),
      say(text) {
        said += 1
        last = text
        say(said)
      },
      repeat: () => say(said + 1_000),
      failNext: (fault) => stub.fault("sendMessage", FAULTS[fault]),
      hold: stub.hold,
      // The service shows it for five seconds.
      typing: () => (clock.monotonic() - shownAt() < 5_000 ? 1 : 0),
    }
  },
})

test("[TG14] connecting takes a webhook away and keeps what waits behind it", async () => {
  const { stub, channel } = await open()
  expect(stub.calls.map(({ method }) => method)).toEqual([
    "getMe",
    "deleteWebhook",
    "getUpdates",
    "getUpdates",
  ])
  expect(stub.callsOf("deleteWebhook")[0]?.payload).toEqual({ drop_pending_updates: false })
  expect(channel.health().self).toBe("@Stub_Bot")
})

test("an idle minute costs two questions, both for every kind of update", async () => {
  const { stub, clock } = await open()
  const before = stub.calls.length
  await clock.advance(60_000)
  expect(stub.calls.length - before).toBe(2)
  expect(stub.calls.at(-1)?.payload).toEqual({ limit: 100, timeout: 30, allowed_updates: [] })
})

test("a service that does not hold its questions open is asked once a second", async () => {
  const { stub, clock } = await open()
  stub.fault("getUpdates", ...Array.from({ length: 3 }, () => ({ result: [] })))
  await clock.advance(40_000)
  const asked = stub.callsOf("getUpdates").map(({ atMs }) => atMs)
  expect(asked).toEqual([0, 0, 30_000, 31_000, 32_000, 33_000])
})

test("[TG2] a token that is rejected at the start stops the channel with one line and one call", async () => {
  const { stub, clock, channel, lines, send } = prepare()
  stub.fault("getMe", { code: 401, description: "Unauthorized" })
  await channel.start()
  await clock.advance(3_600_000)
  expect(stub.calls).toHaveLength(1)
  expect(channel.health()).toMatchObject({
    state: "failed",
    lastError: "bot token rejected (401 Unauthorized)",
  })
  expect(lines.filter((line) => line.includes("rejected"))).toHaveLength(1)
  expect(await failure(send("hi"))).toMatchObject({ reason: "not_connected", retryable: true })
  expect(stub.calls).toHaveLength(1)
})

test("[TG2] a token that is rejected while sending stops everything at once", async () => {
  const { stub, clock, channel, send } = await open()
  stub.fault("sendMessage", { code: 401, description: "Unauthorized" })
  const failures = [failure(send("one")), failure(send("two"))]
  await clock.advance(0)
  expect(channel.health().state).toBe("failed")
  await clock.advance(10_000)
  const calls = stub.calls.length
  for (const failed of failures) expect((await failed).retryable).toBe(true)
  await clock.advance(3_600_000)
  expect(channel.health().state).toBe("failed")
  expect(stub.callsOf("sendMessage")).toHaveLength(1)
  expect(stub.calls).toHaveLength(calls)
})

test("[TG3] a second poller is named, and the waits grow from 5 to 60 seconds", async () => {
  const { stub, clock, channel } = await open()
  const conflict = { code: 409, description: "Conflict: terminated by other getUpdates request" }
  stub.fault("getUpdates", ...Array.from({ length: 6 }, () => conflict))
  stub.say("ends the open question")
  await clock.advance(0)
  expect(channel.health().state).toBe("waiting")
  expect(channel.health().lastError).toContain("another poller uses this token")
  await clock.advance(300_000)
  const asked = stub.callsOf("getMe").map(({ atMs }) => atMs)
  const waits = asked.slice(1).map((atMs, index) => atMs - (asked[index] ?? 0))
  expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000])
  expect(channel.health().state).toBe("open")
})

test("[TG4] after a 429 no message goes out for the time the service named, in order then", async () => {
  const { stub, clock, send } = await open()
  stub.fault("sendMessage", { code: 429, retryAfter: 37 })
  const sends = ["one", "two"].map((text) => send(text))
  const elsewhere = send("three", { chat: "43" })
  await clock.advance(37_000)
  const [first, ...early] = stub.callsOf("sendMessage")
  expect(first?.payload["text"]).toBe("one")
  // The other chat was asked before the service complained.
  expect(early.map(({ payload }) => payload["text"])).toEqual(["three"])
  await clock.advance(10_000)
  await Promise.all([...sends, elsewhere])
  expect(stub.sent.map(({ text }) => text)).toEqual(["three", "one", "two"])
  const [, , again] = stub.callsOf("sendMessage")
  expect(again?.atMs).toBe(37_000 * 1.05)
})

test("[TG4] a caller whose deadline is sooner is told when to come back", async () => {
  const { stub, clock, send } = await open()
  stub.fault("sendMessage", { code: 429, retryAfter: 37 })
  const deadline = new AbortController()
  const failed = failure(send("one", { signal: deadline.signal }))
  await clock.advance(5_000)
  deadline.abort()
  expect(await failed).toMatchObject({
    code: "UNAVAILABLE",
    reason: "rate_limited",
    retryable: true,
    retryAfterMs: 37_000 * 1.05 - 5_000,
  })
})

test("[TG4] a caller whose deadline is sooner than Telegram's is told at once, and so are those behind", async () => {
  const { stub, clock, send } = await open()
  stub.fault("sendMessage", { code: 429, retryAfter: 37 })
  const deadline = clock.monotonic() + 30_000
  const failed = ["one", "two"].map((text) => failure(send(text, { deadline })))
  const patient = send("three", { deadline: deadline + 30_000 })
  await clock.advance(0)
  for (const told of await Promise.all(failed)) {
    expect(told).toMatchObject({
      reason: "rate_limited",
      retryable: true,
      retryAfterMs: 37_000 * 1.05,
    })
  }
  expect(stub.callsOf("sendMessage")).toHaveLength(1)
  await clock.advance(40_000)
  await patient
  expect(stub.sent.map(({ text }) => text)).toEqual(["three"])
})

test("[TG4] a 429 for polling is obeyed too", async () => {
  const { stub, clock, channel } = await open()
  stub.fault("getUpdates", { code: 429, retryAfter: 100 })
  stub.say("ends the open question")
  await clock.advance(0)
  const calls = stub.calls.length
  await clock.advance(100_000)
  expect(stub.calls).toHaveLength(calls)
  await clock.advance(10_000)
  expect(channel.health().state).toBe("open")
})

test("[TG5] a failure of the service while sending has an unknown outcome and is not repeated", async () => {
  const { stub, clock, send } = await open()
  const broken: StubFault[] = [
    { code: 500, description: "Internal Server Error" },
    { network: "ECONNRESET" },
    { result: null },
    "lost",
  ]
  for (const fault of broken) {
    const calls = stub.callsOf("sendMessage").length
    stub.fault("sendMessage", fault)
    const failed = failure(send("maybe"))
    await clock.advance(120_000)
    expect(await failed).toMatchObject({ reason: "outcome_unknown", retryable: false })
    expect(stub.callsOf("sendMessage")).toHaveLength(calls + 1)
  }
})

test("[TG5] a failure of the service while polling is waited out", async () => {
  const { stub, clock, channel, journaled } = await open()
  stub.fault("getUpdates", { code: 502, description: "Bad Gateway" }, { result: "no list" })
  stub.say("hello")
  await clock.advance(0)
  stub.say("again")
  await clock.advance(0)
  expect(channel.health().state).toBe("waiting")
  await clock.advance(10_000)
  expect(channel.health().state).toBe("open")
  expect(journaled.map(({ text }) => text)).toEqual(["hello", "again"])
})

test("[TG6] a question that is never answered ends at 45 s and is asked anew", async () => {
  const { stub, clock, channel } = await open()
  stub.fault("getUpdates", "hang")
  await clock.advance(30_000)
  const calls = stub.callsOf("getMe").length
  await clock.advance(44_999)
  expect(channel.health().state).toBe("open")
  await clock.advance(1)
  expect(channel.health().state).toBe("waiting")
  await clock.advance(1_000)
  expect(channel.health().state).toBe("open")
  expect(stub.callsOf("getMe")).toHaveLength(calls + 1)
})

test("[TG6] a journal that hangs does not hang the channel for ever", async () => {
  const hung = Promise.withResolvers<"new">()
  let writes = 0
  const journal: Parts["journal"] = () => {
    writes += 1
    return writes === 1 ? hung.promise : Promise.resolve("new")
  }
  const { stub, clock, channel } = await open({ journal })
  stub.say("hello")
  await clock.advance(119_999)
  expect(channel.health().state).toBe("open")
  await clock.advance(1)
  expect(channel.health()).toMatchObject({ state: "waiting", lastError: "Receiving stalled." })
  await clock.advance(1_000)
  expect(channel.health().state).toBe("open")
  expect(writes).toBe(2)
  hung.resolve("new")
})

test("[TG6] a send that is never answered has an unknown outcome", async () => {
  const { stub, clock, send } = await open()
  stub.fault("sendMessage", "hang")
  const failed = failure(send("maybe"))
  await clock.advance(45_000)
  expect((await failed).reason).toBe("outcome_unknown")
})

test("[TG7] a refused connection is tried again until it works", async () => {
  const { stub, clock, send } = await open()
  stub.fault("sendMessage", { network: "ECONNREFUSED" }, { network: "ENOTFOUND" })
  const sending = send("hello")
  await clock.advance(5_000)
  expect(await sending).toEqual({ messageId: "1" })
  expect(stub.callsOf("sendMessage").map(({ atMs }) => atMs)).toEqual([0, 1_000, 3_000])
})

test("[TG7] a caller whose deadline passes while nothing is reached may try again", async () => {
  const { stub, clock, send } = await open()
  stub.fault("sendMessage", ...Array.from({ length: 9 }, () => ({ network: "ECONNREFUSED" })))
  const deadline = new AbortController()
  const failed = failure(send("hello", { signal: deadline.signal }))
  await clock.advance(4_000)
  deadline.abort()
  expect(await failed).toMatchObject({ reason: "not_connected", retryable: true })
  expect(stub.sent).toEqual([])
})

test("[TG9] refusals are named, and none of them is tried again", async () => {
  const { stub, clock, send } = await open()
  const refusals = [
    [403, "Forbidden: bot was blocked by the user", "UNAVAILABLE", "blocked_by_user"],
    [403, "Forbidden: bot was kicked from the group chat", "UNAVAILABLE", "not_in_group"],
    [
      403,
      "Forbidden: bot can't initiate conversation with a user",
      "INVALID_REQUEST",
      "chat_not_found",
    ],
    [400, "Bad Request: chat not found", "INVALID_REQUEST", "chat_not_found"],
    [400, "Bad Request: message is too long", "UNAVAILABLE", "provider_refused"],
    [413, "Request Entity Too Large", "UNAVAILABLE", "media_too_large"],
  ] as const
  for (const [index, [providerCode, description, code, reason]] of refusals.entries()) {
    stub.fault("sendMessage", { code: providerCode, description })
    const failed = failure(send("hello", { chat: String(50 + index) }))
    await clock.advance(10_000)
    const details = { providerCode, reason }
    expect(await failed).toMatchObject({ code, reason, retryable: false, details })
  }
  expect(stub.callsOf("sendMessage")).toHaveLength(refusals.length)
})

test("one chat gets a message a second, other chats do not wait for it", async () => {
  const { stub, clock, send } = await open()
  const sends = [send("one"), send("two"), send("three"), send("other", { chat: "43" })]
  await clock.advance(10_000)
  await Promise.all(sends)
  const timed = stub.callsOf("sendMessage").map(({ payload, atMs }) => [payload["text"], atMs])
  expect(timed).toEqual([
    ["one", 0],
    ["other", 0],
    ["two", 1_000],
    ["three", 2_000],
  ])
})

test("a message to a topic names the topic, and what is no chat is refused unsent", async () => {
  const { stub, send } = await open()
  await send("hello", { chat: "-100:7" })
  expect(stub.sent).toMatchObject([{ chat_id: -100, message_thread_id: 7, text: "hello" }])
  expect(await failure(send("hello", { chat: "nobody" }))).toMatchObject({
    code: "INVALID_REQUEST",
    reason: "chat_not_found",
  })
})

test("[TG10] repeated and reordered updates are journaled once, in the order of their numbers", async () => {
  const { stub, clock, journaled, book } = await open()
  const update = (id: number) => ({
    update_id: id,
    message: { ...adasMessage(id), text: `text ${id}` },
  })
  stub.push(update(12), update(9), update(12), update(30))
  await clock.advance(0)
  stub.push(update(30))
  await clock.advance(0)
  expect(journaled.map(({ order }) => order)).toEqual([9, 12, 30])
  expect(JSON.parse(book.get(`offset:${BOT.id}`) ?? "")).toMatchObject({ next: 31 })
})

test("[TG11] nothing is confirmed to the service before it is journaled", async () => {
  const written = Promise.withResolvers<"new">()
  const { stub, clock, book } = await open({ journal: () => written.promise })
  stub.say("hello")
  await clock.advance(10_000)
  expect([stub.unconfirmed(), book.size]).toEqual([[1], 0])
  written.resolve("new")
  await clock.advance(0)
  expect([stub.unconfirmed(), book.size]).toEqual([[], 1])
})

test("[TG11] the next process goes on where the journal ended", async () => {
  const book = new Map<string, string>()
  const first = await open({ book })
  first.stub.say("one")
  await first.clock.advance(0)
  expect(first.stub.unconfirmed()).toEqual([])
  const second = await open({ book })
  expect(second.stub.callsOf("getUpdates")[0]?.payload["offset"]).toBe(2)
})

test("[TG11] a failing disk holds the offset back for as long as it fails", async () => {
  const journal = createTestJournal()
  let failing = true
  const { stub, clock, channel, book } = await open({
    journal: async (message) => {
      if (failing) throw new GatewayError("UNAVAILABLE", "Disk full.", { reason: "storage" })
      return journal.write(message)
    },
  })
  stub.say("hello")
  await clock.advance(600_000)
  expect(channel.health()).toMatchObject({ state: "waiting", lastError: "Disk full.", skipped: 0 })
  expect([stub.unconfirmed(), book.size]).toEqual([[1], 0])
  failing = false
  await clock.advance(30_000)
  expect(journal.messages.map(({ text }) => text)).toEqual(["hello"])
  expect(stub.unconfirmed()).toEqual([])
})

test("an offset older than six days is forgotten, since the service may count anew", async () => {
  const clock = createManualClock()
  const at = clock.now() - 6 * 24 * 3_600_000 + 60_000
  const book = new Map([[`offset:${BOT.id}`, JSON.stringify({ next: 900, at })]])
  const { stub } = await open({ clock, book })
  expect(stub.callsOf("getUpdates")[0]?.payload["offset"]).toBe(900)
  await clock.advance(90_000)
  expect(stub.callsOf("getUpdates").at(-1)?.payload).not.toHaveProperty("offset")
  stub.say("hello")
  await clock.advance(0)
  expect(stub.callsOf("getUpdates").at(-1)?.payload["offset"]).toBe(2)
})

test("[TG12] what is no message is skipped and counted, and the next one comes through", async () => {
  const { stub, clock, channel, journaled } = await open()
  const message = { ...adasMessage(1), text: "hello" }
  stub.push(
    { update_id: 1, edited_message: message },
    { update_id: 2, channel_post: message },
    { update_id: 3, something_new: {} },
    { update_id: 4 },
    { update_id: 5, message: { ...message, message_id: 2 ** 53 } },
    { update_id: 6, message: { ...message, chat: { id: -(2 ** 53), type: "group" } } },
    { update_id: 7, message: { ...message, from: { id: 2 ** 60 } } },
    { update_id: 8, message: { text: "hello" } },
    { update_id: 9, message: "hello" },
    { update_id: 10, message: { ...message, text: "x".repeat(10_000_000) } },
    { update_id: "11", message },
    null,
    { update_id: 12, message },
  )
  await clock.advance(0)
  expect(journaled.map(({ order }) => order)).toEqual([12])
  expect(channel.health().skipped).toBe(12)
  expect(stub.callsOf("getUpdates").at(-1)?.payload["offset"]).toBe(13)
})

test("[TG12] an edit changes nothing of what was written, and the log says what was skipped", async () => {
  const { stub, clock, channel, journaled, lines } = await open()
  stub.say("hello")
  stub.push(
    { update_id: 2, edited_message: { ...adasMessage(1), text: "bye", edit_date: 9 } },
    { update_id: 3, message_reaction: { chat: { id: 42 } } },
    { update_id: 4, callback_query: { id: "1", data: "x" } },
    { update_id: 5, stopped_message_generation: {} },
  )
  await clock.advance(0)
  expect(journaled.map(({ text }) => text)).toEqual(["hello"])
  expect(channel.health().skipped).toBe(4)
  const reasons = lines
    .filter((line) => line.includes("skipped an update"))
    .map((line) => JSON.parse(line)[1].why)
  expect(reasons).toEqual([
    "not a new message: edited_message",
    "not a new message: message_reaction",
    "not a new message: callback_query",
    "not a new message: of an unknown kind",
  ])
})

test("[TG12] updates without a usable number are skipped, and not asked for at full speed", async () => {
  const { stub, clock, channel, journaled } = await open()
  stub.push({ update_id: 2 ** 60, message: {} })
  await clock.advance(60_000)
  expect(stub.callsOf("getUpdates").length).toBeLessThanOrEqual(62)
  expect(channel.health()).toMatchObject({ state: "open", skipped: 1 })
  expect(channel.health()).not.toHaveProperty("lastError")
  stub.say("hello")
  await clock.advance(1_000)
  expect(journaled.map(({ text }) => text)).toEqual(["hello"])
})

test("[TG13] an update that fails three times is skipped, and the next one comes through", async () => {
  const journal = createTestJournal()
  let tries = 0
  const { stub, clock, channel, lines } = await open({
    journal: async (message) => {
      if (message.text !== "poison") return journal.write(message)
      tries += 1
      throw new TypeError("broken")
    },
  })
  stub.say("poison")
  stub.say("cure")
  await clock.advance(10_000)
  expect(tries).toBe(3)
  expect(journal.messages.map(({ text }) => text)).toEqual(["cure"])
  expect(channel.health()).toMatchObject({ state: "open", skipped: 1 })
  expect(lines.filter((line) => line.includes("failed every time"))).toHaveLength(1)
  expect(stub.unconfirmed()).toEqual([])
})

test("no network at the start is waited out, at most 30 s at a time", async () => {
  const { stub, clock, channel } = prepare()
  stub.fault("getMe", ...Array.from({ length: 20 }, () => ({ network: "ENOTFOUND" })))
  await channel.start()
  await clock.advance(0)
  expect(channel.health().lastError).toBe("Telegram is out of reach: cannot connect (ENOTFOUND).")
  await clock.advance(20 * 30_000)
  const asked = stub.callsOf("getMe").map(({ atMs }) => atMs)
  const waits = asked.slice(1).map((atMs, index) => atMs - (asked[index] ?? 0))
  expect(Math.max(...waits)).toBe(30_000)
  expect(channel.health().state).toBe("open")
})

test("typing is repeated, ends by itself, and stops trying when it keeps failing", async () => {
  const { stub, clock, channel } = await open()
  const { signal } = new AbortController()
  channel.showTyping("42", { signal })
  await clock.advance(8_000)
  expect(stub.callsOf("sendChatAction").map(({ atMs }) => atMs)).toEqual([0, 4_000, 8_000])
  await clock.advance(3_600_000)
  expect(stub.callsOf("sendChatAction")).toHaveLength(150)
  stub.fault("sendChatAction", ...Array.from({ length: 9 }, () => ({ code: 403 })))
  channel.showTyping("42", { signal })
  await clock.advance(60_000)
  channel.showTyping("43", { signal })
  await clock.advance(60_000)
  expect(stub.callsOf("sendChatAction")).toHaveLength(153)
})

test("stop lets a message that is on its way arrive", async () => {
  const { stub, clock, channel, send } = await open()
  const release = stub.hold()
  const sending = send("last words")
  await clock.advance(0)
  const stopped = channel.stop()
  await clock.advance(1_000)
  release()
  await stopped
  expect(await sending).toEqual({ messageId: "1" })
})

test("stop waits for what is being journaled", async () => {
  const written = Promise.withResolvers<"new">()
  const { stub, clock, channel } = await open({ journal: () => written.promise })
  stub.say("hello")
  await clock.advance(0)
  let stopped = false
  const stopping = channel.stop().then(() => {
    stopped = true
  })
  await clock.advance(60_000)
  expect(stopped).toBe(false)
  written.resolve("new")
  await stopping
})

test("stop ends the open question", async () => {
  const { channel, clock, stub } = await open()
  await channel.stop()
  expect(clock.waiting).toBeLessThanOrEqual(1)
  const calls = stub.calls.length
  await clock.advance(3_600_000)
  expect(stub.calls).toHaveLength(calls)
})

test("no error that leaves the channel holds the token", async () => {
  const { stub, clock, send } = await open()
  const secretive: StubFault[] = [
    { network: "ECONNRESET" },
    { code: 400, description: `Bad Request: bot${TOKEN} is not here` },
    { code: 500, description: TOKEN },
  ]
  for (const fault of secretive) {
    stub.fault("sendMessage", fault)
    const failed = failure(send("hello"))
    await clock.advance(10_000)
    const error = await failed
    expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain("secret")
  }
})

test("[WA23] a message carries the time at which the service gave it, by the service's own clock", async () => {
  const { clock, journaled, stub } = await open()
  stub.say("before its clock is known")
  await clock.advance(0)
  stub.serviceTime.now = 1_767_225_605_000
  stub.say("after")
  await clock.advance(0)
  expect(journaled.map(({ servedAt }) => servedAt)).toEqual([undefined, 1_767_225_605_000])
})

test("[WA23] an offset that was noted by a clock that was far ahead is forgotten", async () => {
  const clock = createManualClock()
  const at = clock.now() + 30 * 24 * 3_600_000
  const book = new Map([[`offset:${BOT.id}`, JSON.stringify({ next: 900, at })]])
  const { stub } = await open({ clock, book })
  expect(stub.callsOf("getUpdates").at(-1)?.payload).not.toHaveProperty("offset")
})
