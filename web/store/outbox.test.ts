import fc from "fast-check"
import { expect, test } from "vitest"
import { type AgentAck, type AgentFinal, GatewayError } from "#protocol"
import type { Requests } from "../gateway.ts"
import { createManualClock, type ManualClock, settle } from "../testing/manual-clock.ts"
import { createFakeBrowser, createMemoryOutbox } from "../testing/memory-outbox.ts"
import { createMemoryStorage } from "../testing/memory-storage.ts"
import { createOutbox, type Outbox, type RunEnd } from "./outbox.ts"
import type { SentEntry } from "./outbox-entry.ts"

interface Sent {
  readonly key: string
  readonly message: string
  readonly sessionKey: string
  ack(runId: string): void
  finish(runId: string): void
  fail(error: GatewayError): void
}

function createFakeAgent() {
  const sent: Sent[] = []
  const gateway: unknown = {
    request(_method: string, params: unknown, options?: { onAck?: (ack: AgentAck) => void }) {
      const words = params as { idempotencyKey: string; message: string; sessionKey: string }
      const { idempotencyKey: key, message, sessionKey } = words
      return new Promise((resolve, reject) => {
        sent.push({
          key,
          message,
          sessionKey,
          ack: (runId) =>
            options?.onAck?.({ runId, status: "accepted", sessionKey, sessionId: "s" }),
          finish: (runId) => resolve({ runId, status: "ok", summary: "" } satisfies AgentFinal),
          fail: reject,
        })
      })
    },
  }
  return { sent, gateway: gateway as Requests }
}

interface Browser {
  readonly clock?: ManualClock
  readonly storage?: ReturnType<typeof createMemoryOutbox>
  readonly tabs?: ReturnType<typeof createFakeBrowser>
  readonly legacy?: string
  readonly name?: string
  readonly agent?: ReturnType<typeof createFakeAgent>
  readonly shown?: string
  readonly knowsGateway?: boolean
  readonly isNew?: (sessionKey: string) => boolean
  readonly isGone?: (sessionKey: string) => Promise<boolean>
}

/** A tab that is not connected to its gateway, and knows it unless that is left to the test. */
async function openTab(browser: Browser = {}) {
  const {
    clock = createManualClock(),
    storage = createMemoryOutbox(),
    tabs = createFakeBrowser(),
    agent = createFakeAgent(),
    name = "k",
    shown = "main",
    knowsGateway = true,
    isNew = () => false,
    isGone = async () => false,
  } = browser
  const ends: RunEnd[] = []
  const accepted: string[] = []
  const taken: SentEntry[] = []
  let keys = 0
  const outbox = createOutbox({
    gateway: agent.gateway,
    clock,
    storage,
    tabs: tabs.openTabs(),
    isShown: (sessionKey) => sessionKey === shown,
    isNew,
    isGone,
    createKey: () => {
      keys += 1
      return `${name}${keys}`
    },
    on: {
      accepted: ({ runId }) => void accepted.push(runId),
      ended: (end) => void ends.push(end),
      taken: (sent) => void taken.push(...sent),
    },
  })
  const legacy = createMemoryStorage(browser.legacy === undefined ? {} : { outbox: browser.legacy })
  const meetGateway = async () => {
    outbox.belongTo("g", legacy)
    await settle()
  }
  if (knowsGateway) await meetGateway()
  const add = (text: string, sessionKey = "main") => outbox.add({ sessionKey, text })
  const connect = async () => {
    outbox.connected()
    await settle()
  }
  return {
    accepted,
    add,
    clock,
    connect,
    ends,
    legacy,
    meetGateway,
    outbox,
    sent: agent.sent,
    states: () => statesOf(outbox),
    storage,
    taken,
  }
}

const statesOf = ({ entries }: Outbox) =>
  entries.value.map(({ key, state }) => `${key} ${state.at}`)
const lost = new GatewayError("UNAVAILABLE", "Lost.", { reason: "connection_lost" })

test("what is written offline goes out in order, one at a time", async () => {
  const { sent, add, connect } = await openTab()
  await add("one")
  await add("two")
  expect(sent).toEqual([])
  await connect()
  expect(sent.map(({ message }) => message)).toEqual(["one"])
  sent[0]?.ack("r1")
  expect(sent.map(({ message }) => message)).toEqual(["one", "two"])
})

