// Doing things once: keys of `send` and `agent` on a real gateway, over several connections and restarts.

import { expect, onTestFinished, test } from "vitest"
import type { AgentAck, SendParams } from "#protocol"
import { createManualClock } from "../testing/manual-clock.ts"
import { type StartOptions, startGateway } from "../testing/start-gateway.ts"
import { openTemporaryStore } from "../testing/temporary-store.ts"
import type { TestClient } from "../testing/test-client.ts"
import { toKeyedRequest } from "./idempotency.ts"

async function start(options: StartOptions = {}) {
  const gateway = await startGateway(options)
  onTestFinished(() => gateway[Symbol.asyncDispose]())
  return { client: await gateway.connect(), gateway }
}

const params = (key: string, words: Partial<SendParams> = {}): SendParams => ({
  to: "memory:7",
  message: "hello",
  idempotencyKey: key,
  ...words,
})

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => "no failure",
    (error: unknown) => error,
  )

/** An agent request, its acknowledgement, and its end. */
function run(client: TestClient, key: string, words: object = {}) {
  const acked = Promise.withResolvers<AgentAck>()
  const final = client.request("agent", { message: "hi", idempotencyKey: key, ...words }, (ack) =>
    acked.resolve(ack),
  )
  final.catch(acked.reject)
  return { acked: acked.promise, final }
}

test("[M5] a send names the message, the channel and where it went", async () => {
  const { client, gateway } = await start()
  expect(await client.request("send", params("k"))).toEqual({
    messageId: "out-1",
    channel: "memory",
    to: "memory:7",
    chatId: "7",
    status: "sent",
  })
  expect(gateway.channel.sent).toMatchObject([{ chat: "7", text: "hello" }])
})

test.for([
  ["no to", { to: undefined }, "/to required"],
  ["an empty to", { to: "" }, "/to"],
  ["letters", { to: "abc" }, "to: not a phone number or chat id"],
  ["a lone plus", { to: "+" }, "to: not a phone number or chat id"],
  ["two zeros", { to: "0049301234567" }, "to: not a phone number or chat id"],
  ["neither message nor media", { message: undefined }, "message"],
  ["an empty message", { message: "" }, "blank"],
  ["blanks", { message: " \n\t" }, "blank"],
  ["characters without width", { message: "\u200b\u2060\ufeff" }, "blank"],
  ["a long message", { message: "x".repeat(65_537) }, "message too long (max 65536 characters)"],
  ["an unknown channel", { channel: "smoke" }, "channel: must be one of memory"],
  ["media", { mediaUrl: "file:///etc/passwd" }, "mediaUrl"],
  ["no key", { idempotencyKey: undefined }, "idempotencyKey required"],
  ["an empty key", { idempotencyKey: "" }, "idempotencyKey required"],
  ["a long key", { idempotencyKey: "k".repeat(256) }, "/idempotencyKey"],
  ["a key with a line break", { idempotencyKey: "k\n" }, "/idempotencyKey"],
] as const)(
  "[I1, I3, ID5, M5, VA7, VA8, VA9, VA18] a send with %s is refused, and its key stays free",
  async ([, words, text]) => {
    const { client, gateway } = await start()
    const refused = client.call("send", { ...params("k"), ...words })
    await expect(refused).rejects.toMatchObject({
      code: "INVALID_REQUEST",
      message: expect.stringContaining(text),
    })
    expect(await client.request("send", params("k"))).toMatchObject({ status: "sent" })
    expect(gateway.channel.sent).toHaveLength(1)
  },
)

test("[I2, ID2] ten thousand parallel repetitions over fifty connections are one message for each key", {
  timeout: 120_000,
}, async () => {
  const { gateway } = await start({ divideBy: 1 })
  const clients = await Promise.all(Array.from({ length: 50 }, () => gateway.connect()))
  const release = gateway.channel.hold()
  const keys = Array.from({ length: 10 }, (_, key) => `k${key}`)
  const results = clients.flatMap((client) =>
    Array.from({ length: 20 }, () => keys).flatMap((each) =>
      each.map(async (key) => {
        const sent = await client.request("send", params(key, { to: `memory:${key}` }))
        return `${key} ${sent.messageId}`
      }),
    ),
  )
  await Promise.all(clients.map((client) => client.call("health")))
  release()
  const answers = await Promise.all(results)
  expect(answers).toHaveLength(10_000)
  expect(new Set(answers).size).toBe(keys.length)
  expect(gateway.channel.sent.map(({ chat }) => chat).toSorted()).toEqual(keys)
})

