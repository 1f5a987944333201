import { once } from "node:events"
import { expect, onTestFinished, test } from "vitest"
import { WebSocket } from "ws"
import { GatewayError } from "#protocol"
import { PNG, startWithMedia } from "../testing/media-rig.ts"
import { type StartOptions, startGateway } from "../testing/start-gateway.ts"
import type { TestClient } from "../testing/test-client.ts"

async function start(options: StartOptions = {}) {
  const gateway = await startGateway(options)
  onTestFinished(() => gateway[Symbol.asyncDispose]())
  return { client: await gateway.connect(), gateway }
}

/** Starts a run and waits until its engine works. */
async function startRun(client: TestClient, key: string, words: object = {}) {
  const accepted = Promise.withResolvers<string>()
  const final = client
    .request("agent", { message: "hi", idempotencyKey: key, ...words }, ({ runId }) =>
      accepted.resolve(runId),
    )
    .then(
      (payload) => payload,
      (error: unknown) => error,
    )
  return { final, runId: await accepted.promise }
}

test("[D1, E5, SD1, SD6] an idle gateway says shutdown once to everybody, then closes 1012", async () => {
  const { client, gateway } = await start({ divideBy: 1 })
  const other = await gateway.connect()
  await gateway.end()
  for (const each of [client, other]) {
    expect(await each.closed).toEqual({ code: 1012, reason: "service restart" })
    const shutdowns = each.events.filter((frame) => frame.event === "shutdown")
    expect(shutdowns.map((frame) => frame.payload)).toEqual([{ reason: "test over" }])
    expect(each.events.at(-1)?.event).toBe("shutdown")
  }
})

test("[D1, HS20] whoever has not said hello when the stop begins is told so at once, whatever still works", async () => {
  const gate = Promise.withResolvers<void>()
  const { client, gateway } = await start({ divideBy: 1, script: [{ wait: gate.promise }] })
  const { final } = await startRun(client, "k")
  const silent = new WebSocket(gateway.url)
  const told: unknown[] = []
  silent.on("message", (data) => told.push(JSON.parse(String(data))))
  const closed = once(silent, "close")
  await once(silent, "open")
  const ended = gateway.end()
  const [code, reason] = await closed
  expect([code, String(reason)]).toEqual([1012, "service restart"])
  const reasonTold = expect.stringMatching(/^shutting down/)
  expect(told).toEqual([{ type: "hello-error", code: "UNAVAILABLE", reason: reasonTold }])
  gate.resolve()
  expect(await final).toMatchObject({ status: "ok" })
  await ended
})

test("[D1, R8, SD2] during the stop new requests are UNAVAILABLE, and work under way may finish", async () => {
  const gate = Promise.withResolvers<void>()
  const { client, gateway } = await start({
    divideBy: 1,
    script: [{ wait: gate.promise }, { say: "just in time" }],
  })
  const { final } = await startRun(client, "k")
  const ended = gateway.end()
  await client.event("shutdown")
  for (const method of ["health", "agent", "send", "nothing"]) {
    const params = method === "health" ? {} : { message: "x", to: "memory:1", idempotencyKey: "k" }
    await expect(client.call(method, params)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      retryable: true,
      reason: "shutting_down",
    })
  }
  gate.resolve()
  expect(await final).toMatchObject({ status: "ok", text: "just in time" })
  await ended
  expect(await client.closed).toMatchObject({ code: 1012 })
})

test("[D1, R8, SD2] a request whose files were still being kept when the stop began is refused, and the stop does not wait", async () => {
  const { client, files, gateway } = await startWithMedia({ divideBy: 1 })
  const { transact } = gateway.database
  const keeping = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  gateway.database.transact = async (work) => {
    if (!String(work).includes("INSERT INTO media")) return transact(work)
    keeping.resolve()
    await held.promise
    return transact(work)
  }
  let accepted = false
  const file = { name: "cat.png", mimeType: "image/png", data: PNG.toString("base64") }
  const params = { message: "look", attachments: [file], idempotencyKey: "k" }
  const asked = client.request("agent", params, () => {
    accepted = true
  })
  const refused = expect(asked).rejects.toMatchObject({ reason: "shutting_down", retryable: true })
  await keeping.promise
  const ended = gateway.end()
  await client.event("shutdown")
  await expect(client.call("health")).rejects.toThrow("shutting down")
  held.resolve()
  await refused
  expect(accepted).toBe(false)
  expect(await files()).toHaveLength(1)
  await ended
  expect(await client.closed).toMatchObject({ code: 1012 })
})

/** So long that a stop which waits for its work never ends. */
const NEVER_MS = 1_000_000_000

test.for(["before", "after"] as const)(
  "[D1, SD1, SD8] a reply whose channel went down %s the stop began does not hold it up, and goes out after the restart",
  async (moment) => {
    const gate = Promise.withResolvers<void>()
    const { client, gateway } = await start({
      divideBy: 1,
      timings: { drainMs: NEVER_MS },
      script: [{ wait: gate.promise }, { say: "late reply" }],
    })
    const page = await gateway.connect({ caps: ["runs"] })
    const { final } = await startRun(client, "k", { deliver: true, to: "memory:1" })
    gateway.channel.disconnect("gone")
    let ended: Promise<void> | undefined
    if (moment === "after") {
      ended = gateway.end()
      await client.event("shutdown")
    }
    gate.resolve()
    await page.event("chat", ({ message }) => message.role === "assistant")
    ended ??= gateway.end()
    expect(await final).toMatchObject({ status: "ok", delivery: { status: "queued" } })
    await ended
    const later = await start({ stateDir: gateway.stateDir })
    while (later.gateway.channel.sent.length === 0) await later.client.call("health")
    expect(later.gateway.channel.sent).toMatchObject([{ chat: "1", text: "late reply" }])
  },
)

