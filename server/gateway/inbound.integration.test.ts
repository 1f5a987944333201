// From a message in to a reply out, on a real gateway with a channel in memory.

import { expect, onTestFinished, test } from "vitest"
import { GatewayError } from "#protocol"
import type { InboundMessage } from "../channels/channel.ts"
import { type StartOptions, startGateway } from "../testing/start-gateway.ts"
import { breakDisk, mendDisk, openTemporaryStore } from "../testing/temporary-store.ts"

async function start(options: StartOptions = {}) {
  const gateway = await startGateway(options)
  onTestFinished(() => gateway[Symbol.asyncDispose]())
  const client = await gateway.connect({ caps: ["runs"] })
  /** Until this many messages have gone out; a request and its answer pass meanwhile. */
  const sent = async (count: number) => {
    while (gateway.channel.sent.length < count) await client.call("system-presence")
    return gateway.channel.sent.map(({ chat, text }) => `${chat}: ${text}`)
  }
  /** Until the gateway has nothing to do. */
  const quiet = async () => {
    for (let calm = 0; calm < 5; ) {
      const { outbox, runs } = await client.request("status", {})
      calm = runs.active + runs.queued + outbox.pending === 0 ? calm + 1 : 0
    }
  }
  return { client, gateway, quiet, sent }
}

const group = (words: Partial<NonNullable<InboundMessage["group"]>> = {}) => ({
  group: { id: "-5", title: "Team", mentioned: true, ...words },
})

test("[I4] a message that comes twice is answered once", async () => {
  const { gateway, quiet, sent } = await start({ script: [{ say: "hello back" }] })
  expect(await gateway.channel.say("hello", { messageId: "m" })).toBe("new")
  expect(await gateway.channel.say("hello", { messageId: "m" })).toBe("duplicate")
  await sent(1)
  expect(await gateway.channel.say("hello", { messageId: "m" })).toBe("duplicate")
  await quiet()
  expect(gateway.channel.sent).toMatchObject([{ chat: "1", text: "hello back" }])
})

test("[A4] messages that come while a run works are the next turn, together and in order", async () => {
  const gate = Promise.withResolvers<void>()
  const prompts: string[] = []
  const { client, gateway, sent } = await start({
    script: (turn) => {
      prompts.push(turn.prompt)
      return prompts.length === 1
        ? [{ wait: gate.promise }, { say: "first" }]
        : [{ say: `answer ${prompts.length}` }]
    },
  })
  await gateway.channel.say("one")
  await client.event("agent")
  for (const text of ["two", "three", "four"]) await gateway.channel.say(text)
  gate.resolve()
  expect(await sent(2)).toEqual(["1: first", "1: answer 2"])
  expect(prompts).toHaveLength(2)
  const [, second = ""] = prompts
  expect(["two", "three", "four"].map((text) => second.includes(text))).toEqual([true, true, true])
  expect(second.indexOf("two")).toBeLessThan(second.indexOf("three"))
  expect(second.indexOf("three")).toBeLessThan(second.indexOf("four"))
})

