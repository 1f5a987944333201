import { expect, onTestFinished, test } from "vitest"
import type { InboundMessage } from "../channels/channel.ts"
import { createMemorySlot } from "../testing/memory-slot.ts"
import { startInbound } from "../testing/start-inbound.ts"
import { openTemporaryStore } from "../testing/temporary-store.ts"
import { createSessionScope, type SessionSettings } from "./session-scope.ts"

const MINUTE_MS = 60_000

async function create(words: Partial<SessionSettings> = {}) {
  const store = await openTemporaryStore()
  onTestFinished(() => store[Symbol.asyncDispose]())
  const slot = createMemorySlot()
  const busy = new Set<string>()
  const scope = createSessionScope({
    settings: { scope: "per-sender", links: {}, idleMinutes: 0, ...words },
    sessions: store.sessions,
    channels: { get: (id) => (id === "memory" ? slot : undefined) },
    isBusy: (key) => busy.has(key),
  })
  return { busy, scope }
}

function message(words: Partial<InboundMessage> = {}): InboundMessage {
  return {
    channel: "memory",
    account: "bot",
    chat: "7",
    messageId: "m",
    order: 1,
    sender: { id: "7", aliases: ["lid:7"] },
    text: "hello",
    ts: 0,
    sessionKey: "memory:7",
    ...words,
  }
}

const group = { group: { id: "-5", mentioned: true }, sessionKey: "memory:group:-5" }
const target = (chat: string) => ({ channel: "memory", chat, sessionKey: `memory:${chat}` })

test("[M6] the scope decides for direct chats; a group has always its own session", async () => {
  const perSender = (await create()).scope
  expect(perSender.ofMessage(message())).toBe("memory:7")
  expect(perSender.ofTarget(target("7"))).toBe("memory:7")
  const { scope } = await create({ scope: "main" })
  expect(scope.ofMessage(message())).toBe("main")
  expect(scope.ofTarget(target("7"))).toBe("main")
  expect(scope.ofMessage(message(group))).toBe("memory:group:-5")
  expect(scope.ofTarget({ ...target("-5"), sessionKey: "memory:group:-5" })).toBe("memory:group:-5")
})

test.for(["per-sender", "main"] as const)(
  "[M6] one person's linked ids share a session, with the scope %s",
  async (scopeName) => {
    const links = { ada: ["pigeon:1", "memory: 7 "], bo: ["memory:lid:8"] }
    const { scope } = await create({ scope: scopeName, links })
    expect(scope.ofMessage(message())).toBe("link:ada")
    expect(scope.ofTarget(target("7"))).toBe("link:ada")
    const bo = { id: "8", aliases: ["lid:8"] }
    expect(scope.ofMessage(message({ sender: bo, sessionKey: "memory:8" }))).toBe("link:bo")
    expect(scope.ofMessage(message(group))).toBe("memory:group:-5")
  },
)

test("a conversation that was silent for longer than the idle minutes ends, unless something runs", async () => {
  const { busy, scope } = await create({ idleMinutes: 10 })
  const openAt = (at: number) => scope.open("memory:7", { channel: "memory", at })
  const first = await openAt(0)
  expect((await openAt(10 * MINUTE_MS)).sessionId).toBe(first.sessionId)
  busy.add("memory:7")
  expect((await openAt(10 * MINUTE_MS + 1)).sessionId).toBe(first.sessionId)
  busy.clear()
  const second = await openAt(10 * MINUTE_MS + 1)
  expect(second.sessionId).not.toBe(first.sessionId)
  expect((await openAt(20 * MINUTE_MS)).sessionId).toBe(second.sessionId)
})

test("without idle minutes a conversation never ends by itself", async () => {
  const { scope } = await create()
  const first = await scope.open("main", { channel: "webchat", at: 0 })
  const later = await scope.open("main", { channel: "webchat", at: 1e12 })
  expect(later.sessionId).toBe(first.sessionId)
})

test("[M6] messages of two chats and a request to one of them meet in the linked session", async () => {
  const links = { ada: ["memory:1", "memory:2"] }
  const { client, gateway, sent } = await startInbound({
    options: { session: { scope: "per-sender", links, idleMinutes: 0, handoverMinutes: 30 } },
    script: (turn) => [{ say: turn.sessionKey }],
  })
  await gateway.channel.say("hi", { sender: { id: "1" } })
  await sent(1)
  await gateway.channel.say("hi", { sender: { id: "2" } })
  expect(await sent(2)).toEqual(["1: link:ada", "2: link:ada"])
  const request = { message: "hi", to: "memory:2", deliver: true, idempotencyKey: "k" }
  expect(await client.request("agent", request)).toMatchObject({ text: "link:ada" })
  expect((await sent(3))[2]).toBe("2: link:ada")
})
