import { expect, onTestFinished, test } from "vitest"
import { type ChatHistory, LIMITS } from "#protocol"
import { type StartOptions, startGateway } from "../testing/start-gateway.ts"

async function start(options: StartOptions = {}) {
  const gateway = await startGateway(options)
  onTestFinished(() => gateway[Symbol.asyncDispose]())
  const client = await gateway.connect()
  let keys = 0
  const ask = (message: string, params: object = {}) => {
    keys += 1
    return client.request("agent", { message, idempotencyKey: `key-${keys}`, ...params })
  }
  const refusal = (method: string, params: object) =>
    client.call(method, params).then(
      () => "accepted",
      (error: unknown) => error as { code: string; message: string },
    )
  return { ask, client, gateway, refusal }
}

/** An inbound message and the end of its answer. */
async function talk(
  { gateway }: Awaited<ReturnType<typeof start>>,
  ...words: Parameters<typeof gateway.channel.say>
) {
  const page = await gateway.connect({ caps: ["runs"] })
  await gateway.channel.say(...words)
  await page.event("chat", ({ message }) => message.role === "assistant")
  await page.close()
}

test("[M1] health tells of every part, and a gateway without channels is healthy", async () => {
  const { client } = await start({ withoutChannel: true })
  expect(await client.request("health", {})).toEqual({
    ok: true,
    ts: expect.any(Number),
    durationMs: expect.any(Number),
    version: "0.0.0-test",
    uptimeMs: expect.any(Number),
    web: { linked: false, authAgeMs: null, state: "off" },
    telegram: { configured: false, state: "off" },
    channels: { memory: { configured: false, state: "off" } },
    agent: { engine: "scripted", state: "ready" },
    storage: { ok: true, path: expect.stringContaining("clawdis.db") },
    config: { ok: true },
    webchat: { state: "off" },
    lagMs: expect.any(Number),
    outbox: { pending: 0, failed: 0, unknown: 0 },
    sessions: { path: expect.any(String), count: 0, recent: [] },
  })
})

test("[M1] of the sessions the five latest are named", async () => {
  const { ask, client } = await start()
  for (const id of [1, 2, 3, 4, 5, 6]) await ask("hi", { sessionKey: `web:${id}` })
  const { sessions } = await client.request("health", {})
  expect(sessions.count).toBe(6)
  expect(sessions.recent).toHaveLength(5)
  expect(sessions.recent[0]).toMatchObject({ key: "web:6", ageMs: expect.any(Number) })
})

test("[M2] status is short: a line for each channel, what waits, who was dropped", async () => {
  const { client, gateway } = await start({ channel: { allowFrom: ["1"] } })
  await gateway.channel.say("let me in", { sender: { id: "9", name: "Eve" } })
  await client.request("system-event", { text: "the door is open" })
  const status = await client.request("status", {})
  expect(status).toMatchObject({
    web: { linked: false, authAgeMs: null },
    providerSummary: ["Memory: connected as memory"],
    queuedSystemEvents: ["the door is open"],
    runs: { active: 0, queued: 0 },
    outbox: { pending: 0, failed: 0, unknown: 0 },
    unknown: [],
    dropped: [{ channel: "memory", id: "9", name: "Eve", count: 1 }],
  })
  expect(JSON.stringify(status)).not.toContain("let me in")
})

test("[M3] system-presence is the list, the gateway first, then the newest", async () => {
  const { client, gateway } = await start()
  await gateway.connect({ client: { name: "later", version: "1", platform: "x", mode: "ui" } })
  const hosts = (await client.request("system-presence", {})).map((entry) => entry.host)
  expect(hosts.slice(1)).toEqual(["later", "test"])
})

