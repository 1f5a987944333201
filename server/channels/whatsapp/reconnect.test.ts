import { expect, test } from "vitest"
import { failure } from "../contract.ts"
import { AREAS } from "./areas.ts"
import type { End } from "./disconnect.ts"
import { open, prepare } from "./stub-channel.ts"
import { createStubService } from "./stub-library.ts"

const service = (code: number, more: object = {}): End => ({ by: "service", code, ...more })
const lost: End = { by: "library", code: 408, cause: "lost" }

test.for([
  { end: service(515), state: "open", connects: 2, afterMs: 0 },
  { end: lost, state: "waiting", connects: 1, afterMs: 999 },
  { end: lost, state: "open", connects: 2, afterMs: 1_000 },
  {
    end: { by: "library", code: 428, cause: "closed" } as const,
    state: "open",
    connects: 2,
    afterMs: 1_000,
  },
  { end: service(503), state: "waiting", connects: 1, afterMs: 4_999 },
  { end: service(503), state: "open", connects: 2, afterMs: 5_000 },
  { end: service(500), state: "open", connects: 2, afterMs: 1_000 },
  { end: service(440), state: "replaced", connects: 1, afterMs: 59_999 },
  { end: service(440), state: "open", connects: 2, afterMs: 61_000 },
  { end: service(403), state: "banned", connects: 1, afterMs: 3_600_000 },
  { end: service(406), state: "banned", connects: 1, afterMs: 3_600_000 },
  {
    end: service(402, { expiresInMs: 7_200_000 }),
    state: "banned",
    connects: 1,
    afterMs: 7_199_999,
  },
  { end: service(402, { expiresInMs: 7_200_000 }), state: "open", connects: 2, afterMs: 7_201_000 },
  { end: service(409), state: "failed", connects: 1, afterMs: 3_600_000 },
  { end: service(411), state: "failed", connects: 1, afterMs: 3_600_000 },
])("[WA3] $end.code: after $afterMs ms the channel is $state", async (row) => {
  const { channel, clock, service: stub, vault } = await open()
  const before = await vault.get(AREAS.credentials, ["current"])
  stub.socket.close(row.end)
  await clock.advance(row.afterMs)
  expect(channel.health().state).toBe(row.state)
  expect(stub.sockets).toHaveLength(row.connects)
  expect(await vault.get(AREAS.credentials, ["current"])).toEqual(before)
})

test.for([401, 419])("[WA3] %i: logged out, the credentials are set aside", async (code) => {
  const { channel, clock, service: stub, vault, send } = await open()
  stub.socket.close(service(code))
  await clock.advance(3_600_000)
  expect(stub.sockets).toHaveLength(1)
  expect(channel.health()).toMatchObject({
    state: "logged_out",
    linked: false,
    authAgeMs: null,
    lastError: "logged out — run clawdis login",
  })
  expect(vault.counts).toMatchObject({ "credentials-2026-01-01": 1 })
  expect(vault.counts[AREAS.credentials]).toBeUndefined()
  expect(await failure(send("hi"))).toMatchObject({ code: "NOT_LINKED", retryable: false })

  const next = await prepare({ clock, service: stub, vault, linked: false })
  await next.channel.start()
  await clock.advance(60_000)
  expect(next.channel.health()).toMatchObject({ state: "off", linked: false })
  expect(stub.sockets).toHaveLength(1)
})

test("[WA3] a refused account is not linked, for a reason, and keeps its credentials", async () => {
  const { channel, clock, service: stub, send, vault } = await open()
  stub.socket.close(service(403))
  await clock.advance(0)
  expect(channel.health()).toMatchObject({ state: "banned", linked: false })
  expect(await failure(send("hi"))).toMatchObject({ code: "NOT_LINKED", reason: "banned" })
  expect(vault.counts[AREAS.credentials]).toBe(1)
})

test("[WA3] the version is asked for each time that the service calls it outdated", async () => {
  const asked: string[] = []
  const today = ["1033333333", "1044444444"]
  const {
    channel,
    clock,
    service: stub,
  } = await open({
    fetch: async (url) => {
      asked.push(String(url))
      return new Response(`self.x="{\\"client_revision\\":${today.shift()}}"`)
    },
  })
  for (const revision of [1033333333, 1044444444]) {
    stub.socket.close(service(405))
    await clock.advance(0)
    expect(channel.health().state).toBe("open")
    expect(stub.state.versions.at(-1)).toEqual([2, 3000, revision])
  }
  // With the version that is known by now, as long as the service takes it.
  stub.socket.close(lost)
  await clock.advance(1_000)
  expect(stub.state.versions.at(-1)).toEqual([2, 3000, 1044444444])
  expect(asked).toEqual(["https://web.whatsapp.com/sw.js", "https://web.whatsapp.com/sw.js"])
})

