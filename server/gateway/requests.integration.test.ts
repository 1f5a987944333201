import { once } from "node:events"
import { expect, onTestFinished, test } from "vitest"
import type { ResponseFrame } from "#protocol"
import { CLOSE, LIMITS } from "#protocol"
import { type StartOptions, startGateway } from "../testing/start-gateway.ts"
import { connectClient, type TestClient } from "../testing/test-client.ts"

async function start(options: StartOptions = {}) {
  const gateway = await startGateway(options)
  onTestFinished(() => gateway[Symbol.asyncDispose]())
  return { gateway, client: await gateway.connect() }
}

/** The first response with this id, or with any, of those that arrive from now on. */
async function nextResponse(client: TestClient, id?: string): Promise<ResponseFrame> {
  const from = client.received.length
  for (;;) {
    const frames = client.received.slice(from).map((text) => JSON.parse(text))
    const found = frames.find(
      (frame) => frame.type === "res" && (id === undefined || frame.id === id),
    )
    if (found !== undefined) return found
    await once(client.webSocket, "message")
  }
}

async function answerTo(client: TestClient, frame: unknown): Promise<ResponseFrame> {
  const answer = nextResponse(client)
  client.webSocket.send(typeof frame === "string" ? frame : JSON.stringify(frame))
  return answer
}

function expectInvalid(answer: ResponseFrame, id: string, message: string | RegExp) {
  expect(answer).toMatchObject({ id, ok: false, error: { code: "INVALID_REQUEST" } })
  if (!answer.ok) expect(answer.error.message).toMatch(message)
}

const request = (words: object) => ({ type: "req", id: "1", method: "health", ...words })

test("[R1] a request is answered once, under its id; missing params stand for {}", async () => {
  const { client } = await start()
  expect(await answerTo(client, request({ id: "ü".repeat(64) }))).toMatchObject({
    type: "res",
    id: "ü".repeat(64),
    ok: true,
    payload: { ok: true },
  })
  expect(await answerTo(client, request({ params: {} }))).toMatchObject({ id: "1", ok: true })
})

test.for([
  ["no id", { id: undefined }, "invalid"],
  ["an empty id", { id: "" }, "invalid"],
  ["a number as id", { id: 5 }, "invalid"],
  ["a long id", { id: "x".repeat(129) }, "invalid"],
  ["a huge id", { id: "x".repeat(10_000) }, "invalid"],
  ["type res", { type: "res" }, "1"],
  ["type event", { type: "event", id: "7" }, "7"],
  ["type foo", { type: "foo", id: [] }, "invalid"],
  ["no method", { method: undefined }, "1"],
  ["a key too many", { extra: 1 }, "1"],
] as const)(
  "[R4, VA1, VA2] a frame with %s is told so under its id, and the connection lives",
  async ([, words, id]) => {
    const { client } = await start()
    expectInvalid(await answerTo(client, request(words)), id, /^invalid request frame: /)
    expect(await client.call("system-presence")).toBeInstanceOf(Array)
  },
)

test.for(["null", "[]", "42", '"x"', "true"])("[R4, VA2] the frame %s is told so", async (text) => {
  const { client } = await start()
  expectInvalid(await answerTo(client, text), "invalid", /^invalid request frame: /)
})

test("[R4, VA1] the twentieth invalid frame within a minute closes 1008", async () => {
  const { client } = await start({ divideBy: 1 })
  for (let count = 1; count < LIMITS.maxInvalidFrames; count += 1) await answerTo(client, "{}")
  expect(await client.call("system-presence")).toBeInstanceOf(Array)
  client.webSocket.send("{}")
  expect(await client.closed).toEqual({ code: 1008, reason: "too many invalid frames" })
})

test.for(["", "{", "{} {}", '{"a":1,}', "NaN", "'x'", '{"type":"req"'])(
  "[R4] %j is not JSON and closes 1008 at once",
  async (text) => {
    const { client } = await start()
    client.webSocket.send(text)
    expect(await client.closed).toEqual({ code: 1008, reason: "malformed JSON" })
  },
)

test("[H5, HS13] a second hello closes 1008", async () => {
  const { client } = await start()
  client.webSocket.send(client.received.length > 0 ? '{"type":"hello"}' : "")
  expect(await client.closed).toEqual({ code: 1008, reason: "already connected" })
})

test.for([
  "nothing",
  "constructor",
  "__proto__",
  "toString",
  "hasOwnProperty",
  "Health",
  "health ",
  "chat",
])("[R5, VA3] %s is an unknown method", async (method) => {
  const { client } = await start()
  expectInvalid(await answerTo(client, request({ method })), "1", `unknown method: ${method}`)
})

test("[R6, VA6] an id that still waits is refused, and free again after its answer", async () => {
  const gate = Promise.withResolvers<void>()
  const { client } = await start({ script: [{ wait: gate.promise }] })
  const params = { message: "x", idempotencyKey: "k" }
  expect(await answerTo(client, request({ method: "agent", params }))).toMatchObject({
    payload: { status: "accepted" },
  })
  expectInvalid(await answerTo(client, request({})), "1", "duplicate request id")
  const final = nextResponse(client, "1")
  gate.resolve()
  expect(await final).toMatchObject({ ok: true, payload: { status: "ok" } })
  expect(await answerTo(client, request({}))).toMatchObject({ id: "1", ok: true })
})

