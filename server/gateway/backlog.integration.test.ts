// Many messages at once, late ones, and ones that cannot be read: nobody's stand in the way of others'.

import { expect, onTestFinished, test } from "vitest"
import type { InboundMessage } from "../channels/channel.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import type { StartedGateway, StartOptions } from "../testing/start-gateway.ts"
import { startInbound } from "../testing/start-inbound.ts"
import { breakDisk, mendDisk, openTemporaryStore } from "../testing/temporary-store.ts"

type Sql = Parameters<Parameters<StartedGateway["database"]["transact"]>[0]>[0]

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

async function start(options: StartOptions = {}) {
  const prompts: string[] = []
  const started = await startInbound({
    script: (turn) => {
      prompts.push(turn.prompt)
      return [{ say: `answer ${prompts.length}` }]
    },
    ...options,
  })
  const told = async () => (await started.client.request("status", {})).notices.map((n) => n.text)
  return { ...started, prompts, told, say: started.gateway.channel.say }
}

function message(words: Partial<InboundMessage> = {}): InboundMessage {
  return {
    channel: "memory",
    account: "memory",
    chat: "1",
    messageId: "m",
    order: 1,
    sender: { id: "1" },
    text: "hello",
    ts: Date.now(),
    sessionKey: "memory:1",
    ...words,
  }
}

/** A state folder in whose journal these wait, as an earlier process left them. */
async function journaled(messages: readonly InboundMessage[]): Promise<string> {
  const store = await openTemporaryStore()
  onTestFinished(() => store[Symbol.asyncDispose]())
  for (const waiting of messages) await store.inbox.journal(waiting, Date.now())
  await store.close()
  return store.stateDir
}

test("[WA12] a message that comes live and as a missed one, also at the same moment, has one turn", async () => {
  const { gateway, prompts, quiet, say } = await start()
  const outcomes = await Promise.all([1, 2, 3].map(() => say("hello", { messageId: "m" })))
  expect(outcomes.toSorted()).toEqual(["duplicate", "duplicate", "new"])
  await quiet()
  expect(await say("hello", { messageId: "m" })).toBe("duplicate")
  await quiet()
  expect(prompts).toHaveLength(1)
  expect(gateway.channel.sent).toHaveLength(1)
})

test("[WA14] 500 missed messages are answered in order per chat, and those of another day are only counted", async () => {
  const clock = createManualClock()
  const now = clock.now()
  const { client, gateway, prompts, quiet, say, told } = await start({
    clock,
    timings: { inboundMaxAgeMs: DAY_MS },
  })
  const late = now - DAY_MS - 1
  for (let at = 0; at < 500; at += 1) {
    const chat = String(at % 5)
    const ts = at < 20 ? late : now - 500 + at
    await say(`chat-${chat}-${at}.`, {
      sender: { id: chat },
      chat,
      sessionKey: `memory:${chat}`,
      ts,
    })
  }
  await quiet()
  const answered = prompts.flatMap((prompt) => [...prompt.matchAll(/chat-(\d)-(\d+)\./g)])
  expect(answered).toHaveLength(480)
  for (const chat of ["0", "1", "2", "3", "4"]) {
    const order = answered.filter(([, of]) => of === chat).map(([, , at]) => Number(at))
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    expect(order).toHaveLength(96)
  }
  for (const { text } of gateway.channel.sent) expect(text).toMatch(/^answer/)
  expect((await client.request("status", {})).inbox).toMatchObject({ pending: 0, expired: 20 })
  expect(await told()).toEqual([])
  await clock.advance(MINUTE_MS)
  expect(await told()).toEqual(["20 messages were older than 24 hours and not answered."])
})

test("[WA14] messages of a chat that came out of order are answered by their numbers", async () => {
  const written = [3, 1, 2].map((order) =>
    message({ messageId: `m${order}`, order, text: `number-${order}` }),
  )
  const { prompts, sent } = await start({ stateDir: await journaled(written) })
  await sent(1)
  expect([...(prompts[0] ?? "").matchAll(/number-(\d)/g)].map(([, at]) => at)).toEqual([
    "1",
    "2",
    "3",
  ])
})