test.for([
  ["a direct chat", {}],
  ["a group in which anyone may speak", group()],
] as const)("every message of a burst in %s is answered, whenever it comes", async ([, words]) => {
  const answered = new Set<string>()
  const { gateway } = await start({
    channel: { allowFrom: ["*"], groups: { "-5": { anyone: true, mention: false, patterns: [] } } },
    script: (turn) => {
      for (const [text] of turn.prompt.matchAll(/message-\d+/g)) answered.add(text)
      return [{ say: "ok" }]
    },
  })
  for (let at = 0; at < 300; at += 1) {
    await gateway.channel.say(`message-${at}`, words)
    for (let tick = 0; tick < at % 23; tick += 1) await Promise.resolve()
    if (at % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  while (answered.size < 300) await new Promise((resolve) => setImmediate(resolve))
})

test("chats run side by side, each reply to the chat it came from", async () => {
  const { gateway, sent } = await start({ script: (turn) => [{ say: turn.sessionKey }] })
  for (const id of ["1", "2", "3"]) await gateway.channel.say("hi", { sender: { id } })
  expect([...(await sent(3))].sort()).toEqual(["1: memory:1", "2: memory:2", "3: memory:3"])
})

test("a stranger is not answered, not shown and not told, but counted", async () => {
  const { client, gateway, quiet } = await start({ channel: { allowFrom: ["1"] } })
  await gateway.channel.say("please", { sender: { id: "9", name: "Eve" } })
  await gateway.channel.say("please", { sender: { id: "9", name: "Eve" } })
  await quiet()
  expect(gateway.channel.sent).toEqual([])
  expect(gateway.channel.typing).toEqual([])
  expect(client.events.some((frame) => frame.event === "chat")).toBe(false)
  const { dropped, sessions } = await client.request("status", {})
  expect(dropped).toMatchObject([{ channel: "memory", id: "9", name: "Eve", count: 2 }])
  expect(sessions.count).toBe(0)
})

test("a message is judged by what the configuration says when it is taken up", async () => {
  const store = await openTemporaryStore()
  onTestFinished(() => store[Symbol.asyncDispose]())
  const message: InboundMessage = {
    channel: "memory",
    account: "memory",
    chat: "1",
    messageId: "m",
    order: 1,
    sender: { id: "1" },
    text: "hello",
    ts: Date.now(),
    sessionKey: "memory:1",
  }
  await store.inbox.journal(message, 0)
  await store.inbox.journal({ ...message, messageId: "gone", channel: "removed" }, 0)
  await store.close()
  const { client, gateway, quiet } = await start({
    stateDir: store.stateDir,
    channel: { allowFrom: ["2"] },
  })
  await quiet()
  expect(gateway.channel.sent).toEqual([])
  expect((await client.request("status", {})).dropped).toMatchObject([{ id: "1" }])
})

test("[I4] a message that a kill caught in the journal is answered after the restart, once", async () => {
  const store = await openTemporaryStore()
  onTestFinished(() => store[Symbol.asyncDispose]())
  await store.inbox.journal(
    {
      channel: "memory",
      account: "memory",
      chat: "1",
      messageId: "m",
      order: 1,
      sender: { id: "1" },
      text: "still there?",
      ts: Date.now(),
      sessionKey: "memory:1",
    },
    0,
  )
  await store.close()
  const { gateway, quiet, sent } = await start({
    stateDir: store.stateDir,
    script: [{ say: "yes" }],
  })
  expect(await sent(1)).toEqual(["1: yes"])
  await quiet()
  await gateway.end()
  const later = await start({ stateDir: store.stateDir })
  await later.quiet()
  expect(later.gateway.channel.sent).toEqual([])
})

test("in a group the bot answers who may speak there and speaks to it", async () => {
  const { gateway, quiet, sent } = await start({
    channel: {
      allowFrom: ["1"],
      groups: { "-5": { anyone: false, mention: true, patterns: ["hey bot"] } },
    },
    script: [{ say: "here" }],
  })
  await gateway.channel.say("just talking", group({ mentioned: false }))
  await gateway.channel.say("hey bot", { ...group({ mentioned: false }), sender: { id: "9" } })
  await quiet()
  expect(gateway.channel.sent).toEqual([])
  await gateway.channel.say("Hey Bot, hello", group({ mentioned: false }))
  expect(await sent(1)).toEqual(["-5: here"])
})

test("with the scope main every direct chat shares one conversation, and a group has its own", async () => {
  const { client, gateway, sent } = await start({
    options: { session: { scope: "main", links: {}, idleMinutes: 0, handoverMinutes: 30 } },
    channel: { allowFrom: ["*"], groups: { "-5": { anyone: true, mention: false, patterns: [] } } },
    script: (turn) => [{ say: turn.sessionKey }],
  })
  await gateway.channel.say("hi", { sender: { id: "1" } })
  await sent(1)
  await gateway.channel.say("hi", { sender: { id: "2" } })
  await sent(2)
  await gateway.channel.say("hi", group())
  expect(await sent(3)).toEqual(["1: main", "2: main", "-5: memory:group:-5"])
  const { messages } = await client.request("chat.history", { sessionKey: "main" })
  expect(messages).toHaveLength(4)
})

test("[E10] an inbound message is shown to pages with who wrote it, and so is its answer", async () => {
  const { client, gateway } = await start({ script: [{ say: "hello Ada" }] })
  await gateway.channel.say("hello")
  await client.event("chat", ({ message }) => message.role === "assistant")
  const chats = client.events.flatMap((frame) => (frame.event === "chat" ? frame.payload : []))
  expect(chats).toMatchObject([
    {
      sessionKey: "memory:1",
      message: { role: "user", channel: "memory", sender: { id: "1", name: "Ada" } },
    },
    { sessionKey: "memory:1", message: { role: "assistant", parts: [{ text: "hello Ada" }] } },
  ])
})

test("typing is shown while the run works, and no longer", async () => {
  const gate = Promise.withResolvers<void>()
  const { gateway, client, sent } = await start({
    script: [{ wait: gate.promise }, { say: "done" }],
  })
  await gateway.channel.say("hello")
  while (gateway.channel.typing.length === 0) await client.call("system-presence")
  expect(gateway.channel.typing).toEqual(["1"])
  gate.resolve()
  await sent(1)
  expect(gateway.channel.typing).toEqual([])
})

test.for([
  ["an empty answer", [], []],
  ["blanks", [{ say: " \n" }], []],
] as const)("%s is not sent", async ([, script, expected]) => {
  const { gateway, quiet } = await start({ script })
  await gateway.channel.say("hello")
  await quiet()
  expect(gateway.channel.sent).toEqual(expected)
})

test("[AG16] a run that is stopped is answered with one word, one that fails with one sentence", async () => {
  const never = new Promise<never>(() => undefined)
  const { client, gateway, sent } = await start({ script: [{ say: "half" }, { wait: never }] })
  await gateway.channel.say("hello")
  await client.event("agent", ({ stream }) => stream === "assistant")
  await client.request("chat.abort", { sessionKey: "memory:1" })
  expect(await sent(1)).toEqual(["1: Stopped."])
})

test("[A6] an inbound run that a stop cuts is answered after the restart, exactly once", async () => {
  const never = new Promise<never>(() => undefined)
  const first = await start({ script: [{ wait: never }], divideBy: 100 })
  await first.gateway.channel.say("hello")
  await first.client.event("agent")
  await first.gateway.end()
  expect(first.gateway.channel.sent).toEqual([])
  const second = await start({ stateDir: first.gateway.stateDir, script: [{ say: "at last" }] })
  expect(await second.sent(1)).toEqual(["1: at last"])
  await second.quiet()
  expect(second.gateway.channel.sent).toHaveLength(1)
})

test("[A6] after a tool had begun one sentence goes out in place of a second try", async () => {
  const never = new Promise<never>(() => undefined)
  const tool = { phase: "start", callId: "1", name: "pay" } as const
  const first = await start({ script: [{ tool }, { wait: never }], divideBy: 100 })
  await first.gateway.channel.say("pay them")
  await first.client.event("agent", ({ stream }) => stream === "tool")
  await first.gateway.end()
  const second = await start({ stateDir: first.gateway.stateDir, script: [{ say: "twice!" }] })
  expect(await second.sent(1)).toEqual([expect.stringContaining("interrupted")])
  await second.quiet()
  expect(second.gateway.channel.sent).toHaveLength(1)
})

test("[I4] while the disk fails a message is not taken, so that the service keeps it", async () => {
  const { gateway, sent } = await start({ script: [{ say: "ok" }] })
  await breakDisk(gateway.database)
  await expect(gateway.channel.say("hello", { messageId: "m" })).rejects.toMatchObject({
    reason: "storage",
  })
  await mendDisk(gateway.database)
  expect(await gateway.channel.say("hello", { messageId: "m" })).toBe("new")
  expect(await sent(1)).toEqual(["1: ok"])
})

test("[A2, CR6] a reply that is stored goes out, although nothing can be read right behind that", async () => {
  const { gateway, quiet, sent } = await start()
  const { transact } = gateway.database
  let failures = 0
  gateway.database.transact = async (work) => {
    // It stands for a disk that fails for a moment: the first look for what belongs to the run.
    if (failures === 0 && String(work).includes("run_id = :runId ORDER BY position")) {
      failures += 1
      throw new GatewayError("UNAVAILABLE", "broken", { reason: "storage" })
    }
    return transact(work)
  }
  await gateway.channel.say("hello")
  await quiet()
  expect(await sent(1)).toHaveLength(1)
})
