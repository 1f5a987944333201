import { once } from "node:events"
import { expect, onTestFinished, test } from "vitest"
import { WebSocket } from "ws"
import type { EventFrame } from "#protocol"
import { createManualClock } from "../testing/manual-clock.ts"
import { type StartOptions, startGateway } from "../testing/start-gateway.ts"
import { breakDisk, mendDisk } from "../testing/temporary-store.ts"
import type { TestClient } from "../testing/test-client.ts"

/** A gateway in whose life time passes only when the test says so. */
async function start(options: StartOptions = {}) {
  const clock = createManualClock()
  const gateway = await startGateway({ clock, divideBy: 1, ...options })
  onTestFinished(async () => {
    await settled(clock, gateway.end())
    await gateway[Symbol.asyncDispose]()
  })
  return { clock, gateway }
}

/** What needs both network and time to come to its end. */
async function settled<Result>(
  clock: ReturnType<typeof createManualClock>,
  work: Promise<Result>,
): Promise<Result> {
  let over = false
  const done = work.finally(() => {
    over = true
  })
  while (!over) await clock.advance(100)
  return done
}

const namesOf = (client: TestClient) => client.events.map((frame) => frame.event)
const countOf = (client: TestClient, event: EventFrame["event"]) =>
  namesOf(client).filter((name) => name === event).length
const who = (name: string, words: object = {}) => ({
  client: { name, version: "1", platform: "test", mode: "ui", ...words },
})
/** Everything that the gateway has sent until now has arrived. */
const roundTrip = (client: TestClient) => client.call("system-presence")

test("[E3] a tick comes every interval of the policy, with the time", async () => {
  const { clock, gateway } = await start()
  const client = await gateway.connect()
  const { tickIntervalMs } = client.helloOk.policy
  expect(tickIntervalMs).toBe(30_000)
  await clock.advance(tickIntervalMs - 1)
  await roundTrip(client)
  expect(countOf(client, "tick")).toBe(0)
  await clock.advance(1)
  expect(await client.event("tick")).toMatchObject({ payload: { ts: clock.now() } })
  await clock.advance(3 * tickIntervalMs)
  await roundTrip(client)
  expect(countOf(client, "tick")).toBe(4)
})

test("[E1] every connection counts for itself, from 1 without a gap", async () => {
  const { clock, gateway } = await start()
  const first = await gateway.connect({ caps: ["runs"] })
  await clock.advance(60_000)
  const second = await gateway.connect()
  await clock.advance(60_000)
  await first.request("agent", { message: "hi", idempotencyKey: "k" })
  await clock.advance(1_000)
  for (const client of [first, second]) {
    await roundTrip(client)
    expect(client.events.map((frame) => frame.seq)).toEqual(client.events.map((_, at) => at + 1))
    expect(client.gaps).toEqual([])
  }
  expect(first.events.length).toBeGreaterThan(second.events.length)
})

test("[E2, E4] changes that come close together are one presence event with the whole list, and count one each", async () => {
  const { clock, gateway } = await start()
  const client = await gateway.connect()
  await clock.advance(1_000)
  await roundTrip(client)
  const before = client.events.at(-1)
  const count = client.events.length
  const others = await Promise.all(["a", "b", "c"].map((name) => gateway.connect(who(name))))
  await client.call("system-event", { text: "hello", host: "laptop" })
  await clock.advance(99)
  await roundTrip(client)
  expect(client.events).toHaveLength(count)
  await clock.advance(1)
  const { payload, stateVersion } = await client.event(
    "presence",
    ({ presence }) => presence.length === 6,
  )
  expect(
    payload.presence
      .map((entry) => entry.host)
      .slice(1)
      .sort(),
  ).toEqual(["a", "b", "c", "laptop", "test"])
  expect(stateVersion?.presence).toBe((before?.stateVersion?.presence ?? 0) + 1)
  expect(stateVersion?.health).toBe(before?.stateVersion?.health)

  for (const other of others) await other.close()
  await clock.advance(100)
  await client.event("presence", ({ presence }) => presence.length === 3)
})