test("a message is the caller's until it is kept, and is sent only then", async () => {
  const { outbox, sent, storage, add, connect } = await openTab()
  await connect()
  const go = storage.hold()
  const added = add("one")
  await settle()
  expect(outbox.entries.value).toEqual([])
  expect(sent).toEqual([])
  go()
  expect(await added).toBe(true)
  expect(sent).toHaveLength(1)
})

test("[WC14] what was under way when the connection was lost is sent again under its key", async () => {
  const { outbox, sent, add, connect, states } = await openTab()
  await connect()
  await add("one")
  sent[0]?.fail(lost)
  outbox.disconnected()
  await settle()
  expect(states()).toEqual(["k1 queued"])
  await connect()
  expect(sent.map(({ key }) => key)).toEqual(["k1", "k1"])
})

test("[A1] what is accepted is the gateway's: it is not kept and not sent again", async () => {
  const { outbox, sent, storage, add, connect, states } = await openTab()
  await connect()
  await add("one")
  expect(storage.kept).toMatchObject([{ key: "k1", text: "one" }])
  sent[0]?.ack("r1")
  outbox.disconnected()
  await connect()
  expect(states()).toEqual(["k1 accepted"])
  expect(storage.kept).toEqual([])
  expect(sent).toHaveLength(1)
  outbox.arrived(["k1"])
  expect(states()).toEqual([])
})

test("[WC5] what has arrived is not sent again", async () => {
  const { outbox, sent, storage, add, connect, states } = await openTab()
  await connect()
  await add("one")
  outbox.arrived(["k1"])
  outbox.disconnected()
  await connect()
  expect(sent).toHaveLength(1)
  expect(states()).toEqual([])
  expect(storage.kept).toEqual([])
})

test("nothing blank is ever sent", async () => {
  const { sent, add, connect } = await openTab()
  await connect()
  expect(await add(" \n")).toBe(false)
  expect(sent).toEqual([])
})

test("[R3] a refusal that had no effect is tried again by itself, under its key", async () => {
  const { clock, sent, add, connect, states } = await openTab()
  await connect()
  await add("one")
  const options = { retryable: true, retryAfterMs: 3_000 }
  sent[0]?.fail(new GatewayError("UNAVAILABLE", "Over capacity.", options))
  await settle()
  expect(states()).toEqual(["k1 waiting"])
  await clock.advance(3_000)
  expect(sent.map(({ key }) => key)).toEqual(["k1", "k1"])
})

test("what the gateway puts off holds up its own conversation and no other", async () => {
  const { clock, sent, add, connect } = await openTab()
  await connect()
  await add("a1", "web:a")
  await add("a2", "web:a")
  await add("b1", "web:b")
  const options = { retryable: true, retryAfterMs: 1_000 }
  sent[0]?.fail(new GatewayError("UNAVAILABLE", "Over capacity.", options))
  await settle()
  expect(sent.map(({ message }) => message)).toEqual(["a1", "b1"])
  sent[1]?.ack("r1")
  await clock.advance(1_000)
  sent[2]?.ack("r2")
  expect(sent.map(({ message }) => message)).toEqual(["a1", "b1", "a1", "a2"])
})

test("any other refusal waits for the person, keeps all, and does not hold up what follows", async () => {
  const browser = { storage: createMemoryOutbox() }
  const { outbox, sent, add, connect, states } = await openTab(browser)
  await connect()
  const files = [{ name: "a.txt", mimeType: "text/plain", bytes: 2, data: "aGk=" }]
  await outbox.add({ sessionKey: "main", text: "one", files })
  await add("two")
  sent[0]?.fail(new GatewayError("INVALID_REQUEST", "No."))
  await settle()
  expect(states()).toEqual(["k1 failed", "k2 sending"])
  outbox.disconnected()
  await connect()
  expect(states()).toEqual(["k1 failed", "k2 sending"])
  const { outbox: reloaded } = await openTab(browser)
  expect(reloaded.entries.value[0]).toMatchObject({ text: "one", files, state: { at: "failed" } })
})