test("[I2, ID1, ID3, ID11] the same key answers the same; other params are a conflict, other order is not", async () => {
  const { client, gateway } = await start()
  const first = await client.request("send", params("k"))
  expect(await client.request("send", params("k"))).toEqual(first)
  const { idempotencyKey, message, to } = params("k")
  expect(await client.call("send", { idempotencyKey, message, to })).toEqual(first)
  expect(await failureOf(client.request("send", params("k", { message: "hello " })))).toMatchObject(
    {
      code: "INVALID_REQUEST",
      reason: "idempotency_conflict",
      retryable: false,
    },
  )
  expect(gateway.channel.sent).toHaveLength(1)
})

test("[I1, ID4] send and agent have keys of their own", async () => {
  const { client, gateway } = await start()
  await client.request("send", params("k"))
  expect(await client.request("agent", { message: "hi", idempotencyKey: "k" })).toMatchObject({
    status: "ok",
  })
  expect(await client.request("send", params("k"))).toMatchObject({ messageId: "out-1" })
  expect(gateway.channel.sent).toHaveLength(1)
})

test("[I3, ID6, R3] a send that surely had no effect says so, and the key may try again", async () => {
  const { client, gateway } = await start()
  gateway.channel.failNext("unreached")
  expect(await failureOf(client.request("send", params("k")))).toMatchObject({
    code: "UNAVAILABLE",
    retryable: true,
  })
  expect(await client.request("send", params("k"))).toMatchObject({ status: "sent" })
  expect(gateway.channel.sent).toHaveLength(1)
})

test("[I4, ID7, ID8] an unknown outcome stays unknown, also after a restart, and is never sent again", async () => {
  const { client, gateway } = await start()
  gateway.channel.failNext("unknown")
  const unknown = { code: "UNAVAILABLE", retryable: false, reason: "outcome_unknown" }
  expect(await failureOf(client.request("send", params("k")))).toMatchObject(unknown)
  expect(await failureOf(client.request("send", params("k")))).toMatchObject(unknown)
  expect(await client.request("status", {})).toMatchObject({
    outbox: { unknown: 1 },
    unknown: [{ channel: "memory", to: "memory:7" }],
  })
  expect(gateway.channel.sent).toHaveLength(1)
  await gateway.end()

  const later = await start({ stateDir: gateway.stateDir })
  expect(await failureOf(later.client.request("send", params("k")))).toMatchObject(unknown)
  expect(later.gateway.channel.sent).toEqual([])
})

test("[ID13] a send that was confirmed after its deadline is sent, and its key answers so", async () => {
  const { client, gateway } = await start({ timings: { sendDeadlineMs: 20 } })
  const release = gateway.channel.hold()
  expect(await failureOf(client.request("send", params("k")))).toMatchObject({
    retryable: false,
    reason: "outcome_unknown",
  })
  release()
  const sent = { messageId: "out-1", status: "sent" }
  const again = () => client.request("send", params("k")).catch(String)
  await expect.poll(again, { timeout: 20_000 }).toMatchObject(sent)
  expect(await client.request("status", {})).toMatchObject({ outbox: { unknown: 0 }, unknown: [] })
  expect(gateway.channel.sent).toHaveLength(1)
})

test("[I1, ID8] a key that has succeeded answers the same after a restart, and sends nothing", async () => {
  const { client, gateway } = await start()
  const sent = await client.request("send", params("k"))
  const answered = await run(client, "k").final
  await gateway.end()
  const later = await start({ stateDir: gateway.stateDir })
  expect(await later.client.request("send", params("k"))).toEqual(sent)
  expect(await run(later.client, "k").final).toEqual(answered)
  expect(later.gateway.channel.sent).toEqual([])
})