test("[WA3] without an answer about the version the known one is tried, and later again", async () => {
  const { channel, clock, service: stub } = await open({ settings: { version: [2, 3000, 1] } })
  stub.greet(service(405))
  stub.socket.close(service(405))
  await clock.advance(3_600_000)
  expect(stub.state.versions).toEqual([
    [2, 3000, 1],
    [2, 3000, 1],
  ])
  expect(channel.health()).toMatchObject({
    state: "failed",
    lastError: "client outdated — update clawdis",
    retryAt: clock.now() + 5 * 3_600_000 + 100,
  })
  await clock.advance(5 * 3_600_000 + 100)
  expect(channel.health().state).toBe("open")
})

test("[WA3] the service is asked for its version for five seconds at most", async () => {
  const {
    channel,
    clock,
    service: stub,
  } = await open({
    fetch: (_url, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener("abort", () => reject(new Error("aborted")))
      }),
  })
  stub.socket.close(service(405))
  await clock.advance(4_999)
  expect(channel.health().state).toBe("connecting")
  await clock.advance(1)
  expect(channel.health().state).toBe("open")
})

test("[WA3] a restart waits until the credentials are saved, and uses the saved ones", async () => {
  const { clock, service: stub, vault } = await open()
  const { handlers, options } = stub.socket
  const release = vault.hold()
  Object.assign(options.credentials, { accountSyncCounter: 1 })
  handlers.credentialsChanged()
  stub.socket.close(service(515))
  await clock.advance(60_000)
  expect(stub.sockets).toHaveLength(1)
  release()
  await clock.advance(0)
  expect(stub.socket.options.credentials.accountSyncCounter).toBe(1)
})

test("[WA4] without a network it waits longer and longer, and connects at once when it returns", async () => {
  const { channel, clock, service: stub, network } = await prepare()
  stub.greet(...Array.from({ length: 6 }, (): End => ({ by: "network", cause: "ENETUNREACH" })))
  await channel.start()
  await clock.advance(20_000)
  expect(channel.health()).toMatchObject({
    state: "waiting",
    lastError: "WhatsApp is out of reach: ENETUNREACH.",
  })
  await clock.advance(12_000)
  expect(stub.sockets).toHaveLength(6)
  network.name = "wlan with an address"
  await clock.advance(5_000)
  expect(channel.health().state).toBe("open")
})

test("[WA4] what the service imposed is not cut short by a change of the network", async () => {
  const { channel, clock, service: stub, network } = await open()
  stub.socket.close(service(402, { expiresInMs: 600_000 }))
  await clock.advance(1_000)
  network.name = "another one"
  await clock.advance(500_000)
  expect(channel.health().state).toBe("banned")
  expect(stub.sockets).toHaveLength(1)
})

test("[WA5] a hundred disconnects leave nothing behind", async () => {
  const { channel, clock, service: stub, lines } = await open()
  const timers = clock.waiting
  for (let round = 0; round < 100; round += 1) {
    stub.socket.close(lost)
    await clock.advance(30_000)
    expect(channel.health().state).toBe("open")
    expect(stub.sockets.filter(({ live }) => live)).toHaveLength(1)
  }
  await clock.advance(60_000)
  expect(clock.waiting).toBeLessThanOrEqual(timers)
  const told = lines.filter((line) => line.includes("not connected"))
  expect(told.length).toBeLessThan(25)
})

test("[WA6] a service that says nothing is given up after 20 s and tried again", async () => {
  const { channel, clock, service: stub } = await prepare()
  stub.greet("silence")
  await channel.start()
  await clock.advance(19_999)
  expect(channel.health().state).toBe("connecting")
  await clock.advance(1)
  expect(channel.health()).toMatchObject({ state: "waiting" })
  await clock.advance(1_000)
  expect(channel.health().state).toBe("open")
})

