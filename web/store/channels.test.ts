import { expect, test } from "vitest"
import { GatewayError, type HealthSnapshot, type MethodName } from "#protocol"
import { createFakeRequests } from "../testing/fake-requests.ts"
import { createManualClock, settle } from "../testing/manual-clock.ts"
import { health } from "../testing/samples.ts"
import { actionKey, createChannels } from "./channels.ts"

const ANNA = { channel: "post", id: "+15550111" }
const LOOKS: readonly MethodName[] = ["status", "senders.list", "outbox.list"]

function setUp(offers: readonly MethodName[] = LOOKS) {
  const clock = createManualClock()
  const gateway = createFakeRequests()
  const healths: HealthSnapshot[] = []
  const channels = createChannels({
    gateway: gateway.requests,
    clock,
    connection: { offers: (method) => offers.includes(method) },
    setHealth: (health) => healths.push(health),
  })
  return {
    clock,
    gateway,
    channels,
    healths,
    stateOf: (key: string) => channels.actions.value.get(key),
    async told({ dropped = [], allowed = [], deliveries = [] }: Readonly<Partial<Told>> = {}) {
      await gateway.answer("status", { dropped })
      await gateway.answer("senders.list", { allowed, configured: [] })
      await gateway.answer("outbox.list", { deliveries })
    },
  }
}

type Told = Record<"dropped" | "allowed" | "deliveries", readonly object[]>

test("[M15] whoever is allowed stops being a stranger once the gateway says so", async () => {
  const { channels, gateway, stateOf, told } = setUp()
  channels.watch()
  await told({ dropped: [ANNA] })
  expect(channels.details.value.dropped).toEqual([ANNA])
  void channels.allow(ANNA)
  expect(stateOf(actionKey.sender(ANNA))).toEqual({ at: "busy" })
  expect(await gateway.answer("senders.allow", ANNA)).toEqual(ANNA)
  expect(stateOf(actionKey.sender(ANNA))).toEqual({ at: "busy" })
  await told({ allowed: [ANNA] })
  expect(stateOf(actionKey.sender(ANNA))).toBeUndefined()
  expect(channels.details.value).toMatchObject({ allowed: [ANNA], dropped: [] })
})

test("[M15] what the gateway refuses is said beside the row, until it is tried again", async () => {
  const { channels, gateway, stateOf, told } = setUp()
  channels.watch()
  await told()
  void channels.remove(ANNA)
  await gateway.refuse("senders.remove", new GatewayError("INVALID_REQUEST", "It is configured."))
  expect(stateOf(actionKey.sender(ANNA))).toMatchObject({
    at: "failed",
    error: { message: "It is configured." },
  })
  await told()
  void channels.remove(ANNA)
  expect(stateOf(actionKey.sender(ANNA))).toEqual({ at: "busy" })
  void channels.remove(ANNA)
  expect(gateway.waiting.filter((method) => method === "senders.remove")).toHaveLength(1)
})

test("[M16] a message in doubt goes out again only with force", async () => {
  const { channels, gateway } = setUp()
  void channels.retry("a", { force: false })
  expect(await gateway.answer("outbox.retry", {})).toEqual({ id: "a" })
  void channels.retry("b", { force: true })
  expect(await gateway.answer("outbox.retry", {})).toEqual({ id: "b", force: true })
  void channels.drop("c")
  expect(await gateway.answer("outbox.drop", {})).toEqual({ id: "c" })
})

test("the details are looked up while somebody looks, and again when something changed meanwhile", async () => {
  const { channels, clock, gateway, told } = setUp()
  channels.healthChanged()
  await clock.advance(60_000)
  expect(gateway.waiting).toEqual([])
  const stop = channels.watch()
  channels.healthChanged()
  channels.healthChanged()
  expect(gateway.waiting).toEqual(LOOKS)
  await told({ deliveries: [{ id: "old" }] })
  await told({ deliveries: [{ id: "new" }] })
  expect(gateway.waiting).toEqual([])
  expect(channels.details.value.deliveries).toEqual([{ id: "new" }])
  await clock.advance(10_000)
  expect(gateway.waiting).toEqual(LOOKS)
  await told({ deliveries: [{ id: "a", state: "sending" }] })
  await clock.advance(1_000)
  expect(gateway.waiting).toEqual(LOOKS)
  await told()
  await clock.advance(9_999)
  expect(gateway.waiting).toEqual([])
  channels.healthChanged()
  stop()
  await told()
  await clock.advance(60_000)
  expect(gateway.waiting).toEqual([])
})

test("the health is looked up as well, for what changes in it without a word", async () => {
  const { channels, gateway, healths } = setUp(["health"])
  channels.watch()
  await gateway.answer("health", health)
  expect(healths).toEqual([health])
})

test("what this gateway does not offer is not asked for", async () => {
  const { channels, gateway } = setUp(["status"])
  channels.watch()
  expect(gateway.waiting).toEqual(["status"])
  await gateway.answer("status", { dropped: [ANNA] })
  expect(channels.details.value).toMatchObject({ dropped: [ANNA], deliveries: undefined })
  expect(channels.refresh.value).toBe("idle")
})

test("a look that failed keeps what is shown, and one that was forgotten brings nothing back", async () => {
  const { channels, gateway, told } = setUp()
  channels.watch()
  await told({ dropped: [ANNA] })
  channels.healthChanged()
  await gateway.refuse("status", new GatewayError("UNAVAILABLE", "Busy."))
  await settle()
  expect(channels.refresh.value).toBe("failed")
  expect(channels.details.value.dropped).toEqual([ANNA])
  channels.healthChanged()
  channels.forget()
  await gateway.answer("status", { dropped: [ANNA] })
  await gateway.answer("senders.list", { allowed: [], configured: [] })
  await gateway.answer("outbox.list", { deliveries: [] })
  await gateway.answer("senders.list", { allowed: [], configured: [] })
  await gateway.answer("outbox.list", { deliveries: [] })
  expect(channels.details.value.dropped).toBeUndefined()
})