test("[T4, WC14] what is too large for a connection is not sent again by itself, and what follows is sent", async () => {
  const browser = { storage: createMemoryOutbox() }
  const { outbox, sent, add, connect, states, ends } = await openTab(browser)
  await connect()
  await add("far too long")
  await add("two")
  const closed = { reason: "connection_lost", details: { closeCode: 1009 } } as const
  sent[0]?.fail(new GatewayError("UNAVAILABLE", "Lost.", closed))
  outbox.disconnected()
  await settle()
  expect(states()).toEqual(["k1 failed", "k2 queued"])
  await connect()
  expect(sent.map(({ key }) => key)).toEqual(["k1", "k2"])
  // What was accepted was not too large: its run goes on.
  sent[1]?.ack("r2")
  sent[1]?.fail(new GatewayError("UNAVAILABLE", "Lost.", closed))
  await settle()
  expect(states()).toEqual(["k1 failed", "k2 accepted"])
  expect(ends).toEqual([])
  const reloaded = await openTab(browser)
  expect(reloaded.states()).toEqual(["k1 failed"])
})

test("[A2] the end of a run is told whether or not the row is still here", async () => {
  const { outbox, sent, add, connect, ends, accepted } = await openTab()
  await connect()
  await add("one")
  outbox.arrived(["k1"])
  sent[0]?.ack("r1")
  sent[0]?.fail(new GatewayError("AGENT_TIMEOUT", "Too late."))
  await settle()
  expect(accepted).toEqual(["r1"])
  expect(ends).toMatchObject([{ runId: "r1", error: { code: "AGENT_TIMEOUT" } }])
})

test("a reload brings back what was not sent, under its keys and in order", async () => {
  const browser = { storage: createMemoryOutbox() }
  const { add } = await openTab(browser)
  for (const text of ["one", "two", "three"]) await add(text)
  const { connect, sent, states, taken } = await openTab(browser)
  expect(states()).toEqual(["k1 queued", "k2 queued", "k3 queued"])
  expect(taken).toContainEqual(expect.objectContaining({ key: "k1", text: "one" }))
  await connect()
  for (const index of [0, 1, 2]) sent[index]?.ack(`r${index}`)
  expect(sent.map(({ key, message }) => [key, message])).toEqual([
    ["k1", "one"],
    ["k2", "two"],
    ["k3", "three"],
  ])
})

test("[I1] what left so long ago that its key may be forgotten is not sent again unasked", async () => {
  const browser = { storage: createMemoryOutbox(), clock: createManualClock() }
  const first = await openTab(browser)
  await first.connect()
  await first.add("one")
  await first.add("never left")
  first.outbox.stop()
  await browser.clock.advance(24 * 60 * 60 * 1_000)
  const { connect, outbox, sent, states } = await openTab(browser)
  await connect()
  expect(states()).toEqual(["k1 uncertain", "k2 sending"])
  sent[0]?.ack("r2")
  outbox.missing("k1")
  expect(outbox.entries.value[0]?.state).toEqual({ at: "uncertain", missing: true })
  outbox.resend("k1")
  expect(sent.map(({ key }) => key)).toEqual(["k2", "k1"])
})

test("what cannot be kept is sent all the same, and that is said", async () => {
  const { connect, outbox, storage, add, sent } = await openTab()
  storage.fill()
  expect(await add("one")).toBe(true)
  expect(outbox.unkept.value).toBe(true)
  await connect()
  expect(sent.map(({ message }) => message)).toEqual(["one"])
})

test("[WC14] what is kept and cannot be read for a while stays, and is sent", async () => {
  const { connect, sent, states, storage, add } = await openTab()
  await add("one")
  await add("two")
  storage.hide(true)
  await connect()
  expect(states()).toEqual(["k1 sending", "k2 queued"])
  sent[0]?.ack("r1")
  expect(sent.map(({ message }) => message)).toEqual(["one", "two"])
})