test("[M4] a system event is listed, and read as a note with the next turn of main, once", async () => {
  const notes: (readonly string[])[] = []
  const { ask, client } = await start({
    script: (turn) => {
      notes.push(turn.notes)
      return [{ say: "ok" }]
    },
  })
  expect(await client.request("system-event", { text: "the door is open", host: "hall" })).toEqual({
    ok: true,
  })
  expect((await client.request("system-presence", {}))[2]).toMatchObject({
    host: "hall",
    text: "the door is open",
  })
  await ask("hi", { sessionKey: "web:1" })
  await ask("hi")
  await ask("hi again")
  expect(notes).toEqual([[], ["the door is open"], []])
})

test.for([
  ["without text", {}],
  ["with empty text", { text: "" }],
  ["with long text", { text: "x".repeat(257) }],
  ["with 17 tags", { text: "x", tags: Array(17).fill("t") }],
  ["with a long tag", { text: "x", tags: ["t".repeat(33)] }],
  ["with time going backwards", { text: "x", lastInputSeconds: -1 }],
] as const)("[M4, VA17] a system event %s is refused", async ([, params]) => {
  const { refusal } = await start()
  expect(await refusal("system-event", params)).toMatchObject({ code: "INVALID_REQUEST" })
})

test.for([
  ["no message", {}, "message"],
  ["an empty message", { message: "" }, "must not be blank"],
  ["a message of blanks", { message: " \n\u200b" }, "must not be blank"],
  ["characters without width", { message: "\u00a0\u2060\ufeff\u3000" }, "must not be blank"],
  [
    "a long message",
    { message: "x".repeat(1_000_001) },
    "message too long (max 1000000 characters)",
  ],
  ["an unknown thinking", { message: "x", thinking: "banana" }, "off, minimal, low, medium, high"],
  ["timeout 0", { message: "x", timeout: 0 }, "/timeout"],
  ["timeout -1", { message: "x", timeout: -1 }, "/timeout"],
  ["a fraction of a second", { message: "x", timeout: 1.5 }, "/timeout"],
  ["more than a day", { message: "x", timeout: 86_401 }, "86400"],
  ["both session names", { message: "x", sessionKey: "main", sessionId: "s" }, "exclude"],
  ["an unknown conversation", { message: "x", sessionId: "nobody" }, "there is no session"],
  ["an unknown session", { message: "x", sessionKey: "memory:77" }, "there is no session"],
  ["a bad session key", { message: "x", sessionKey: "../main" }, "/sessionKey"],
  ["to beside a session", { message: "x", sessionKey: "main", to: "memory:1" }, "deliver:true"],
  ["nowhere to deliver", { message: "x", deliver: true }, "nowhere to deliver"],
  ["an unknown channel", { message: "x", to: "memory:1", channel: "smoke" }, "channel"],
  ["a to that is none", { message: "x", to: "abc" }, "to: not a phone number or chat id"],
  [
    "nine attachments",
    { message: "x", attachments: Array(9).fill({ mimeType: "a/b", data: "AA==" }) },
    "/attachments",
  ],
  [
    "attachments that are no base64",
    { message: "x", attachments: [{ mimeType: "a/b", data: "?" }] },
    "base64",
  ],
  [
    "6 MiB of attachments",
    { message: "x", attachments: [{ mimeType: "a/b", data: "A".repeat(8_000_000) }] },
    "attachments: too large",
  ],
] as const)(
  "[M6, I3, VA9, VA10, VA15, VA16] agent with %s is refused before it is accepted",
  async ([, params, text]) => {
    const { ask, gateway, refusal } = await start()
    const refused = await refusal("agent", { ...params, idempotencyKey: "key-1" })
    expect(refused).toMatchObject({
      code: "INVALID_REQUEST",
      message: expect.stringContaining(text),
    })
    expect(await ask("with the same key")).toMatchObject({ status: "ok" })
    expect(gateway.channel.sent).toEqual([])
  },
)

