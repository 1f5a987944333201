import { expect, onTestFinished, test } from "vitest"
import { WebSocket } from "ws"
import { type EventFrame, LIMITS } from "#protocol"
import { createCalmLog } from "../host/calm-log.ts"
import { type Logger, silentLogger } from "../host/logger.ts"
import { createManualClock, type ManualClock } from "../testing/manual-clock.ts"
import { clientFrame, connectRaw, upgradeRequest } from "../testing/raw-client.ts"
import { type StartOptions, startGateway } from "../testing/start-gateway.ts"
import { TEST_HELLO, type TestClient } from "../testing/test-client.ts"

type Script = readonly Extract<NonNullable<StartOptions["script"]>, readonly unknown[]>[number][]

/** A thousand take a while, so they are asked for. */
const CLIENTS = Number(process.env["CLAWDIS_CLIENTS"] ?? 40)
const LONG_MS = 300_000
const RUNS = { caps: ["runs"] }
const PIECE = "x".repeat(30_000)

/** More than leaves for a client that reads nothing. */
const FLOOD: Script = Array.from({ length: 15 }, () => ({ say: PIECE }))

/** A gateway in whose life time passes only when the test says so, and whose warnings are kept. */
async function start(options: StartOptions = {}) {
  const clock = createManualClock()
  const warnings: string[] = []
  const warn = (...words: unknown[]) => void warnings.push(JSON.stringify(words))
  const logger: Logger = { ...silentLogger, warn, error: warn, area: () => logger }
  const calm = createCalmLog({ log: logger, clock })
  const gateway = await startGateway({ clock, divideBy: 1, log: calm.logger, ...options })
  onTestFinished(async () => {
    await settled(clock, gateway.end())
    await gateway[Symbol.asyncDispose]()
  })
  return { clock, gateway, warnings }
}

/** What needs both network and time to come to its end. */
async function settled<Result>(clock: ManualClock, work: Promise<Result>): Promise<Result> {
  let over = false
  const done = work.finally(() => {
    over = true
  })
  while (!over) await clock.advance(100)
  return done
}

async function connectMany(connect: () => Promise<TestClient>, count: number) {
  const clients: TestClient[] = []
  while (clients.length < count) {
    const batch = Math.min(32, count - clients.length)
    clients.push(...(await Promise.all(Array.from({ length: batch }, connect))))
  }
  return clients
}

const ask = (client: TestClient, key = "k") =>
  client.request("agent", { message: "tell", idempotencyKey: key })
const roundTrip = (client: TestClient) => client.call("system-presence")
const isOver = (payload: Extract<EventFrame, { event: "agent" }>["payload"]) =>
  payload.stream === "lifecycle" && payload.data.phase === "ended"
const heardBy = (client: TestClient) =>
  client.events
    .map((frame) => (frame.event === "agent" ? frame.payload : undefined))
    .map((event) => (event?.stream === "assistant" ? event.data.delta : ""))
    .join("")

/** Says hello with a token: how that ended, as the status of HTTP or the first frame, once it has. */
function knock(url: string, token: string): Promise<unknown> {
  const webSocket = new WebSocket(url)
  onTestFinished(() => webSocket.terminate())
  return new Promise((resolve, reject) => {
    webSocket.on("open", () => {
      webSocket.send(JSON.stringify({ type: "hello", ...TEST_HELLO, auth: { token } }))
    })
    webSocket.on("message", (data) => resolve(JSON.parse(String(data))))
    webSocket.on("unexpected-response", (_request, response) => resolve(response.statusCode))
    webSocket.on("error", reject)
  })
}

const GUESSES = 10_000
const GUESS = Buffer.concat([
  Buffer.from(upgradeRequest()),
  clientFrame(JSON.stringify({ type: "hello", ...TEST_HELLO, auth: { token: "a wrong token" } })),
])

/** A guess without a library, whose thousands would take most of the time: all that it was answered. */
async function guessRaw(port: number): Promise<string> {
  const client = await connectRaw(port)
  client.write(GUESS)
  await client.until((text) => text.includes(" 503 ") || text.includes("hello-error"))
  client.socket.destroy()
  return (await client.closed).toString("latin1")
}