test.for([
  ["null", null],
  ["an array", []],
  ["a string", "x"],
  ["a number", 1],
] as const)("[R2, VA4] params that are %s are refused", async ([, params]) => {
  const { client } = await start()
  expectInvalid(await answerTo(client, request({ params })), "1", /params/)
})

test("[R2, VA5] an unknown key is named, also one that names a prototype, and reaches no object", async () => {
  const { client } = await start()
  expectInvalid(await answerTo(client, request({ params: { x: 1 } })), "1", "/x: unknown key")
  const text = '{"type":"req","id":"1","method":"health","params":{"__proto__":{"polluted":1}}}'
  expectInvalid(await answerTo(client, text), "1", "__proto__")
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false)
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined()
})

test.for([
  ["U+0000", "a\0b"],
  ["a lone surrogate", "\uD83D"],
] as const)("[R2, VA10] %s in a string is refused with its path", async ([, message]) => {
  const { client } = await start()
  const params = { message, idempotencyKey: "k" }
  expectInvalid(await answerTo(client, request({ method: "agent", params })), "1", "message")
})

test("[R2, VA19, VA20] a refusal names five problems, quotes 80 characters, escapes them, and stays short", async () => {
  const { client } = await start()
  const refusal = async (params: object) => {
    const answer = await answerTo(client, request({ method: "system-event", params }))
    expectInvalid(answer, "1", "")
    return answer.ok ? "" : answer.error.message
  }
  const name = "\u202Eevil\u0007".padEnd(300, "y")
  const unknown = await refusal({ text: "x", [name]: 1 })
  expect(unknown).toContain("/\\u202eevil\\u0007yyy")
  expect(unknown).not.toContain("y".repeat(80))

  const keys = ["host", "ip", "mode", "version", "platform", "reason", "instanceId"]
  const many = await refusal({ text: 5, ...Object.fromEntries(keys.map((key) => [key, 5])) })
  expect(many.split("; ")).toHaveLength(6)
  expect(many).toMatch(/; and 3 more$/)

  const tags = Array.from({ length: 100_000 }, () => 5)
  expect(await refusal({ text: "x", tags })).toBe("/tags: must have at most 16 tags")
})

test("[T5] what nests deeper than 64 is refused, however deep, and 64 is not", async () => {
  const { client } = await start()
  const nested = (depth: number) =>
    `{"type":"req","id":"deep","method":"health","params":${'{"x":'.repeat(depth)}1${"}".repeat(depth)}}`
  for (const depth of [64, 5_000, 250_000]) {
    expectInvalid(await answerTo(client, nested(depth)), "deep", "too deeply nested")
  }
  expectInvalid(await answerTo(client, nested(63)), "deep", "/x: unknown key")
  expectInvalid(await answerTo(client, "[".repeat(64) + "]".repeat(64)), "invalid", "required")
})

test("[T5, FR12] what nests too deep is answered under its id, cut off as it may be, and closes without one", async () => {
  const { client, gateway } = await start()
  const deep = "[".repeat(LIMITS.maxPayloadBytes - 1_000)
  expectInvalid(await answerTo(client, `{"id":"cut","x":${deep}`), "cut", "too deeply nested")
  expect(await client.request("system-presence", {})).toBeInstanceOf(Array)
  client.webSocket.send(deep)
  expect(await client.closed).toEqual(CLOSE.tooDeep)
  const hello = await connectClient(gateway.url)
  expect(hello.helloOk.type).toBe("hello-ok")
})

test("[R7] more requests than may be open at once are turned away, retryable", async () => {
  const gate = Promise.withResolvers<void>()
  const { client } = await start({ script: [{ wait: gate.promise }] })
  const params = { message: "x", idempotencyKey: "k" }
  for (let id = 0; id < LIMITS.maxOpenRequests; id += 1) {
    client.webSocket.send(JSON.stringify(request({ id: `r-${id}`, method: "agent", params })))
  }
  const late = nextResponse(client, "late")
  client.webSocket.send(JSON.stringify(request({ id: "late" })))
  expect(await late).toMatchObject({
    error: { code: "UNAVAILABLE", retryable: true, details: { reason: "over_capacity" } },
  })
  gate.resolve()
  await nextResponse(client, `r-${LIMITS.maxOpenRequests - 1}`)
})

test("[R7, FR14] of ten thousand requests at once each is answered, and other clients are served meanwhile", async () => {
  const { client, gateway } = await start()
  const other = await gateway.connect()
  const burst = 10_000
  const answers: string[] = []
  const answered = Promise.withResolvers<void>()
  client.webSocket.on("message", (data) => {
    if (String(data).startsWith('{"type":"res","id":"b-')) answers.push(String(data))
    if (answers.length === burst) answered.resolve()
  })
  for (let id = 0; id < burst; id += 1) {
    client.webSocket.send(JSON.stringify(request({ id: `b-${id}`, method: "commands.list" })))
  }
  expect(await other.call("system-presence")).toBeInstanceOf(Array)
  await answered.promise
  const frames = answers.map((text) => JSON.parse(text))
  expect(new Set(frames.map(({ id }) => id)).size).toBe(burst)
  const refused = frames.filter(({ ok }) => !ok)
  expect(refused.length).toBeGreaterThan(0)
  expect(refused.length).toBeLessThan(burst)
  for (const { error } of refused) {
    expect(error).toMatchObject({
      code: "UNAVAILABLE",
      retryable: true,
      retryAfterMs: expect.any(Number),
    })
  }
})