test("[WC19] what was not sent to a conversation that is deleted stands in the main one, in all tabs, and waits for the person", async () => {
  const { first, second, shared } = await openTwo()
  await first.add("refused", "web:a")
  await settle()
  first.sent[0]?.fail(new GatewayError("INVALID_REQUEST", "No."))
  await settle()
  for (const tab of [first, second]) tab.outbox.disconnected()
  const files = [{ name: "a.txt", mimeType: "text/plain", bytes: 2, data: "aGk=" }]
  await first.outbox.add({ sessionKey: "web:a", text: "queued", files, retryOf: "r0" })
  await first.add("elsewhere", "web:b")
  // Of a question there is nothing left to ask again.
  await first.outbox.add({ sessionKey: "web:a", text: "", retryOf: "r0" })
  await settle()
  for (const tab of [first, second]) {
    tab.outbox.sessionGone("web:a", { isOwnWish: false })
    await settle()
  }
  for (const tab of [first, second]) {
    expect(tab.states()).toEqual(["a1-moved failed", "a2-moved failed", "a3 queued"])
    expect(tab.outbox.entries.value[1]).toMatchObject({ sessionKey: "main", text: "queued", files })
    // The main conversation has no such run to try again.
    expect(tab.outbox.entries.value[1]).not.toHaveProperty("retryOf")
  }
  expect(shared.storage.kept.map(({ key }) => key)).toEqual(["a1-moved", "a2-moved", "a3"])
  await second.connect()
  second.sent[0]?.ack("r1")
  second.outbox.resend("a2-moved")
  expect(second.sent.map(({ key, sessionKey }) => [key, sessionKey])).toEqual([
    ["a3", "web:b"],
    ["a2-moved", "main"],
  ])
})

test("[WC19] what was written for a conversation that was deleted while no page was open stands in the main one, and is not sent", async () => {
  const before = await openTab()
  await before.add("for one that is gone", "web:gone")
  await before.add("for one that is there", "web:there")
  await before.add("home")
  const asked: string[] = []
  const answers = new Map([
    ["web:gone", Promise.withResolvers<boolean>()],
    ["web:there", Promise.withResolvers<boolean>()],
  ])
  const { connect, outbox, sent, states } = await openTab({
    storage: before.storage,
    isGone: (sessionKey) => {
      asked.push(sessionKey)
      return answers.get(sessionKey)?.promise ?? Promise.resolve(true)
    },
  })
  await connect()
  // What is not in doubt waits for none of them.
  expect(sent.map(({ message }) => message)).toEqual(["home"])
  expect(asked).toEqual(["web:gone", "web:there"])
  sent[0]?.ack("r")
  answers.get("web:there")?.resolve(false)
  answers.get("web:gone")?.resolve(true)
  await settle()
  expect(sent.map(({ message }) => message)).toEqual(["home", "for one that is there"])
  expect(states()).toEqual(["k1-moved failed", "k2 sending", "k3 accepted"])
  expect(outbox.entries.value[0]).toMatchObject({ sessionKey: "main" })
})

test("[WC19] what begins a conversation is sent though nobody has it, and an answer that comes too late counts no more", async () => {
  const before = await openTab({ isNew: () => true })
  await before.add("the first", "web:new")
  const other = await openTab({ storage: before.storage, name: "o" })
  await other.add("the second", "web:new")
  await other.add("elsewhere", "web:old")
  const answers: ((isGone: boolean) => void)[] = []
  const { connect, outbox, sent } = await openTab({
    storage: before.storage,
    isGone: () => new Promise((resolve) => answers.push(resolve)),
  })
  await connect()
  expect(sent.map(({ message }) => message)).toEqual(["the first"])
  sent[0]?.ack("r")
  expect(sent.map(({ message }) => message)).toEqual(["the first", "the second"])
  sent[1]?.ack("r2")
  outbox.disconnected()
  await connect()
  answers[0]?.(true)
  await settle()
  expect(sent).toHaveLength(2)
  answers[1]?.(false)
  await settle()
  expect(sent.map(({ message }) => message)).toEqual(["the first", "the second", "elsewhere"])
})