test(
  "[E7, FL1] of many clients one stops reading: it is closed 1008 slow consumer, and the others lose nothing",
  async () => {
    const { clock, gateway, warnings } = await start({ script: FLOOD })
    const others = await connectMany(() => gateway.connect(RUNS), CLIENTS - 1)
    const stuck = await gateway.connect(RUNS)
    stuck.webSocket.pause()
    const [asker] = others
    if (asker === undefined) throw new Error("nobody is there")
    await ask(asker)
    await Promise.all(others.map((client) => client.event("agent", isOver)))
    expect(warnings).toEqual([])

    await clock.advance(10_000)
    expect(warnings).toEqual([expect.stringMatching(/does not keep up.*"waitingBytes":\d{6}/)])
    stuck.webSocket.resume()
    expect(await stuck.closed).toEqual({ code: 1008, reason: "slow consumer" })
    for (const client of others) {
      expect(client.gaps).toEqual([])
      expect(heardBy(client)).toBe(PIECE.repeat(FLOOD.length))
      expect(client.webSocket.readyState).toBe(client.webSocket.OPEN)
    }
  },
  LONG_MS,
)

test(
  "[E7, FL1, FL4] clients that do not read are all ended within a second, in one line of the log, and a healthy one is served meanwhile",
  async () => {
    const { clock, gateway, warnings } = await start({ script: FLOOD })
    const healthy = await gateway.connect(RUNS)
    const stuck = await connectMany(() => gateway.connect(RUNS), CLIENTS)
    for (const { webSocket } of stuck) webSocket.pause()
    await ask(healthy)
    expect(await healthy.request("status", {})).toMatchObject({ runs: { active: 0 } })
    await clock.advance(10_000)
    await roundTrip(healthy)
    await clock.advance(1_000)
    for (const { webSocket } of stuck) webSocket.resume()
    await Promise.all(stuck.map((client) => client.closed))
    await clock.advance(3_000)
    await roundTrip(healthy)
    expect(await healthy.request("system-presence", {})).toHaveLength(2)
    expect(healthy.gaps).toEqual([])
    expect(warnings).toHaveLength(1)
    await clock.advance(60_000)
    expect(warnings).toHaveLength(2)
    expect(warnings[1]).toContain(`"repeated":${CLIENTS - 1}`)
  },
  LONG_MS,
)

test("[E7, FL9, FL10, T4] nine megabytes in one moment, and a tool that says one more: nobody who reads is closed, and no frame is too large", async () => {
  const long = "y".repeat(1_000_000)
  const script: Script = [
    ...Array.from({ length: 9 }, () => ({ say: long })),
    { tool: { phase: "start", callId: "c", name: "read", input: long } },
    { tool: { phase: "end", callId: "c", name: "read", output: long, ok: true } },
  ]
  const { gateway, warnings } = await start({ script })
  const asker = await gateway.connect()
  const page = await gateway.connect(RUNS)
  expect(await ask(asker)).toMatchObject({ status: "ok", truncated: true })
  await page.event("agent", isOver)
  const { payload } = await page.event("chat", ({ message }) => message.role === "assistant")
  expect(payload.message.parts.some((part) => "truncated" in part && part.truncated)).toBe(true)
  const { messages } = await page.request("chat.history", { sessionKey: "main" })
  expect(messages.at(-1)).toMatchObject({ role: "assistant", status: "ok" })
  const sizes = [...asker.received, ...page.received].map((text) => Buffer.byteLength(text))
  expect(Math.max(...sizes)).toBeLessThanOrEqual(LIMITS.maxSentFrameBytes)
  expect(warnings).toEqual([])
})

test("[FL8, FL11, A5] whoever asked leaves after the acceptance: the run goes on, is written down, and its key gets the final", async () => {
  const gate = Promise.withResolvers<void>()
  const { gateway } = await start({ script: [{ wait: gate.promise }, { say: "still here" }] })
  const first = await gateway.connect()
  const accepted = Promise.withResolvers<string>()
  const request = { message: "hi", idempotencyKey: "k" }
  const lost = first.request("agent", request, ({ runId }) => accepted.resolve(runId))
  const refused = expect(lost).rejects.toMatchObject({ reason: "connection_lost" })
  const runId = await accepted.promise
  await first.close()
  await refused

  const second = await gateway.connect()
  const again = Promise.withResolvers<string>()
  const final = second.request("agent", request, (ack) => again.resolve(ack.runId))
  expect(await again.promise).toBe(runId)
  gate.resolve()
  expect(await final).toMatchObject({ runId, status: "ok", text: "still here" })
  const { messages } = await second.request("chat.history", { sessionKey: "main" })
  expect(messages.at(-1)).toMatchObject({ role: "assistant", runId, status: "ok" })
})