test("[M6] a request that names nothing runs in main, one with to in that person's session", async () => {
  const sessions: string[] = []
  const { ask, client } = await start({
    script: (turn) => {
      sessions.push(turn.sessionKey)
      return [{ say: "ok" }]
    },
  })
  await ask("one")
  await ask("two", { to: "", thinking: "default", channel: "webchat" })
  await ask("three", { to: "memory:7" })
  await ask("four", { sessionKey: "web:mine" })
  const { sessionId } = await client.request("chat.history", { sessionKey: "web:mine" })
  await ask("five", { sessionId })
  await ask("six", { sessionKey: "memory:7" })
  expect(sessions).toEqual(["main", "main", "memory:7", "web:mine", "web:mine", "memory:7"])
})

test("[M6] deliver sends the final text too: to whom it names, else to where the session last heard from", async () => {
  const started = await start({ script: [{ say: "the answer" }] })
  const { ask, gateway } = started
  expect(await ask("hi", { to: "memory:7", deliver: true })).toMatchObject({
    status: "ok",
    text: "the answer",
    delivery: { status: "sent", channel: "memory", to: "memory:7", messageId: "out-1" },
  })
  await talk(started, "hello")
  expect(await ask("hi", { sessionKey: "memory:1", deliver: true })).toMatchObject({
    delivery: { status: "sent", channel: "memory", to: "1" },
  })
  expect(
    await ask("hi", { sessionKey: "memory:1", deliver: true, channel: "webchat" }),
  ).not.toHaveProperty("delivery")
  expect(gateway.channel.sent.map((message) => message.chat)).toEqual(["7", "1", "1"])
})

test.for([
  ["refused", "failed"],
  ["unknown", "unknown"],
] as const)("[M6] a delivery that is %s does not fail the run", async ([fault, status]) => {
  const { ask, gateway } = await start({ script: [{ say: "the answer" }] })
  gateway.channel.failNext(fault)
  expect(await ask("hi", { to: "memory:7", deliver: true })).toMatchObject({
    status: "ok",
    text: "the answer",
    delivery: { status, channel: "memory", to: "memory:7" },
  })
})

test("[M6, AG12] the prompt reaches the agent as it was, 200 KB of it too", async () => {
  const prompts: string[] = []
  const { ask } = await start({
    script: (turn) => {
      prompts.push(turn.prompt)
      return [{ say: "ok" }]
    },
  })
  const messages = ["-rf /", "$(id) `id`", " a\nb\r\n", "é😀".repeat(50_000)]
  for (const message of messages) await ask(message)
  expect(prompts.map((prompt, at) => prompt === messages[at])).toEqual([true, true, true, true])
})

test("[M6, T4] an answer that no frame could hold comes truncated, and history keeps it", async () => {
  const { ask, client } = await start({ script: [{ say: "é".repeat(300_000) }] })
  const final = await ask("hi")
  expect(final).toMatchObject({ status: "ok", truncated: true })
  expect(final.text?.length).toBeGreaterThan(10_000)
  expect("é".repeat(300_000).startsWith(final.text ?? "x")).toBe(true)
  for (const text of client.received) {
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(LIMITS.maxSentFrameBytes)
  }
})

test("[M7] main and web sessions have an empty history before they begin, others are unknown", async () => {
  const { client, refusal } = await start()
  for (const sessionKey of ["main", "web:new"]) {
    expect(await client.request("chat.history", { sessionKey })).toEqual({
      sessionKey,
      messages: [],
    })
  }
  expect(await refusal("chat.history", { sessionKey: "memory:1" })).toMatchObject({
    code: "INVALID_REQUEST",
  })
  for (const limit of [0, 201, 1.5]) {
    expect(await refusal("chat.history", { sessionKey: "main", limit })).toMatchObject({
      code: "INVALID_REQUEST",
    })
  }
})

