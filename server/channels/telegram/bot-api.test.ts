import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { expect, onTestFinished, test } from "vitest"
import { systemClock } from "../../host/clock.ts"
import { createManualClock } from "../../testing/manual-clock.ts"
import { createBotApi } from "./bot-api.ts"
import { describeFailure, type Failure, TelegramError } from "./failure.ts"
import { createStubBotApi, TOKEN } from "./stub-bot-api.ts"
import { createTransport, type Transport } from "./transport.ts"

const options = { timeoutMs: 10_000, signal: new AbortController().signal }
const payload = { chat_id: 42, text: "hello" }

/** The client over a real socket, so that what Node says of a broken connection is real too. */
async function connect(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  const transport = createTransport({
    clock: systemClock,
    route: { by: "direct" },
    connectTimeoutMs: 10_000,
  })
  const api = createBotApi({
    token: TOKEN,
    apiRoot: `http://127.0.0.1:${port}`,
    clock: systemClock,
    random: () => 0.5,
    floodMs: 1_000,
    onTokenRejected: () => undefined,
    transport,
  })
  onTestFinished(async () => {
    transport.close()
    server.closeAllConnections()
    await close()
  })
  return { api, server, close }
}

async function failureOf(call: Promise<unknown>): Promise<Failure> {
  const error = await call.then(
    () => new Error("It did not fail."),
    (reason: unknown) => reason,
  )
  if (!(error instanceof TelegramError)) throw error
  expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain("secret")
  return error.failure
}

test("[CR13] an answer that lay unread while the gateway was held up past its time counts", async () => {
  const clock = createManualClock()
  const arrived = Promise.withResolvers<void>()
  const transport = {
    fetch: async (_url: unknown, { signal }: { readonly signal?: AbortSignal } = {}) => {
      await arrived.promise
      if (signal?.aborted) throw new Error("given up")
      return new Response('{"ok":true,"result":{"message_id":7}}')
    },
    download: () => Promise.reject(new Error("nothing is fetched")),
    close: () => undefined,
  } as unknown as Transport
  const words = { token: TOKEN, apiRoot: "http://127.0.0.1:1", random: () => 0.5, floodMs: 1_000 }
  const api = createBotApi({ ...words, clock, transport, onTokenRejected: () => undefined })
  const sent = api.call("sendMessage", payload, options)
  await clock.advance(8_000)
  clock.holdUp(5_000)
  arrived.resolve()
  expect(await sent).toEqual({ message_id: 7 })
  expect(clock.waiting).toBe(0)
})

test("[TG5] HTML, cut JSON, a reset, a closed connection and a redirect leave the outcome open", async () => {
  const spoiled: RequestListener[] = [
    (_, response) => {
      response.writeHead(502, { "content-type": "text/html" }).end("<html>nginx</html>")
    },
    (_, response) => {
      response.writeHead(200, { "content-length": 100 })
      response.write('{"ok":true,', () => response.socket?.destroySoon())
    },
    (_, response) => response.socket?.resetAndDestroy(),
    (_, response) => response.socket?.end(),
    (_, response) => {
      response.writeHead(307, { location: "/elsewhere" }).end('{"ok":true,"result":true}')
    },
    (_, response) => response.writeHead(200).end("null"),
    (_, response) => response.writeHead(200).end(""),
  ]
  let calls = 0
  const { api } = await connect((request, response) => {
    const spoil = spoiled[calls]
    calls += 1
    request.resume().on("end", () => spoil?.(request, response))
  })
  for (const _ of spoiled) {
    const failed = await failureOf(api.call("sendMessage", payload, options))
    expect(failed.kind).toBe("unanswered")
    // Our own time-out would hide a client that does not notice that the answer is cut.
    expect(describeFailure(failed)).toMatch(/^(connection lost|no usable answer)/)
  }
  expect(calls).toBe(spoiled.length)
})

test("[TG7] a port where nobody listens is surely not reached", async () => {
  const { api, server, close } = await connect(() => undefined)
  server.closeAllConnections()
  await close()
  expect(await failureOf(api.call("sendMessage", payload, options))).toEqual({
    kind: "unreached",
    cause: "cannot connect (ECONNREFUSED)",
  })
})

test("[TG6] a call ends when its time is over, and when the caller gives up", async () => {
  const called = Promise.withResolvers<void>()
  const { api } = await connect((request) => {
    if (request.url?.endsWith("/getFile")) called.resolve()
  })
  const inTime = { ...options, timeoutMs: 20 }
  expect(await failureOf(api.call("getMe", {}, inTime))).toEqual({
    kind: "unanswered",
    cause: "no answer within 20 ms",
  })
  const caller = new AbortController()
  const failed = failureOf(
    api.call("getFile", { file_id: "x" }, { ...options, signal: caller.signal }),
  )
  await called.promise
  caller.abort()
  expect((await failed).kind).toBe("unanswered")
  const late = api.call("getMe", {}, { ...options, signal: caller.signal })
  expect((await failureOf(late)).kind).toBe("unreached")
})

test("an answer comes back as the service gave it", async () => {
  const { api } = await connect((_, response) => {
    response.end(JSON.stringify({ ok: true, result: { id: 7 } }))
  })
  expect(await api.call("getMe", {}, options)).toEqual({ id: 7 })
})

function stubbed() {
  const clock = createManualClock()
  const stub = createStubBotApi(clock)
  const rejected: string[] = []
  const api = createBotApi({
    token: TOKEN,
    apiRoot: "http://stub",
    clock,
    random: () => 0,
    floodMs: 1_000,
    onTokenRejected: (error) => rejected.push(error.message),
    transport: stub.transport,
  })
  return { api, stub, clock, rejected }
}

test("[TG4] a flood wait holds one method back and no other", async () => {
  const { api, stub, clock } = stubbed()
  stub.fault("sendMessage", { code: 429, retryAfter: 37 })
  await failureOf(api.call("sendMessage", payload, options))
  await clock.advance(36_999)
  expect(await failureOf(api.call("sendMessage", payload, options))).toMatchObject({
    code: 429,
    retryAfterMs: 1,
  })
  expect(stub.calls).toHaveLength(1)
  await api.call("getMe", {}, options)
  await clock.advance(1)
  await api.call("sendMessage", payload, options)
})

test("[TG4] a flood wait without a length, or with a silly one, has a sane one", async () => {
  const { api, stub } = stubbed()
  stub.fault("sendMessage", { code: 429 })
  stub.fault("getUpdates", { code: 429, retryAfter: 1e12 })
  await failureOf(api.call("sendMessage", payload, options))
  await failureOf(api.call("getUpdates", {}, options))
  expect(api.heldBackMs("sendMessage")).toBe(1_000)
  expect(api.heldBackMs("getUpdates")).toBe(86_400_000)
})

test("[TG2] after a rejected token no call is made at all", async () => {
  const { api, stub, rejected } = stubbed()
  stub.fault("sendMessage", { code: 401, description: "Unauthorized" })
  await failureOf(api.call("sendMessage", payload, options))
  await failureOf(api.call("getMe", {}, options))
  expect(stub.calls).toHaveLength(1)
  expect(rejected).toEqual(["sendMessage failed: 401 Unauthorized"])
})