test("[E3, FL12] ticks come at their time under load, and a loop that was held up shows in health", async () => {
  const { clock, gateway, warnings } = await start({ script: FLOOD })
  const client = await gateway.connect(RUNS)
  const { tickIntervalMs } = client.helloOk.policy
  for (let minute = 0; minute < 10; minute += 1) {
    await ask(client, `k${minute}`)
    await clock.advance(30_000)
    if (minute === 5) clock.holdUp(2_000)
    await clock.advance(28_000)
    if (minute !== 5) await clock.advance(2_000)
    await roundTrip(client)
    if (minute === 5) {
      expect((await client.request("health", {})).lagMs).toBeGreaterThan(1_000)
      expect(warnings).toEqual([expect.stringContaining("the event loop was blocked")])
    }
  }
  const ticks = client.events.flatMap((frame) => (frame.event === "tick" ? frame.payload.ts : []))
  expect(ticks.length).toBeGreaterThan(18)
  for (const [at, ts] of ticks.slice(1).entries()) {
    const sinceMs = ts - (ticks[at] ?? 0)
    expect(Math.abs(sinceMs - tickIntervalMs)).toBeLessThanOrEqual(tickIntervalMs / 10)
  }
})

test("[T8, AU7] after ten wrong tokens every hello waits a second; a wrong one is told when to come back, a right one is let in", async () => {
  const token = "a very secret token"
  const { clock, gateway, warnings } = await start({ token })
  const right = { auth: { token } }
  const wrong = { auth: { token: "a very wrong token!" } }
  const member = await gateway.connect(right)
  for (let guess = 0; guess < LIMITS.maxWrongTokens; guess += 1) {
    // To have none yet is no guess.
    await expect(gateway.connect()).rejects.toThrow("needs a token")
    await expect(gateway.connect(wrong)).rejects.toThrow("unauthorized: the token does not match")
  }
  const late = gateway.connect(right)
  let told: unknown
  const guess = knock(gateway.url, "a very wrong token!").then((frame) => {
    told = frame
  })
  await clock.advance(999)
  for (let turn = 0; turn < 5; turn += 1) await roundTrip(member)
  expect(told).toBeUndefined()
  const [client] = await settled(clock, Promise.all([late, guess]))
  expect(await roundTrip(client)).toBeInstanceOf(Array)
  expect(told).toEqual({
    type: "hello-error",
    code: "UNAUTHORIZED",
    reason: "unauthorized: too many tries",
    retryAfterMs: 1_000,
  })
  expect(warnings).toHaveLength(1)
  expect(warnings.join()).not.toContain("secret")

  await clock.advance(60_000)
  expect((await gateway.connect(right)).helloOk.type).toBe("hello-ok")
  expect(warnings).toHaveLength(2)
  expect(warnings[1]).toContain('"repeated":10')
})

test("[T8, AU8] of ten thousand guesses side by side as many are judged in a second as may wait", async () => {
  const { clock, gateway, warnings } = await start({ token: "a very secret token" })
  for (let guess = 0; guess < LIMITS.maxWrongTokens; guess += 1) {
    await knock(gateway.url, "a very wrong token!")
  }
  const perSecond = GUESSES / 4
  for (let second = 1; second <= 4; second += 1) {
    const judged = new Set<Promise<string>>()
    let turnedAway = 0
    for (let guess = 0; guess < perSecond; guess += 250) {
      const batch = Array.from({ length: 250 }, () => guessRaw(gateway.port))
      for (const end of batch) {
        judged.add(end)
        void end.then((text) => {
          if (!text.includes(" 503 ")) return
          turnedAway += 1
          judged.delete(end)
        })
      }
      const all = guess + batch.length
      await expect
        .poll(() => turnedAway, { interval: 5, timeout: 25_000 })
        .toBeGreaterThanOrEqual(all - LIMITS.maxPendingConnections)
    }
    expect(turnedAway).toBe(perSecond - LIMITS.maxPendingConnections)
    await clock.advance(1_000)
    for (const text of await Promise.all(judged)) expect(text).toContain("too many tries")
    expect(judged.size).toBe(LIMITS.maxPendingConnections)
  }
  expect(warnings).toHaveLength(1)
  await clock.advance(60_000)
  const wrong = LIMITS.maxWrongTokens + 4 * LIMITS.maxPendingConnections
  expect(warnings).toHaveLength(2)
  expect(warnings[1]).toContain(`"repeated":${wrong - 1}`)
})