test("[P2, HS22] two sockets of one instance are one entry, and a cli none", async () => {
  const { clock, gateway } = await start()
  const first = await gateway.connect(who("one", { instanceId: "Phone" }))
  const second = await gateway.connect(who("two", { instanceId: "PHONE" }))
  await gateway.connect(who("gw", { mode: "cli" }))
  const hosts = async () =>
    (await first.request("system-presence", {})).map((entry) => entry.host).slice(1)
  expect(await hosts()).toEqual(["two"])
  await second.close()
  await settled(clock, first.event("presence"))
  expect(await hosts()).toEqual(["two"])
  const [, entry] = await first.request("system-presence", {})
  expect(entry).not.toHaveProperty("ip")
})

test("[WC15, HS22] fifty tabs of one browser are one client, until none of them is left", async () => {
  const { clock, gateway } = await start()
  const watching = await gateway.connect(who("gw", { mode: "cli" }))
  const connect = () => gateway.connect(who("tab", { instanceId: "browser" }))
  const tabs = await Promise.all(Array.from({ length: 50 }, connect))
  expect(await watching.request("system-presence", {})).toHaveLength(2)
  await settled(
    clock,
    watching.event("presence", ({ presence }) => presence.length === 2),
  )
  const left = watching.event("presence", ({ presence }) => presence.length === 1)
  for (const tab of tabs) await tab.close()
  await settled(clock, left)
  expect(await watching.request("system-presence", {})).toHaveLength(1)
})

test("[E9] health is announced with the full snapshot when something that matters changed, and not otherwise", async () => {
  const { clock, gateway } = await start()
  const client = await gateway.connect()
  await clock.advance(1_000)
  await roundTrip(client)
  const before = countOf(client, "health")
  gateway.channel.disconnect("the cable is out")
  await clock.advance(200)
  const { payload, stateVersion } = await client.event(
    "health",
    ({ channels }) => channels["memory"]?.state === "waiting",
  )
  expect(payload).toMatchObject({ ok: true, storage: { ok: true }, sessions: { count: 0 } })
  expect(stateVersion?.health).toBeGreaterThan(client.helloOk.snapshot.stateVersion.health)

  gateway.gateway.touched()
  await clock.advance(10_000)
  await roundTrip(client)
  expect(countOf(client, "health")).toBe(before + 1)
})

test("[M1, E9] a disk that fails is told in requests, in health and by an event, and so is its recovery", async () => {
  const { clock, gateway } = await start()
  const client = await gateway.connect()
  await breakDisk(gateway.database)
  const refused = client.call("agent", { message: "hi", idempotencyKey: "k" })
  await expect(refused).rejects.toMatchObject({
    code: "UNAVAILABLE",
    retryable: true,
    reason: "storage",
  })
  await clock.advance(200)
  await client.event("health", (health) => !health.ok && !health.storage.ok)
  expect(await client.request("health", {})).toMatchObject({ ok: false, storage: { ok: false } })

  await mendDisk(gateway.database)
  expect(await client.request("health", {})).toMatchObject({ ok: true, storage: { ok: true } })
  await clock.advance(200)
  await client.event(
    "health",
    (health) => health.ok && health.ts > client.helloOk.snapshot.health.ts,
  )
  expect(await client.request("agent", { message: "hi", idempotencyKey: "k" })).toMatchObject({
    status: "ok",
  })
})