test("[WA7] a line that was cut without a word is noticed within 65 s", async () => {
  const { channel, clock, service: stub } = await open()
  stub.socket.handlers.heard("iq")
  stub.state.cut = true
  await clock.advance(59_999)
  expect(channel.health().state).toBe("open")
  await clock.advance(1_001)
  expect(channel.health()).toMatchObject({ state: "waiting" })
  expect(channel.health().lastError).toContain("nothing came any more")
  await clock.advance(4_000)
  expect(stub.sockets).toHaveLength(2)
})

/** The service answers every ping; nothing else comes. */
async function answerPings(
  { clock, service: stub }: Awaited<ReturnType<typeof open>>,
  forMs: number,
) {
  for (let passed = 0; passed < forMs; passed += 30_000) {
    if (stub.connected) stub.socket.handlers.heard("iq")
    await clock.advance(30_000)
  }
}

test("[WA8] a session that brings nothing is made anew, and one that is only quiet goes on", async () => {
  const kit = await open()
  await answerPings(kit, 20 * 60_000)
  expect(kit.service.sockets).toHaveLength(2)
  expect(kit.channel.health().state).toBe("open")
  await answerPings(kit, 3 * 3_600_000)
  expect(kit.channel.health().state).toBe("open")
  expect(kit.service.sockets.length).toBeGreaterThan(5)
})

test("[WA8] when new connections bring nothing either, the channel has failed, says so and tries now and then", async () => {
  const kit = await open()
  kit.service.greet("deaf", "deaf", "deaf")
  await answerPings(kit, 61 * 60_000)
  expect(kit.service.sockets).toHaveLength(3)
  expect(kit.channel.health().state).toBe("failed")
  expect(kit.channel.health().lastError).toContain("delivers nothing")
  await answerPings(kit, 10 * 60_000)
  // It is there, but brings nothing: the reason stays until it does.
  expect(kit.service.sockets).toHaveLength(4)
  await answerPings(kit, 20 * 60_000)
  expect(kit.channel.health().state).toBe("failed")
  await answerPings(kit, 11 * 60_000)
  expect(kit.channel.health().state).toBe("open")
  await answerPings(kit, 20 * 60_000)
  expect(kit.channel.health().state).toBe("open")
})

test("[CR13, WA7] what lay unread while the gateway was held up keeps the line; silence ends it", async () => {
  const { channel, clock, service: stub } = await open()
  for (let time = 0; time < 5; time += 1) {
    await clock.advance(59_000)
    clock.holdUp(5_000)
    stub.socket.handlers.heard("iq")
    await clock.advance(0)
    expect(channel.health().state).toBe("open")
  }
  expect(stub.sockets).toHaveLength(1)
  expect(stub.state.pings).toBe(10)
  await clock.advance(60_000)
  expect(channel.health().state).toBe("waiting")
})

test("[WA9] what an older connection still says is ignored, but for its messages", async () => {
  const { channel, clock, service: stub, journaled, send } = await open()
  const old = stub.socket
  old.close(lost)
  await clock.advance(1_000)
  expect(stub.sockets).toHaveLength(2)
  old.handlers.opened()
  old.handlers.closed(service(401))
  old.handlers.code("a code")
  await clock.advance(1_000)
  expect(channel.health()).toMatchObject({ state: "open", linked: true })
  expect(stub.sockets).toHaveLength(2)
  expect(journaled).toEqual([])
  await send("over the new one")
  expect(stub.sent).toMatchObject([{ text: "over the new one" }])
})

test("[CR6] keys that cannot be written end the connection before anything is confirmed", async () => {
  const clock = (await prepare()).clock
  const stub = createStubService(clock)
  const { channel, vault, journaled } = await open({ clock, service: stub })
  vault.fail(new Error("no space left"))
  // Only what ends a connection at once keeps it from saying more.
  stub.state.cut = true
  stub.say("hello")
  await clock.advance(0)
  expect(channel.health()).toMatchObject({ state: "waiting", lastError: "no space left" })
  expect(stub.letters.map(({ confirmed }) => confirmed)).toEqual([false])
  expect(stub.state.refused).toBe(0)
  vault.fail()
  await clock.advance(1_000)
  expect(channel.health().state).toBe("open")
  expect(stub.letters.map(({ confirmed }) => confirmed)).toEqual([true])
  expect(journaled.map(({ text }) => text)).toEqual(["hello"])
})