test("[M7] pages lead from the newest to the beginning, oldest first within each, without gap or double", async () => {
  const { ask, client } = await start()
  for (let index = 0; index < 7; index += 1) await ask(`message ${index}`)
  const pages: ChatHistory[] = []
  let before: string | undefined
  do {
    const page = await client.request("chat.history", { sessionKey: "main", limit: 4, before })
    pages.unshift(page)
    before = page.cursor
  } while (before !== undefined)
  const texts = pages.flatMap((page) =>
    page.messages.map((message) => message.parts[0]?.type === "text" && message.parts[0].text),
  )
  expect(texts).toEqual(
    Array.from({ length: 7 }, (_, index) => [`message ${index}`, `message ${index}`]).flat(),
  )
  expect(pages.at(-1)?.messages).toHaveLength(4)
})

test("[T4, M7] pages stay below 96 KiB and frames below 256 KiB, with messages of 1 MB", async () => {
  const long = "\u0001é😀".repeat(30_000)
  const { ask, client, gateway } = await start({
    script: [
      { say: long },
      { tool: { phase: "start", callId: "1", name: "look", input: long } },
      { tool: { phase: "end", callId: "1", name: "look", output: long, ok: true } },
    ],
  })
  const page = await gateway.connect({ caps: ["runs"] })
  for (let index = 0; index < 3; index += 1) await ask("x".repeat(1_000_000))
  let before: string | undefined
  let count = 0
  do {
    const history = await client.request("chat.history", { sessionKey: "main", before })
    expect(Buffer.byteLength(JSON.stringify(history))).toBeLessThanOrEqual(LIMITS.maxHistoryBytes)
    expect(history.messages.length).toBeGreaterThan(0)
    for (const { parts } of history.messages) expect(parts[0]).toMatchObject({ truncated: true })
    count += history.messages.length
    before = history.cursor
  } while (before !== undefined)
  expect(count).toBe(6)
  await page.event("chat", ({ message }) => message.role === "assistant")
  for (const text of [...client.received, ...page.received]) {
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(LIMITS.maxSentFrameBytes)
  }
})

test("[M7] a run under way stands in the history with the number of its last event", async () => {
  const gate = Promise.withResolvers<void>()
  const { ask, client } = await start({
    script: [{ say: "half " }, { wait: gate.promise }, { say: "whole" }],
  })
  const done = ask("hi")
  await client.event("agent", ({ stream }) => stream === "assistant")
  const { running } = await client.request("chat.history", { sessionKey: "main" })
  expect(running).toMatchObject([{ seq: 2, parts: [{ type: "text", text: "half " }] }])
  gate.resolve()
  await done
  const later = await client.request("chat.history", { sessionKey: "main" })
  expect(later).not.toHaveProperty("running")
  expect(later.messages.at(-1)).toMatchObject({ id: running?.[0]?.messageId, status: "ok" })
})

test("[M8] chat.abort stops one run or all of a session, and says whether there was any", async () => {
  const never = new Promise<never>(() => undefined)
  const { ask, client, refusal } = await start({ script: [{ wait: never }] })
  const outcomes = ["one", "two", "three"].map((message) =>
    ask(message, { sessionKey: "web:1" }).catch((error: unknown) => error),
  )
  const { payload } = await client.event("agent")
  while ((await client.request("status", {})).runs.queued < 2) await client.call("health")
  expect(await client.request("chat.abort", { sessionKey: "main" })).toEqual({ aborted: false })
  expect(await client.request("chat.abort", { sessionKey: "web:1", runId: "another" })).toEqual({
    aborted: false,
  })
  expect(await client.request("chat.abort", { sessionKey: "web:1", runId: payload.runId })).toEqual(
    { aborted: true },
  )
  expect(await outcomes[0]).toMatchObject({ code: "UNAVAILABLE", reason: "aborted" })
  expect(await client.request("chat.abort", { sessionKey: "web:1" })).toEqual({ aborted: true })
  for (const outcome of outcomes) expect(await outcome).toMatchObject({ reason: "aborted" })
  expect(await refusal("chat.abort", { sessionKey: "memory:9" })).toMatchObject({
    code: "INVALID_REQUEST",
  })
})
