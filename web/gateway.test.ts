import { expect, test } from "vitest"
import { createGateway, type LinkState } from "./gateway.ts"
import { createFakeNetwork } from "./testing/fake-network.ts"
import { createManualClock, settle } from "./testing/manual-clock.ts"
import { helloOk } from "./testing/samples.ts"

function setUp({ token }: { token?: string } = {}) {
  const clock = createManualClock()
  const network = createFakeNetwork()
  const states: LinkState[] = []
  const events: string[] = []
  const gateway = createGateway({
    clock,
    random: () => 0,
    isVisible: () => true,
    openSocket: network.openSocket,
    fetchBoot: network.fetchBoot,
    client: { name: "webchat", version: "1", platform: "web", mode: "webchat" },
    caps: ["runs"],
    locale: () => "en",
    on: {
      booted: () => true,
      token: () => token,
      state: (state) => void states.push(state),
      event: (frame) => void events.push(frame.event),
      gap: () => void events.push("gap"),
    },
  })
  const at = () => states.at(-1)?.at
  async function becomeReady() {
    gateway.connect()
    await settle()
    network.last.open()
    network.last.say(helloOk)
  }
  const tick = (seq: number) => ({ type: "event", event: "tick", payload: { ts: 0 }, seq })
  return { clock, network, states, events, gateway, at, becomeReady, tick }
}

test("[H1] the first frame is hello, with the client, its capabilities and the token", async () => {
  const { gateway, network } = setUp({ token: "sesame" })
  gateway.connect()
  await settle()
  network.last.open()
  expect(network.last.sent).toEqual([
    {
      type: "hello",
      minProtocol: 1,
      maxProtocol: 1,
      client: { name: "webchat", version: "1", platform: "web", mode: "webchat" },
      caps: ["runs"],
      locale: "en",
      auth: { token: "sesame" },
    },
  ])
})

test("[E3] no frame for two tick intervals closes the socket 4000 and connects anew", async () => {
  const { clock, network, becomeReady, at, tick } = setUp()
  await becomeReady()
  await clock.advance(50_000)
  network.last.say(tick(1))
  await clock.advance(59_999)
  expect(at()).toBe("ready")
  await clock.advance(1)
  expect(network.last.closedWith).toEqual({ code: 4000, reason: "tick timeout" })
  expect(at()).toBe("offline")
  await clock.advance(500)
  expect(network.sockets).toHaveLength(2)
})

test("[WC7] a page that wakes looks at once whether the line is dead", async () => {
  const { clock, network, becomeReady, gateway, at } = setUp()
  await becomeReady()
  await clock.advance(10_000)
  gateway.wake()
  expect(at()).toBe("ready")
  expect(network.sockets).toHaveLength(1)
})

test("[WC3] after a line froze, a question that goes out on a dead connection is soon asked anew", async () => {
  const { clock, network, becomeReady, at } = setUp()
  await becomeReady()
  network.boot = "silent"
  await clock.advance(60_000)
  expect(at()).toBe("offline")
  await clock.advance(500 + 2_499)
  network.boot = { gatewayId: "g1", version: "0.1.0" }
  await clock.advance(1 + 500)
  network.last.open()
  network.last.say(helloOk)
  expect(at()).toBe("ready")
})

test("[E1] lost events are reported before the event that shows them", async () => {
  const { network, becomeReady, events, tick } = setUp()
  await becomeReady()
  network.last.say(tick(1))
  network.last.say(tick(4))
  expect(events).toEqual(["tick", "gap", "tick"])
})

test("[WC1] a gateway that is down is tried again, and the state says when", async () => {
  const { clock, network, gateway, states, at } = setUp()
  network.boot = "unreachable"
  gateway.connect()
  await settle()
  const since = clock.now()
  expect(states.at(-1)).toEqual({ at: "offline", since, retryAt: since + 500 })
  expect(states.at(-1)).not.toHaveProperty("why")
  network.boot = { gatewayId: "g1", version: "0.1.0" }
  await clock.advance(500)
  network.last.open()
  network.last.say(helloOk)
  expect(at()).toBe("ready")
})