test("[WC19] what was under way to a conversation while it was deleted begins it anew, or stands in the main one", async () => {
  const { first, second, shared } = await openTwo()
  await first.add("refused", "web:a")
  await first.add("welcome", "web:b")
  await settle()
  for (const tab of [first, second]) {
    tab.outbox.sessionGone("web:a", { isOwnWish: false })
  }
  first.sent[0]?.fail(new GatewayError("INVALID_REQUEST", "There is no such session."))
  await settle()
  for (const tab of [first, second]) {
    expect(tab.states()).toEqual(["a1-moved failed", "a2 sending"])
    tab.outbox.sessionGone("web:b", { isOwnWish: false })
  }
  expect(shared.storage.kept.map(({ key }) => key)).toEqual(["a1-moved", "a2"])
  first.sent[1]?.ack("r")
  // It is a conversation again, in which something may fail like anywhere.
  await first.add("later", "web:b")
  first.sent[2]?.fail(new GatewayError("INVALID_REQUEST", "No."))
  await settle()
  expect(first.states()).toContain("a3 failed")
})

test("[WC19] whoever deletes a conversation deletes what was not sent to it, in all tabs, whichever hears of it first", async () => {
  for (const isFirst of [true, false]) {
    const { first, second, shared } = await openTwo()
    await first.add("refused", "web:a")
    await settle()
    first.sent[0]?.fail(new GatewayError("INVALID_REQUEST", "No."))
    await first.add("under way", "web:a")
    await settle()
    const isOwnWish = (tab: unknown) => ({ isOwnWish: tab === first })
    for (const tab of isFirst ? [first, second] : [second, first]) {
      tab.outbox.sessionGone("web:a", isOwnWish(tab))
    }
    await settle()
    // What is under way has left: should it come, it begins the conversation anew.
    for (const tab of [first, second]) expect(tab.states()).toEqual(["a2 sending"])
    expect(shared.storage.kept.map(({ key }) => key)).toEqual(["a2"])
  }
})

test("entries of an earlier version of the page are taken over once; what does not look like them is not", async () => {
  const entry = { sessionKey: "main", createdAt: 1, state: { at: "sending" } }
  const legacy = JSON.stringify([
    { ...entry, key: "old1", text: "one" },
    { key: 1 },
    null,
    { ...entry, key: "old2", text: "two" },
  ])
  const tab = await openTab({ legacy })
  await settle()
  expect(tab.states()).toEqual(["old1 queued", "old2 queued"])
  expect(tab.storage.kept.map(({ key }) => key)).toEqual(["old1", "old2"])
  expect(tab.legacy.read("outbox")).toBeUndefined()
})

test("what was written before anybody answered is for whoever does; what was for another one is not", async () => {
  const storage = createMemoryOutbox()
  const { connect, outbox, sent, add, states } = await openTab({ storage })
  await add("for g")
  outbox.belongTo("other", createMemoryStorage())
  await settle()
  expect(states()).toEqual([])
  await connect()
  expect(sent).toEqual([])
  expect(storage.kept).toMatchObject([{ text: "for g" }])
})

async function openTwo({ withLocks = true } = {}) {
  const shared = {
    storage: createMemoryOutbox(),
    tabs: createFakeBrowser({ withLocks }),
    clock: createManualClock(),
  }
  const first = await openTab({ ...shared, name: "a" })
  const second = await openTab({ ...shared, name: "b" })
  await first.connect()
  await second.connect()
  return { first, second, shared }
}

test("[WC5] of two tabs one sends, in the order of writing, and both show it", async () => {
  const { first, second } = await openTwo()
  await first.add("one")
  await second.add("two")
  await settle()
  for (const tab of [first, second]) expect(tab.states()).toEqual(["a1 sending", "b1 queued"])
  first.sent[0]?.ack("r1")
  await settle()
  expect(first.sent.map(({ message }) => message)).toEqual(["one", "two"])
  expect(second.sent).toEqual([])
  expect(second.states()).toEqual(["a1 accepted", "b1 sending"])
  expect(second.accepted).toEqual(["r1"])
})

test("[WC15] of fifty tabs one sends what each of them wrote, once, and all show it", async () => {
  const shared = {
    clock: createManualClock(),
    storage: createMemoryOutbox(),
    tabs: createFakeBrowser(),
  }
  const tabs = await Promise.all(
    Array.from({ length: 50 }, (_, n) => openTab({ ...shared, name: `${n} ` })),
  )
  for (const tab of tabs) await tab.connect()
  for (const [n, tab] of tabs.entries()) await tab.add(`words ${n}`)
  await settle()
  const [leading, ...others] = tabs
  for (let n = 0; n < tabs.length; n += 1) {
    leading?.sent[n]?.ack(`r${n}`)
    await settle()
  }
  expect(leading?.sent.map(({ message }) => message)).toEqual(tabs.map((_, n) => `words ${n}`))
  expect(others.flatMap(({ sent }) => sent)).toEqual([])
  for (const tab of tabs) expect(tab.states()).toEqual(tabs.map((_, n) => `${n} 1 accepted`))
})