test("[I4, CR2] a send that a kill caught before it began goes out after the restart, once", async () => {
  const clock = createManualClock(Date.now() - 6 * 60_000)
  const store = await openTemporaryStore({ clock })
  onTestFinished(() => store[Symbol.asyncDispose]())
  const add = (id: string, chat: string, text: string) =>
    store.outbox.add({
      ...{ id, chat, channel: "memory", to: `memory:${chat}` },
      items: [{ text }],
      createdAt: clock.now(),
    })
  await add("old", "8", "too old")
  await clock.advance(6 * 60_000)
  await add("killed", "7", "still on its way")
  await store.close()
  const { client, gateway } = await start({
    stateDir: store.stateDir,
    divideBy: 1,
  })
  while (gateway.channel.sent.length === 0) await client.call("health")
  const { outbox } = await client.request("health", {})
  expect(outbox).toEqual({ pending: 0, failed: 1, unknown: 0 })
  expect(gateway.channel.sent).toMatchObject([{ text: "still on its way" }])
})

test("[S1, TG1] a send through a channel that is not configured fails at once", async () => {
  const { client } = await start({ withoutChannel: true })
  expect(await failureOf(client.request("send", params("k")))).toMatchObject({
    code: "UNAVAILABLE",
    message: expect.stringContaining("Memory is not configured"),
    retryable: false,
  })
})

test("[S1] a send through a channel that is down fails within 5 s, retryable, and is not queued", async () => {
  const clock = createManualClock()
  const { client, gateway } = await start({ clock, divideBy: 1 })
  gateway.channel.disconnect("no network")
  let over = false
  const failed = failureOf(client.request("send", params("k"))).finally(() => {
    over = true
  })
  await client.call("health")
  await clock.advance(4_999)
  await client.call("health")
  expect(over).toBe(false)
  await clock.advance(1)
  expect(await failed).toMatchObject({ code: "UNAVAILABLE", retryable: true })
  gateway.channel.connect()
  await clock.advance(60_000)
  expect(gateway.channel.sent).toEqual([])
  expect((await client.request("health", {})).outbox.pending).toBe(0)
  expect(await client.request("send", params("k"))).toMatchObject({ status: "sent" })

  gateway.channel.disconnect("again")
  const patient = client.request("send", params("k2"))
  await client.call("health")
  gateway.channel.connect()
  expect(await patient).toMatchObject({ status: "sent" })
  const stopped = gateway.end()
  let ended = false
  void stopped.then(() => {
    ended = true
  })
  while (!ended) await clock.advance(100)
})

test("[M5] a long message goes out in pieces, and the last one names it", async () => {
  const { client, gateway } = await start()
  const message = "word ".repeat(2_000)
  expect(await client.request("send", params("k", { message }))).toMatchObject({
    messageId: "out-3",
  })
  expect(gateway.channel.sent.map((each) => each.text).join(" ")).toBe(message.trim())
  expect(new Set(gateway.channel.sent.map((each) => each.token)).size).toBe(3)
})

test("[ID12] the outcome of a send whose socket died is there for its key", async () => {
  const { client, gateway } = await start()
  const release = gateway.channel.hold()
  client.request("send", params("k")).catch(() => undefined)
  await client.call("health")
  client.webSocket.terminate()
  await client.closed
  release()
  const later = await gateway.connect()
  expect(await later.request("send", params("k"))).toMatchObject({ messageId: "out-1" })
  expect(gateway.channel.sent).toHaveLength(1)
})

test("[A1, A2, I2] a hundred parallel repetitions of a run are one turn with one runId", async () => {
  const gate = Promise.withResolvers<void>()
  let turns = 0
  const { client, gateway } = await start({
    script: () => {
      turns += 1
      return [{ wait: gate.promise }, { say: "done" }]
    },
  })
  const second = await gateway.connect()
  const all = Array.from({ length: 100 }, (_, at) => run(at % 2 === 0 ? client : second, "k"))
  const acks = await Promise.all(all.map(({ acked }) => acked))
  gate.resolve()
  const finals = await Promise.all(all.map(({ final }) => final))
  expect(new Set(acks.map((ack) => ack.runId)).size).toBe(1)
  expect(new Set(finals.map((final) => JSON.stringify(final))).size).toBe(1)
  expect(turns).toBe(1)
})