test.each([
  ["missing", undefined, undefined],
  ["wrong", "sesame", undefined],
  ["throttled", "sesame", 1_000],
])("[WC9] an unauthorised page stops: %s", async (why, token, retryAfterMs) => {
  const { clock, network, gateway, states } = setUp(token === undefined ? {} : { token })
  gateway.connect()
  await settle()
  network.last.open()
  const error = { type: "hello-error", reason: "unauthorized", code: "UNAUTHORIZED", retryAfterMs }
  network.last.say(error)
  network.last.break(1008, "unauthorized")
  await clock.advance(3_600_000)
  gateway.wake()
  await settle()
  expect(states.at(-1)).toMatchObject({ at: "unauthorised", why })
  expect(network.sockets).toHaveLength(1)
})

test("[WC17] a page of another version stops and says which one is wanted", async () => {
  const { clock, network, gateway, states } = setUp()
  gateway.connect()
  await settle()
  network.last.open()
  network.last.say({
    type: "hello-error",
    reason: "protocol mismatch",
    code: "PROTOCOL_MISMATCH",
    expectedProtocol: 2,
  })
  await clock.advance(3_600_000)
  expect(states.at(-1)).toMatchObject({ at: "incompatible", expected: 2 })
  expect(network.sockets).toHaveLength(1)
})

test("[H3] a close with a known reason is understood without its hello-error", async () => {
  const { network, gateway, at } = setUp()
  gateway.connect()
  await settle()
  network.last.break(1008, "unauthorized")
  expect(at()).toBe("unauthorised")
})

test("[E5] a shutdown is shown as a restart, and waits as long as the gateway expects", async () => {
  const { clock, network, becomeReady, states, at } = setUp()
  await becomeReady()
  const payload = { reason: "config change", restartExpectedMs: 3_000 }
  network.last.say({ type: "event", event: "shutdown", payload, seq: 1 })
  expect(states.at(-1)).toMatchObject({ at: "restarting", reason: "config change" })
  network.last.break(1012, "service restart")
  await clock.advance(3_499)
  expect(network.sockets).toHaveLength(1)
  await clock.advance(1)
  expect(network.sockets).toHaveLength(2)
  expect(at()).toBe("restarting")
})

test("[H3] a gateway that is unavailable is tried again no sooner than it asks", async () => {
  const { clock, network, gateway } = setUp()
  gateway.connect()
  await settle()
  network.last.open()
  network.last.say({ type: "hello-error", reason: "x", code: "UNAVAILABLE", retryAfterMs: 5_000 })
  gateway.wake()
  await clock.advance(4_999)
  expect(network.sockets).toHaveLength(1)
  await clock.advance(1)
  expect(network.sockets).toHaveLength(2)
})

test("waking connects at once instead of waiting", async () => {
  const { network, becomeReady, gateway } = setUp()
  await becomeReady()
  network.last.break()
  gateway.wake()
  await settle()
  expect(network.sockets).toHaveLength(2)
})

test("a socket that was given up is not listened to any more", async () => {
  const { network, becomeReady, gateway, events, tick, at } = setUp()
  await becomeReady()
  const old = network.last
  gateway.connect()
  await settle()
  old.say(tick(1))
  old.break()
  expect(events).toEqual([])
  expect(at()).toBe("connecting")
})

test("a request while nothing is connected fails at once", async () => {
  const { gateway } = setUp()
  await expect(gateway.request("health", {})).rejects.toMatchObject({ reason: "connection_lost" })
})

test("requests under way fail when the connection is lost", async () => {
  const { network, becomeReady, gateway } = setUp()
  await becomeReady()
  const answer = gateway.request("health", {})
  network.last.break()
  await expect(answer).rejects.toMatchObject({ reason: "connection_lost" })
})

test("a hello that nobody answers is given up", async () => {
  const { clock, network, gateway, at } = setUp()
  gateway.connect()
  await settle()
  network.last.open()
  await clock.advance(10_000)
  expect(at()).toBe("offline")
})