test("[E6, E10] who has the capability hears every run and conversation, who asked hears the run, others hear nothing", async () => {
  const { clock, gateway } = await start({ script: [{ say: "fine" }] })
  const page = await gateway.connect({ caps: ["runs"] })
  const asker = await gateway.connect()
  const other = await gateway.connect()
  const { runId } = await asker.request("agent", { message: "how?", idempotencyKey: "k" })
  await page.event("chat", ({ message }) => message.role === "assistant")
  await clock.advance(100)
  await page.event("sessions", ({ session }) => session?.key === "main" && !session.running)
  for (const client of [page, asker, other]) await roundTrip(client)

  const chats = page.events.flatMap((frame) => (frame.event === "chat" ? frame.payload : []))
  expect(chats).toMatchObject([
    { sessionKey: "main", message: { role: "user", parts: [{ text: "how?" }] } },
    { sessionKey: "main", message: { role: "assistant", runId, parts: [{ text: "fine" }] } },
  ])
  expect(countOf(page, "agent")).toBe(3)
  expect(countOf(asker, "agent")).toBe(3)
  expect(countOf(asker, "chat") + countOf(asker, "sessions")).toBe(0)
  expect(countOf(other, "agent") + countOf(other, "chat") + countOf(other, "sessions")).toBe(0)

  await page.request("agent", { message: "again", idempotencyKey: "k2" })
  await roundTrip(asker)
  expect(countOf(asker, "agent")).toBe(3)
})

test("[E8] a client that comes back counts anew and gets what it lost by asking", async () => {
  const { clock, gateway } = await start()
  const before = await gateway.connect()
  await clock.advance(60_000)
  await before.close()
  const client = await gateway.connect()
  await clock.advance(30_000)
  expect(await client.event("tick")).toMatchObject({ seq: expect.any(Number) })
  expect(client.events[0]?.seq).toBe(1)
  expect(await client.call("health")).toMatchObject({ ok: true })
  expect(await client.call("system-presence")).toHaveLength(2)
})

test("[H3, HS1] whoever says nothing for 10 s is told and closed, whatever it pings", async () => {
  const { clock, gateway } = await start()
  const webSocket = new WebSocket(gateway.url)
  await once(webSocket, "open")
  await clock.advance(9_000)
  webSocket.ping()
  await once(webSocket, "pong")
  const told = once(webSocket, "message")
  await clock.advance(1_000)
  expect(JSON.parse(String((await told)[0]))).toMatchObject({
    type: "hello-error",
    reason: "handshake timeout",
  })
  const [code, reason] = await once(webSocket, "close")
  expect([code, String(reason)]).toEqual([1008, "handshake timeout"])
})

test("[HS24] a wall clock that jumps an hour moves no deadline", async () => {
  const clock = createManualClock()
  let jumpedMs = 0
  const jumping = { ...clock, now: () => clock.now() + jumpedMs }
  const { gateway } = await start({ clock: jumping })
  const webSocket = new WebSocket(gateway.url)
  await once(webSocket, "open")
  for (jumpedMs of [3_600_000, -3_600_000]) await clock.advance(4_000)
  const told = once(webSocket, "message")
  webSocket.send(JSON.stringify({ type: "hello", minProtocol: 1, maxProtocol: 1, ...who("page") }))
  expect(JSON.parse(String((await told)[0]))).toMatchObject({ type: "hello-ok" })
  await settled(clock, gateway.end())
})

test("[H3] whoever has said hello in time is not closed at its deadline", async () => {
  const { clock, gateway } = await start()
  const client = await gateway.connect()
  await clock.advance(20_000)
  expect(await roundTrip(client)).toBeInstanceOf(Array)
})

test("[HS21] a client that leaves before hello-ok is never listed", async () => {
  const { clock, gateway } = await start()
  const watcher = await gateway.connect()
  const webSocket = new WebSocket(gateway.url)
  await once(webSocket, "open")
  webSocket.send(JSON.stringify({ type: "hello", minProtocol: 1, maxProtocol: 1, ...who("ghost") }))
  webSocket.terminate()
  await once(webSocket, "close")
  for (let turn = 0; turn < 20; turn += 1) await roundTrip(watcher)
  await clock.advance(100)
  await roundTrip(watcher)
  const list = await watcher.request("system-presence", {})
  expect(list.map((entry) => entry.host)).not.toContain("ghost")
})