test("[AU23, VA1] a flood of invalid frames ends with the connection, and is one line in the log", async () => {
  const { gateway, warnings } = await start()
  const floods = await connectMany(() => gateway.connect(), 10)
  for (const { webSocket } of floods) {
    for (let frame = 0; frame < 1_000; frame += 1) webSocket.send('{"type":"res"}')
  }
  for (const client of floods) {
    expect(await client.closed).toEqual({ code: 1008, reason: "too many invalid frames" })
    expect(client.received.length).toBeLessThanOrEqual(LIMITS.maxInvalidFrames + 2)
  }
  expect(warnings).toEqual([expect.stringContaining("too many invalid frames")])
})

test("[D1, SD4] clients that never read hold a shutdown up for less than a second", async () => {
  const { clock, gateway } = await start({ script: FLOOD })
  const healthy = await gateway.connect(RUNS)
  const stuck = await connectMany(() => gateway.connect(RUNS), 5)
  for (const { webSocket } of stuck) webSocket.pause()
  await ask(healthy)
  const from = clock.monotonic()
  await settled(clock, gateway.end())
  expect(clock.monotonic() - from).toBeLessThanOrEqual(1_000)
  expect(await healthy.closed).toMatchObject({ code: 1012 })
  for (const { webSocket } of stuck) webSocket.resume()
})

test("[E1, FL7, SD7] fifty clients come back at once after a restart, and two hundred within a second: all are taken, and each counts from 1", async () => {
  const first = await start()
  const before = await connectMany(() => first.gateway.connect(), 50)
  await first.clock.advance(30_000)
  await before[0]?.event("tick")
  const { port, stateDir } = first.gateway
  await settled(first.clock, first.gateway.end())
  for (const client of before) expect(await client.closed).toMatchObject({ code: 1012 })

  const { clock, gateway } = await start({ stateDir, options: { port } })
  const back: TestClient[] = []
  for (let wave = 0; wave < 4; wave += 1) {
    back.push(...(await Promise.all(before.map(() => gateway.connect()))))
    await clock.advance(250)
  }
  await clock.advance(30_000)
  for (const client of back) {
    await client.event("tick")
    expect(client.events[0]?.seq).toBe(1)
    expect(client.gaps).toEqual([])
  }
})

test("[T6, SD11] after eight hours of sleep one tick comes, not 960, and who is gone is found out within 65 s", async () => {
  const { clock, gateway, warnings } = await start({ timings: { pingIntervalMs: 30_000 } })
  const healthy = await gateway.connect()
  const vanished = await gateway.connect()
  vanished.webSocket.pong = () => undefined
  await clock.advance(10_000)
  clock.holdUp(8 * 3_600_000)
  await roundTrip(healthy)
  await roundTrip(healthy)
  expect(healthy.events.filter((frame) => frame.event === "tick")).toHaveLength(1)
  for (let seconds = 0; seconds < 65; seconds += 5) {
    await clock.advance(5_000)
    await roundTrip(healthy)
    await roundTrip(healthy)
  }
  expect((await vanished.closed).code).toBe(1006)
  expect(healthy.webSocket.readyState).toBe(healthy.webSocket.OPEN)
  expect(healthy.gaps).toEqual([])
  expect(warnings).toEqual([])
})

test("[H3, CR13] a hello that came in time counts, also when the gateway was held up until after its deadline", async () => {
  const { clock, gateway, warnings } = await start()
  const webSocket = new WebSocket(gateway.url)
  const first = new Promise<string>((resolve) => {
    webSocket.on("message", (data) => resolve(String(data)))
  })
  await new Promise((resolve) => webSocket.on("open", resolve))
  await clock.advance(9_000)
  webSocket.send(JSON.stringify({ type: "hello", ...TEST_HELLO }))
  clock.holdUp(5_000)
  expect(JSON.parse(await first)).toMatchObject({ type: "hello-ok" })
  expect(warnings).toEqual([expect.stringContaining("the event loop was blocked")])
  webSocket.terminate()
})

test("[CR13] a loop that was blocked ends no connection, of a client or of a channel", async () => {
  const { clock, gateway } = await start({ timings: { pingIntervalMs: 30_000 }, script: FLOOD })
  const client = await gateway.connect(RUNS)
  for (let time = 0; time < 20; time += 1) {
    await ask(client, `k${time}`)
    clock.holdUp(5_000)
    await roundTrip(client)
    await clock.advance(1_000)
    await roundTrip(client)
  }
  expect(client.gaps).toEqual([])
  expect(client.webSocket.readyState).toBe(client.webSocket.OPEN)
  const { channels } = await client.request("health", {})
  expect(channels["memory"]).toMatchObject({ state: "open" })
})