test("[WC5] the same draft sent in two tabs at once is one message", async () => {
  const { first, second, shared } = await openTwo()
  const draft = { sessionKey: "main", text: "one", key: "d" }
  await Promise.all([first.outbox.add(draft), first.outbox.add(draft), second.outbox.add(draft)])
  await settle()
  for (const tab of [first, second]) expect(tab.states()).toEqual(["d sending"])
  first.sent[0]?.ack("r1")
  first.outbox.arrived(["d"])
  second.outbox.arrived(["d"])
  expect(await second.outbox.add(draft)).toBe(true)
  await settle()
  expect(first.sent).toHaveLength(1)
  expect(shared.storage.kept).toEqual([])
})

test("[WC14] when the tab that sends is closed or loses its line, another one goes on under the same keys", async () => {
  const { first, second } = await openTwo()
  await first.add("one")
  await second.add("two")
  await settle()
  first.outbox.stop()
  await settle()
  expect(second.sent.map(({ key }) => key)).toEqual(["a1"])
  second.sent[0]?.ack("r1")
  expect(second.sent.map(({ key }) => key)).toEqual(["a1", "b1"])
})

test("a tab that knows nothing of it hands the sending over to one that is connected", async () => {
  const { first, second } = await openTwo()
  first.outbox.disconnected()
  await first.add("one")
  await settle()
  expect(first.sent).toEqual([])
  expect(second.sent.map(({ key }) => key)).toEqual(["a1"])
  expect(first.states()).toEqual(["a1 sending"])
})

test("what one tab discards or sends again, it does in all", async () => {
  const { first, second, shared } = await openTwo()
  await second.add("one")
  await settle()
  first.sent[0]?.fail(new GatewayError("INVALID_REQUEST", "No."))
  await settle()
  expect(second.states()).toEqual(["b1 failed"])
  second.outbox.resend("b1")
  await settle()
  expect(first.sent.map(({ key }) => key)).toEqual(["b1", "b1"])
  first.sent[1]?.fail(new GatewayError("INVALID_REQUEST", "No."))
  await settle()
  second.outbox.discard("b1")
  await settle()
  for (const tab of [first, second]) expect(tab.states()).toEqual([])
  expect(shared.storage.kept).toEqual([])
})

test("a tab that is opened later is told how things stand", async () => {
  const { first, shared } = await openTwo()
  await first.add("one")
  await settle()
  const third = await openTab({ ...shared, name: "c" })
  expect(third.states()).toEqual(["a1 sending"])
})

test("[WC5] what a tab took before it knew its gateway is sent by the tab that leads", async () => {
  const { first, shared } = await openTwo()
  const third = await openTab({ ...shared, name: "c", knowsGateway: false })
  await third.add("one")
  await settle()
  expect(first.sent).toEqual([])
  await third.meetGateway()
  expect(first.sent.map(({ message }) => message)).toEqual(["one"])
  expect(third.states()).toEqual(["c1 sending"])
})

test("[WC5] what another tab's gateway accepted for a conversation out of sight is left to its history", async () => {
  const { first, second, shared } = await openTwo()
  const elsewhere = await openTab({ ...shared, name: "c", shown: "web:a" })
  await first.add("one")
  await settle()
  expect(elsewhere.states()).toEqual(["a1 sending"])
  first.sent[0]?.ack("r1")
  await settle()
  expect(elsewhere.states()).toEqual([])
  // Where it is in sight it stays until its row has come.
  expect(second.states()).toEqual(["a1 accepted"])
  // Should the gateway turn out not to have it, it can be sent again from there.
  second.outbox.missing("a1")
  second.outbox.resend("a1")
  await settle()
  for (const tab of [first, second, elsewhere]) expect(tab.states()).toEqual(["a1 sending"])
})