test("[H2, HS19] hello-ok waits for no channel and says how each stands", async () => {
  const { gateway } = await start()
  gateway.channel.beginConnecting()
  const early = await gateway.connect(who("early"))
  expect(early.helloOk.snapshot.health.channels["memory"]).toMatchObject({ state: "connecting" })
  expect(early.helloOk.snapshot.presence).toHaveLength(2)
  gateway.channel.disconnect("no wind")
  const { helloOk } = await gateway.connect(who("late"))
  expect(helloOk.snapshot.health.channels["memory"]).toMatchObject({
    state: "waiting",
    lastError: "no wind",
  })
})

test("[H3, AU1, AU2] a wrong token is refused on the wire, the right one is shown to nobody", async () => {
  const token = "a very secret token"
  const { clock, gateway } = await start({ token })
  await expect(gateway.connect()).rejects.toThrow(/^unauthorized/)
  await expect(gateway.connect({ auth: { token: `${token}x` } })).rejects.toThrow(/^unauthorized/)
  const client = await gateway.connect({ auth: { token } })
  await client.call("health")
  await client.call("status")
  await clock.advance(60_000)
  await roundTrip(client)
  expect(client.received.join("\n")).not.toContain(token)
})

test("[T6, FR21] a client whose host vanished is ended; one that answers pings stays", async () => {
  const { clock, gateway } = await start({ timings: { pingIntervalMs: 30_000 } })
  const healthy = await gateway.connect(who("healthy"))
  const vanished = await gateway.connect(who("vanished"))
  vanished.webSocket.pong = () => undefined
  for (let seconds = 0; seconds < 70; seconds += 5) {
    await clock.advance(5_000)
    await roundTrip(healthy)
    await roundTrip(healthy)
  }
  expect((await vanished.closed).code).toBe(1006)
  await healthy.event("presence", ({ presence }) =>
    presence.every((entry) => entry.host !== "vanished"),
  )
  expect(healthy.webSocket.readyState).toBe(healthy.webSocket.OPEN)
})

test("[VA16, M6] a person and a conversation at once need deliver, and a channel must be known", async () => {
  const { gateway } = await start()
  const client = await gateway.connect()
  const ask = { message: "hi", idempotencyKey: "k" }
  const { sessionId } = await new Promise<{ sessionId: string }>((resolve) => {
    void client.request("agent", ask, resolve)
  })
  const refusals: [object, string][] = [
    [{ to: "memory:1", sessionId }, "to: with sessionKey or sessionId it needs deliver:true"],
    [
      { to: "memory:1", sessionKey: "main" },
      "to: with sessionKey or sessionId it needs deliver:true",
    ],
    [{ channel: "nonsense" }, "channel: must be one of memory, not nonsense"],
    [{ channel: "nonsense", deliver: true }, "channel: must be one of memory, not nonsense"],
  ]
  for (const [words, expected] of refusals) {
    await expect(
      client.call("agent", { ...ask, idempotencyKey: "other", ...words }),
    ).rejects.toMatchObject({ code: "INVALID_REQUEST", message: expected })
  }
})

test("[M7, T4] a message as long as can be is a page of its own, below the limit", async () => {
  const { gateway } = await start({ script: [{ say: "ok" }] })
  const client = await gateway.connect()
  const long = "漢".repeat(500_000)
  await client.request("agent", { message: long, idempotencyKey: "k" })
  const page = await client.request("chat.history", { sessionKey: "main", limit: 2 })
  const cursor = page.cursor ?? ""
  const older = await client.request("chat.history", { sessionKey: "main", before: cursor })
  const [part] = older.messages[0]?.parts ?? []
  expect(part).toMatchObject({ type: "text", truncated: true })
  for (const text of client.received) expect(Buffer.byteLength(text)).toBeLessThan(97 * 1024)
})