test("[A4] what waits is joined within fifty messages, 64 KiB and one chat", async () => {
  const gate = Promise.withResolvers<void>()
  const prompts: string[] = []
  const links = { ada: ["memory:1", "memory:2"] }
  const { client, quiet, say } = await start({
    options: { session: { scope: "per-sender", links, idleMinutes: 0, handoverMinutes: 30 } },
    script: (turn) => {
      prompts.push(turn.prompt)
      return [{ wait: gate.promise }, { say: "ok" }]
    },
  })
  await say("first")
  await client.event("agent")
  for (let at = 0; at < 120; at += 1) await say("short")
  for (let at = 0; at < 3; at += 1) await say("x".repeat(30_000))
  await say("elsewhere", { sender: { id: "2" } })
  await say("here again")
  gate.resolve()
  await quiet()
  const joined = prompts.map((prompt) => [...prompt.matchAll(/^\[message /gm)].length)
  expect(joined).toEqual([1, 50, 50, 22, 1, 1, 1])
  expect(prompts.map((prompt) => prompt.includes("elsewhere")).indexOf(true)).toBe(5)
})

test("[ID14] what came in and waits does not become too old because somebody sets the clock", async () => {
  const clock = createManualClock()
  const gate = Promise.withResolvers<void>()
  const { client, quiet, say, sent } = await start({
    clock,
    timings: { inboundMaxAgeMs: DAY_MS },
    script: (turn) => [{ wait: gate.promise }, { say: `heard ${turn.prompt.includes("second")}` }],
  })
  await say("first", { ts: clock.now() })
  await client.event("agent")
  await say("second", { ts: clock.now() })
  clock.set(2 * DAY_MS)
  gate.resolve()
  await quiet()
  expect(await sent(2)).toEqual(["1: heard false", "1: heard true"])
  expect((await client.request("status", {})).inbox.expired).toBe(0)
})

test("[WA23] how old a message was when it came is told by the service's clock, not by ours", async () => {
  const clock = createManualClock()
  const { client, prompts, quiet, say, sent } = await start({
    clock,
    timings: { inboundMaxAgeMs: DAY_MS },
  })
  for (const wrongMs of [30 * DAY_MS, -30 * DAY_MS]) {
    const now = clock.now() + wrongMs
    await say("fresh", { ts: now, servedAt: now + 1_000 })
    await quiet()
    await say("stale", { ts: now - 2 * DAY_MS, servedAt: now })
    await quiet()
  }
  await sent(2)
  expect(prompts.map((prompt) => /fresh|stale/.exec(prompt)?.[0])).toEqual(["fresh", "fresh"])
  expect((await client.request("status", {})).inbox.expired).toBe(2)
})

test("a late command does nothing, and an old message starts nothing after a restart either", async () => {
  const ts = Date.now() - 2 * DAY_MS
  const late = [message({ ts, text: "/mute" }), message({ ts, messageId: "n" })]
  const { client, gateway, prompts, quiet, say, sent } = await start({
    stateDir: await journaled(late),
    divideBy: 1,
    timings: { healthMinIntervalMs: 1 },
  })
  await quiet()
  expect([prompts, gateway.channel.sent]).toEqual([[], []])
  expect((await client.request("status", {})).inbox.expired).toBe(2)
  await say("hello")
  expect(await sent(1)).toEqual(["1: answer 1"])
})

test("[AU25] a stranger's message from before a restart is not read, marked or answered", async () => {
  const { client, gateway, prompts, quiet } = await start({
    stateDir: await journaled([message({ sender: { id: "9", name: "Eve" } })]),
    channel: { allowFrom: ["1"] },
  })
  await quiet()
  expect([prompts, gateway.channel.sent, gateway.channel.read]).toEqual([[], [], []])
  const { dropped } = await client.request("status", {})
  expect(dropped).toMatchObject([{ id: "9", name: "Eve", count: 1 }])
})

test("a journaled message that cannot be read is left out, told of, and stops nobody", async () => {
  const { channel, account, chat } = message()
  // As a version with another idea of a message might have left it.
  const unreadable = { channel, account, chat, messageId: "odd" } as InboundMessage
  const noText = { ...message({ messageId: "odd too" }), text: undefined } as never
  const noQuote = { ...message({ messageId: "odd as well", chat: "2" }), quoted: {} } as never
  const { prompts, quiet, sent, told } = await start({
    stateDir: await journaled([unreadable, noText, noQuote, message({ messageId: "good" })]),
  })
  expect(await sent(1)).toEqual(["1: answer 1"])
  await quiet()
  expect(prompts).toHaveLength(1)
  expect(await told()).toContain("A message that came in could not be read and is not answered.")
})

test("[I4] while the disk fails nothing that waits is lost, and nothing is answered twice", async () => {
  const gate = Promise.withResolvers<void>()
  const prompts: string[] = []
  const { client, gateway, quiet, say, sent } = await start({
    script: (turn) => {
      prompts.push(turn.prompt)
      return [{ wait: gate.promise }, { say: `answer ${prompts.length}` }]
    },
  })
  await say("one")
  await client.event("agent")
  await say("two")
  await say("/status")
  await sent(1)
  await breakDisk(gateway.database)
  gate.resolve()
  await client.event("agent", ({ data, stream }) => stream === "assistant" && "delta" in data)
  await client.call("system-presence")
  await mendDisk(gateway.database)
  expect((await sent(3)).slice(1)).toEqual(["1: answer 1", "1: answer 2"])
  await quiet()
  expect(prompts).toHaveLength(2)
})

test("one who starts too many runs is not answered for a while, and the operator is told once", async () => {
  const clock = createManualClock()
  const { gateway, prompts, quiet, say, sent, told } = await start({
    clock,
    options: { limits: { runsPerSender: { count: 3, minutes: 10 } } },
  })
  for (let at = 0; at < 6; at += 1) {
    await say(`ping ${at}`)
    await quiet()
  }
  expect(prompts).toHaveLength(3)
  expect(await told()).toEqual([
    "Ada (1) on Memory started 3 runs within 10 minutes and is not answered for a while.",
  ])
  await say("/status")
  await sent(4)
  await say("someone else", { sender: { id: "2" } })
  expect((await sent(5))[4]).toBe("2: answer 4")
  await clock.advance(10 * MINUTE_MS)
  await say("ping again")
  expect((await sent(6))[5]).toBe("1: answer 5")
  expect(gateway.channel.sent).toHaveLength(6)
})

test("the work that a burst makes grows with its length and no faster", async () => {
  const countFor = async (length: number) => {
    const gate = Promise.withResolvers<void>()
    const { client, gateway, quiet, say } = await start({
      script: [{ wait: gate.promise }, { say: "ok" }],
    })
    await say("first")
    await client.event("agent")
    const { database } = gateway
    const { transact } = database
    let count = 0
    const counting = (sql: Sql): Sql => ({
      ...sql,
      all(...query) {
        const rows = sql.all(...query)
        count += rows.length
        return rows
      },
    })
    Object.assign(database, {
      transact: (work: (sql: Sql) => unknown) => {
        count += 1
        return transact((sql) => work(counting(sql)))
      },
    })
    for (let at = 0; at < length; at += 1) {
      await say(`message ${at}`)
      // As from a network: the gateway has looked before the next one comes.
      await new Promise((resolve) => setImmediate(resolve))
    }
    gate.resolve()
    await quiet()
    return count
  }
  const short = await countFor(200)
  const long = await countFor(1_000)
  expect(long / 1_000).toBeLessThan((short / 200) * 1.5)
  expect(long / 1_000).toBeLessThan(20)
})

test("a file that takes long to fetch holds up its own session only, and a stop gives it up", async () => {
  const { client, gateway, prompts, quiet, say, sent, until } = await start()
  const { withheld } = gateway.channel
  withheld.set("r", 0)
  const media = [{ kind: "image", reference: "r", mimeType: "image/png" } as const]
  await say("look", { media })
  await until(() => (withheld.get("r") ?? 0) > 0)
  await say("behind it")
  await say("hello", { sender: { id: "2" } })
  expect(await sent(1)).toEqual(["2: answer 1"])
  await say("/stop")
  expect((await sent(2))[1]).toBe("1: Stopped.")
  await quiet()
  expect(prompts).toHaveLength(1)
  expect((await client.request("status", {})).inbox.pending).toBe(0)
  await say("never mind")
  expect((await sent(3))[2]).toBe("1: answer 2")
  expect(prompts[1]).toMatch(/^\[context: .* look\n.*> behind it\n.*\nnever mind\n/s)
})