test("[A5] a run goes on without its connection; its key gets the ack, the events from there on and the final", async () => {
  const gate = Promise.withResolvers<void>()
  const { client, gateway } = await start({
    script: [{ say: "before " }, { wait: gate.promise }, { say: "after" }],
  })
  const first = run(client, "k")
  first.final.catch(() => undefined)
  const ack = await first.acked
  await client.event("agent", ({ stream }) => stream === "assistant")
  client.webSocket.terminate()
  await client.closed

  const later = await gateway.connect()
  const again = run(later, "k")
  expect(await again.acked).toEqual(ack)
  gate.resolve()
  expect(await again.final).toMatchObject({ runId: ack.runId, text: "before after" })
  const heard = later.events.flatMap((frame) => (frame.event === "agent" ? frame.payload : []))
  expect(heard).toMatchObject([
    { seq: 3, stream: "assistant", data: { offset: 7, delta: "after" } },
    { seq: 4, data: { phase: "ended" } },
  ])
  const once = run(later, "k")
  expect(await once.acked).toEqual(ack)
  expect(await once.final).toEqual(await again.final)
})

test("[A3] a run past its deadline is AGENT_TIMEOUT on the wire, and its session goes on", async () => {
  const never = new Promise<never>(() => undefined)
  let turns = 0
  const { client } = await start({
    script: () => {
      turns += 1
      return turns === 1 ? [{ say: "so far" }, { wait: never }] : [{ say: "next" }]
    },
  })
  const { acked, final } = run(client, "k", { timeout: 1 })
  const { runId } = await acked
  expect(await failureOf(final)).toMatchObject({
    code: "AGENT_TIMEOUT",
    retryable: false,
    details: { runId },
    payload: { runId, status: "error", text: "so far" },
  })
  expect(await run(client, "k2").final).toMatchObject({ text: "next" })
})

test("[A6] a request that a kill cut is answered under its key: the ack, then interrupted", async () => {
  const killed = await openTemporaryStore()
  onTestFinished(() => killed[Symbol.asyncDispose]())
  const { sessionId } = await killed.sessions.open("main", { channel: "webchat", at: 0 })
  await killed.runs.acceptRequest(toKeyedRequest({ ...{ message: "hi" }, idempotencyKey: "k" }), {
    messages: [],
    run: {
      runId: "cut",
      sessionKey: "main",
      sessionId,
      origin: "request",
      messageId: "answer",
      createdAt: Date.now(),
      request: { prompt: "hi", attachments: [], thinking: "off", timeoutMs: 60_000 },
    },
  })
  await killed.runs.started("cut", Date.now())
  await killed.close()

  let turns = 0
  const { client } = await start({
    stateDir: killed.stateDir,
    script: () => {
      turns += 1
      return []
    },
  })
  const { acked, final } = run(client, "k")
  expect(await acked).toEqual({
    runId: "cut",
    status: "accepted",
    sessionKey: "main",
    sessionId,
  })
  expect(await failureOf(final)).toMatchObject({
    code: "UNAVAILABLE",
    retryable: false,
    reason: "interrupted",
    details: { runId: "cut" },
  })
  expect(turns).toBe(0)
  const history = await client.request("chat.history", { sessionKey: "main" })
  expect(history.messages).toMatchObject([{ runId: "cut", status: "interrupted" }])
})

test("[I2] a key answers as it did, although there is nowhere to deliver any more", async () => {
  const first = await startGateway({ script: [{ say: "done" }] })
  const request = {
    message: "hello",
    deliver: true,
    to: "memory:1",
    idempotencyKey: "k",
  }
  const before = await (await first.connect()).request("agent", request)
  expect(before).toMatchObject({ status: "ok", delivery: { status: "sent" } })
  await first.end()
  await using second = await startGateway({ stateDir: first.stateDir, withoutChannel: true })
  expect(await (await second.connect()).request("agent", request)).toEqual(before)
})