test("where tabs cannot choose one of them, each sends its own, and all show everything", async () => {
  const { first, second, shared } = await openTwo({ withLocks: false })
  await first.add("one")
  await second.add("two")
  await settle()
  expect(first.sent.map(({ message }) => message)).toEqual(["one"])
  expect(second.sent.map(({ message }) => message)).toEqual(["two"])
  for (const tab of [first, second]) expect(tab.states()).toEqual(["a1 sending", "b1 sending"])
  first.outbox.stop()
  second.outbox.stop()
  const third = await openTab({ ...shared, name: "c" })
  await third.connect()
  third.sent[0]?.ack("r")
  expect(third.sent.map(({ message }) => message)).toEqual(["one", "two"])
})

test("a tab that sends its own does not wait for what another one sends", async () => {
  const { first, second, shared } = await openTwo({ withLocks: false })
  first.outbox.disconnected()
  for (const text of ["one", "three"]) await first.add(text)
  await settle()
  const again = await openTab({ ...shared, name: "c" })
  await second.add("two")
  await again.connect()
  again.sent[0]?.ack("r1")
  expect(again.sent.map(({ message }) => message)).toEqual(["one", "three"])
  expect(second.sent.map(({ message }) => message)).toEqual(["two"])
})

test("a word of a tab that makes no sense changes nothing", async () => {
  const { first, shared } = await openTwo()
  await first.add("one")
  await settle()
  const stranger = shared.tabs.openTabs().join("clawdis:g:outbox", () => undefined)
  for (const word of [null, 1, "put", { kind: "x" }, { kind: "put", entry: {} }]) {
    stranger.tell(word)
  }
  for (const word of [
    { kind: "state", key: "a1", state: { at: "toString" } },
    { kind: "removed", keys: [1] },
    { kind: "ended", end: {} },
  ]) {
    stranger.tell(word)
  }
  await settle()
  expect(first.states()).toEqual(["a1 sending"])
})

// Tabs that write, lose the line, are closed and opened, in any order, before a gateway that knows keys.
type Step =
  | { readonly do: "write" | "connect" | "disconnect" | "reopen"; readonly tab: number }
  | { readonly do: "answer" }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constantFrom(
      "write" as const,
      "connect" as const,
      "disconnect" as const,
      "reopen" as const,
    ),
    tab: fc.integer({ min: 0, max: 2 }),
  }),
  fc.record({ do: fc.constant("answer" as const) }),
)

test("[WC5, WC14] whatever tabs do, each message is run once and none is lost", async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(step, { maxLength: 40 }), async (withLocks, steps) => {
      const agent = createFakeAgent()
      const shared = {
        storage: createMemoryOutbox(),
        tabs: createFakeBrowser({ withLocks }),
        clock: createManualClock(),
        agent,
      }
      const ran = new Map<string, string>()
      const written: string[] = []
      let opened = 0
      const open = () => {
        opened += 1
        return openTab({ ...shared, name: `t${opened}-` })
      }
      const tabs = [await open(), await open(), await open()]
      let answered = 0
      const answer = async () => {
        const request = agent.sent[answered]
        if (request === undefined) return
        answered += 1
        if (!ran.has(request.key)) ran.set(request.key, request.message)
        request.ack(`r-${request.key}`)
        await settle()
      }
      for (const next of steps) {
        if (next.do === "answer") await answer()
        else {
          const tab = tabs[next.tab]
          if (next.do === "connect") await tab?.connect()
          if (next.do === "disconnect") tab?.outbox.disconnected()
          if (next.do === "write") {
            const text = `m${written.length}`
            written.push(text)
            await tab?.add(text)
          }
          if (next.do === "reopen") {
            tab?.outbox.stop()
            tabs[next.tab] = await open()
          }
        }
        await settle()
      }
      for (const tab of tabs) {
        tab.outbox.disconnected()
        await tab.connect()
      }
      while (answered < agent.sent.length) await answer()
      expect([...ran.values()].toSorted()).toEqual(written.toSorted())
      if (withLocks) expect([...ran.values()]).toEqual(written)
      expect(shared.storage.kept).toEqual([])
    }),
    { numRuns: 150 },
  )
})