test("[D1, S1] a send that waits for its channel is answered at once when the stop begins", async () => {
  const { client, gateway } = await start({
    timings: { sendWaitMs: 60_000, drainMs: 60_000 },
  })
  gateway.channel.disconnect("no network")
  const answer = client
    .request("send", { to: "memory:1", message: "hi", idempotencyKey: "k" })
    .then(
      () => "sent",
      (error: unknown) => error,
    )
  await client.call("health")
  const before = performance.now()
  await gateway.end()
  expect(await answer).toMatchObject({
    code: "UNAVAILABLE",
    retryable: true,
    reason: "shutting_down",
  })
  // The minute that it would have waited, or been waited for, is not.
  expect(performance.now() - before).toBeLessThan(30_000)
})

test("[D1, SD2] a reply that an open channel is sending when the stop begins is waited for", async () => {
  const { client, gateway } = await start({ divideBy: 1, script: [{ say: "on its way" }] })
  const page = await gateway.connect({ caps: ["runs"] })
  const release = gateway.channel.hold()
  const { final } = await startRun(client, "k", { deliver: true, to: "memory:1" })
  await page.event("chat", ({ message }) => message.role === "assistant")
  const ended = gateway.end()
  await client.event("shutdown")
  release()
  expect(await final).toMatchObject({ status: "ok", delivery: { status: "sent" } })
  await ended
})

test("[D1, A2, SD2] what does not finish in time is aborted, and each run has its last answer before the close", async () => {
  const never = new Promise<never>(() => undefined)
  const { client, gateway } = await start({
    script: [{ say: "half" }, { wait: never }],
    divideBy: 40,
  })
  const runs = await Promise.all([
    startRun(client, "a"),
    startRun(client, "b"),
    startRun(client, "c", { sessionKey: "web:c" }),
  ])
  await gateway.end()
  for (const { final, runId } of runs) {
    expect(await final).toMatchObject({
      code: "UNAVAILABLE",
      retryable: false,
      reason: "interrupted",
      details: { runId },
    })
  }
  expect(await client.closed).toMatchObject({ code: 1012 })

  const later = await start({ stateDir: gateway.stateDir })
  const again = await startRun(later.client, "a")
  expect(again.runId).toBe(runs[0]?.runId)
  expect(await again.final).toMatchObject({ reason: "interrupted" })
})

test("[D1] an engine that hears nothing does not hold the stop up", async () => {
  const { client, gateway } = await start({
    divideBy: 40,
    engine: {
      id: "deaf",
      health: () => ({ engine: "deaf", state: "ready" }),
      run: () => new Promise(() => undefined),
      stop: async () => undefined,
    },
  })
  await startRun(client, "k")
  await gateway.end()
  expect(await client.closed).toMatchObject({ code: 1012 })
})

test("[D1, CR6] a /stop whose work the disk refuses does not hold the stop up", async () => {
  const never = new Promise<never>(() => undefined)
  const { gateway } = await start({ script: [{ say: "half" }, { wait: never }] })
  const client = await gateway.connect({ caps: ["runs"] })
  await gateway.channel.say("works")
  await client.event("agent", ({ stream }) => stream === "assistant")
  await startRun(client, "waits", { sessionKey: "memory:1" })
  const { transact } = gateway.database
  const refused = Promise.withResolvers<void>()
  gateway.database.transact = (work) => {
    if (!String(work).includes("endInbox")) return transact(work)
    refused.resolve()
    return Promise.reject(new GatewayError("UNAVAILABLE", "full", { reason: "storage" }))
  }
  await gateway.channel.say("/stop")
  await refused.promise
  await gateway.end()
  expect(await client.closed).toMatchObject({ code: 1012 })
})

test("[D1] a client that does not read does not hold the stop up", async () => {
  const { client, gateway } = await start({ script: [{ say: "x".repeat(200_000) }] })
  client.webSocket.pause()
  for (let key = 0; key < 20; key += 1) {
    client.request("agent", { message: "hi", idempotencyKey: `k${key}` }).catch(() => undefined)
  }
  await gateway.end()
  client.webSocket.resume()
})

test("[D1, D2] after the stop the state folder is free and nothing listens", async () => {
  const { gateway } = await start()
  await gateway.end()
  await expect(gateway.connect()).rejects.toThrow()
  await start({ stateDir: gateway.stateDir })
})

test("[D2, CR15] a second gateway on the same state is refused while the first one runs", async () => {
  const { client, gateway } = await start()
  await expect(startGateway({ stateDir: gateway.stateDir })).rejects.toThrow(
    "another process uses this state folder",
  )
  expect(await client.call("health")).toMatchObject({ ok: true })
})

test("[D1, I4] a reply that was not sent before the stop goes out after the restart", async () => {
  const { client, gateway } = await start({ script: [{ say: "late reply" }] })
  gateway.channel.failNext("unreached", 1_000)
  const page = await gateway.connect({ caps: ["runs"] })
  await gateway.channel.say("hello")
  await page.event("chat", ({ message }) => message.role === "assistant")
  await gateway.end()
  expect(gateway.channel.sent).toEqual([])
  await client.closed
  const later = await start({ stateDir: gateway.stateDir })
  while (later.gateway.channel.sent.length === 0) await later.client.call("health")
  expect(later.gateway.channel.sent).toMatchObject([{ chat: "1", text: "late reply" }])
})
