// Commands on every surface, on a real gateway with a channel in memory.

import { randomUUID } from "node:crypto"
import { expect, test } from "vitest"
import { inGroup, startInbound as start } from "../testing/start-inbound.ts"
import { openTemporaryStore } from "../testing/temporary-store.ts"
import { COMMANDS } from "./commands.ts"

/** Works until `open` is called, then says that it is done. */
function gated() {
  const gate = Promise.withResolvers<void>()
  const script = [{ say: "half " }, { wait: gate.promise }, { say: "done" }] as const
  return { script, open: () => gate.resolve() }
}

const textOf = (messages: readonly { parts: readonly { type: string }[] }[]) =>
  messages.map(({ parts }) => parts.map((part) => ("text" in part ? part.text : "")).join(""))

test("[M14] the commands are listed for clients and for the channel alike", async () => {
  const { client, gateway, sent } = await start()
  const { commands } = await client.request("commands.list", {})
  expect(commands).toEqual(COMMANDS)
  expect(commands.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["new", "stop", "status", "help", "retry", "mute", "think"]),
  )
  await gateway.channel.say("/start")
  const [answer = ""] = await sent(1)
  for (const { name } of commands) expect(answer).toContain(`/${name}`)
})

test("[M14] a command in a chat is answered while a run works, and is no business of the engine", async () => {
  const { open, script } = gated()
  const prompts: string[] = []
  const { client, gateway, sent } = await start({
    script: (turn) => {
      prompts.push(turn.prompt)
      return script
    },
  })
  await gateway.channel.say("work")
  await client.event("agent", ({ stream }) => stream === "assistant")
  await gateway.channel.say("/status")
  const [answer] = await sent(1)
  expect(answer).toMatch(
    /^1: Working on an answer for \d+ s\.\nMemory: connected\nAgent: scripted, ready/,
  )
  open()
  expect((await sent(2))[1]).toBe("1: half done")
  expect(prompts).toHaveLength(1)
  const { messages } = await client.request("chat.history", { sessionKey: "memory:1" })
  expect(textOf(messages)).toEqual([
    "work",
    "/status",
    expect.stringContaining("Working on"),
    "half done",
  ])
})

test("[M14] a request that is a command is answered at once, with ack, events and one final", async () => {
  const { open, script } = gated()
  const { client } = await start({ script })
  const work = client.request("agent", { message: "work", idempotencyKey: "w" })
  await client.event("agent", ({ stream }) => stream === "assistant")
  const acks: string[] = []
  const ask = () =>
    client.request("agent", { message: "/help", idempotencyKey: "h" }, ({ runId }) => {
      acks.push(runId)
    })
  const final = await ask()
  expect(final).toMatchObject({ status: "ok", text: expect.stringContaining("/stop") })
  expect(await ask()).toEqual(final)
  expect(acks).toEqual([final.runId, final.runId])
  const streams = client.events.flatMap((frame) =>
    frame.event === "agent" && frame.payload.runId === final.runId ? frame.payload.stream : [],
  )
  expect(streams).toEqual(["lifecycle", "assistant", "lifecycle"])
  open()
  expect(await work).toMatchObject({ text: "half done" })
})

test("[AG16] /stop in a chat stops the run there, which has the only answer", async () => {
  const { script } = gated()
  const { client, gateway, quiet, sent } = await start({ script })
  await gateway.channel.say("work")
  await client.event("agent", ({ stream }) => stream === "assistant")
  await gateway.channel.say("/stop")
  expect(await sent(1)).toEqual(["1: Stopped."])
  await quiet()
  await gateway.channel.say("/stop")
  expect(await sent(2)).toEqual(["1: Stopped.", "1: Nothing is running here."])
})

test("[AG16] /stop also stops what waits, which is context of the next turn", async () => {
  const { script } = gated()
  const prompts: string[] = []
  const { client, gateway, quiet, sent } = await start({
    script: (turn) => {
      prompts.push(turn.prompt)
      return prompts.length === 1 ? script : [{ say: "fresh" }]
    },
  })
  await gateway.channel.say("work")
  await client.event("agent", ({ stream }) => stream === "assistant")
  await gateway.channel.say("and also this")
  await gateway.channel.say("/stop")
  await quiet()
  expect(await sent(1)).toEqual(["1: Stopped."])
  await gateway.channel.say("something else")
  expect(await sent(2)).toEqual(["1: Stopped.", "1: fresh"])
  expect(prompts[1]).toMatch(/\[context.*> and also this.*\[\/context\].*something else/s)
})

test("[AG16, I4] /stop does not stop what is written after it, however close behind it comes", async () => {
  const { script } = gated()
  const prompts: string[] = []
  const { client, gateway, quiet, sent } = await start({
    script: (turn) => {
      prompts.push(turn.prompt)
      return prompts.length === 1 ? script : [{ say: "fresh" }]
    },
  })
  await gateway.channel.say("work")
  await client.event("agent", ({ stream }) => stream === "assistant")
  await Promise.all(["and also this", "/stop", "instead"].map((text) => gateway.channel.say(text)))
  await quiet()
  expect((await sent(2)).toSorted()).toEqual(["1: Stopped.", "1: fresh"])
  expect(prompts[1]).toMatch(/\[context.*> and also this.*\[\/context\].*instead/s)
})

test("[AG16] a stop by request ends a requested run once, and says nothing beside it", async () => {
  const { script } = gated()
  const { client } = await start({ script })
  const work = client.request("agent", { message: "work", idempotencyKey: "w" })
  const ended = expect(work).rejects.toMatchObject({ message: "Stopped." })
  await client.event("agent", ({ stream }) => stream === "assistant")
  const stop = await client.request("agent", { message: "/stop", idempotencyKey: "s" })
  expect(stop).toMatchObject({ status: "ok" })
  expect(stop).not.toHaveProperty("text")
  await ended
})

test("[M14] /new begins a new conversation, and what runs ends in the old one", async () => {
  const { open, script } = gated()
  const { client, gateway, sent } = await start({ script })
  await gateway.channel.say("work")
  await client.event("agent", ({ stream }) => stream === "assistant")
  const before = await client.request("chat.history", { sessionKey: "memory:1" })
  await gateway.channel.say("/new")
  expect(await sent(1)).toEqual([expect.stringContaining("What is running ends in the old one")])
  const after = await client.request("chat.history", { sessionKey: "memory:1" })
  expect(after.sessionId).not.toBe(before.sessionId)
  expect(after.messages).toEqual([])
  open()
  expect((await sent(2))[1]).toBe("1: half done")
  await gateway.channel.say("next")
  await sent(3)
  const { messages } = await client.request("chat.history", { sessionKey: "memory:1" })
  expect(textOf(messages)).toEqual(["next", "half done"])
})

test("[M14] a message right behind /new belongs to the new conversation", async () => {
  const sessions: string[] = []
  const { gateway, quiet, sent } = await start({
    script: (turn) => {
      sessions.push(turn.sessionId)
      return [{ say: "ok" }]
    },
  })
  await Promise.all(["one", "/new", "two"].map((text) => gateway.channel.say(text)))
  await sent(3)
  await quiet()
  expect(new Set(sessions).size).toBe(2)
})

test("[M14] /think is remembered for the session, and tells and lists the levels", async () => {
  const levels: string[] = []
  const { client, gateway, sent } = await start({
    script: (turn) => {
      levels.push(turn.thinking)
      return [{ say: "ok" }]
    },
  })
  await gateway.channel.say("/think")
  await sent(1)
  await gateway.channel.say("/think deeply")
  await sent(2)
  await gateway.channel.say("/Think HIGH")
  expect(await sent(3)).toEqual([
    "1: Thinking: off",
    "1: Choose one of off, minimal, low, medium, high.",
    "1: Thinking: high",
  ])
  await gateway.channel.say("hm")
  await sent(4)
  const ask = (thinking?: "low" | "default") =>
    client.request("agent", {
      message: "hm",
      sessionKey: "memory:1",
      idempotencyKey: randomUUID(),
      ...(thinking && { thinking }),
    })
  await ask()
  await ask("default")
  await ask("low")
  expect(levels).toEqual(["high", "high", "high", "low"])
})

test("[M14] a muted chat is not answered, but heard, and its commands and requests still work", async () => {
  const prompts: string[] = []
  const { client, gateway, quiet, sent } = await start({
    script: (turn) => {
      prompts.push(turn.prompt)
      return [{ say: "ok" }]
    },
  })
  await gateway.channel.say("/mute")
  expect(await sent(1)).toEqual([expect.stringMatching(/^1: Muted/)])
  await gateway.channel.say("the code word is heron")
  await quiet()
  expect(prompts).toEqual([])
  const request = { message: "hm", sessionKey: "memory:1", idempotencyKey: "k" }
  expect(await client.request("agent", request)).toMatchObject({ text: "ok" })
  await gateway.channel.say("/mute")
  expect((await sent(2))[1]).toBe("1: No longer muted.")
  await gateway.channel.say("what was it?")
  await sent(3)
  expect(prompts[1]).toMatch(/\[context.*> the code word is heron.*what was it\?/s)
})

test("[M14] /retry runs the last message again, past commands, in chats and by request", async () => {
  const prompts: string[] = []
  const { client, gateway, sent } = await start({
    script: (turn) => {
      prompts.push(turn.prompt)
      return [{ say: `answer ${prompts.length}` }]
    },
  })
  await gateway.channel.say("/retry")
  expect(await sent(1)).toEqual(["1: There is nothing to run again."])
  await gateway.channel.say("how many?")
  await sent(2)
  await gateway.channel.say("/status")
  await sent(3)
  await gateway.channel.say("/retry")
  expect((await sent(4))[3]).toBe("1: answer 2")
  await gateway.channel.say("/retry")
  expect((await sent(5))[4]).toBe("1: answer 3")
  const request = { message: "/retry", sessionKey: "memory:1", idempotencyKey: "k" }
  expect(await client.request("agent", request)).toMatchObject({ text: "answer 4" })
  expect(new Set(prompts).size).toBe(1)
  expect(prompts[0]).toContain("how many?")
})

test("[A6] what was interrupted says how to run it again, and that works", async () => {
  const never = new Promise<never>(() => undefined)
  const tool = { phase: "start", callId: "1", name: "pay" } as const
  const first = await start({ script: [{ tool }, { wait: never }], divideBy: 100 })
  await first.gateway.channel.say("pay them")
  await first.client.event("agent", ({ stream }) => stream === "tool")
  await first.gateway.end()
  const second = await start({
    stateDir: first.gateway.stateDir,
    script: (turn) => [{ say: turn.prompt.includes("pay them") ? "paid" : "what?" }],
  })
  expect(await second.sent(1)).toEqual([
    "1: I was interrupted while working on this. Send /retry to run it again.",
  ])
  await second.gateway.channel.say("/retry", { messageId: "later" })
  expect((await second.sent(2))[1]).toBe("1: paid")
})

async function leaveCommand(command: string, began = false): Promise<string> {
  const store = await openTemporaryStore()
  const session = await store.sessions.open("memory:1", { channel: "memory", at: Date.now() })
  await store.runs.acceptInbound(
    [],
    {
      run: {
        runId: "r",
        sessionKey: session.key,
        sessionId: session.sessionId,
        origin: "inbound",
        messageId: "m",
        createdAt: Date.now(),
        request: {
          prompt: command,
          command,
          attachments: [],
          thinking: "off",
          timeoutMs: 1_000,
          deliverTo: { channel: "memory", chat: "1", to: "1" },
        },
      },
      messages: [],
    },
    { channel: "memory", chat: "1" },
  )
  if (began) await store.runs.started("r", Date.now())
  if (began) await store.sessions.patch("memory:1", { muted: true })
  await store.close()
  return store.stateDir
}

test("[A6] a command that a kill caught between its acceptance and its answer is answered once, by the command", async () => {
  const { gateway, quiet, sent } = await start({ stateDir: await leaveCommand("/help") })
  expect(await sent(1)).toEqual([expect.stringContaining("/stop - ")])
  await quiet()
  expect(gateway.channel.sent).toHaveLength(1)
})

test("[A6] a /mute that a kill cut after it was carried out is told, not undone", async () => {
  const { gateway, quiet, sent } = await start({ stateDir: await leaveCommand("/mute", true) })
  expect(await sent(1)).toEqual([expect.stringMatching(/^1: Muted/)])
  await gateway.channel.say("hello")
  await quiet()
  expect(gateway.channel.sent).toHaveLength(1)
})

test("[M14] in a group a command counts when it is said to the bot, by the rules there or by its name", async () => {
  const { gateway, quiet, sent } = await start({
    channel: { allowFrom: ["1"], groups: { "-5": { anyone: false, mention: true, patterns: [] } } },
  })
  const aside = inGroup({ mentioned: false })
  const ada = { sender: { id: "1" } }
  await gateway.channel.say("/help", { ...aside, ...ada })
  await gateway.channel.say("/help@other_bot", { ...inGroup(), ...ada })
  expect(await sent(1)).toEqual([expect.stringContaining("/help@other_bot")])
  await gateway.channel.say("/help@MEMORY", { ...aside, ...ada })
  expect((await sent(2))[1]).toContain("/think")
  await gateway.channel.say("/help", { ...inGroup(), ...ada })
  await sent(3)
  await gateway.channel.say("/help@memory", { ...aside, sender: { id: "9" } })
  await quiet()
  expect(gateway.channel.sent).toHaveLength(3)
})

test("[M14] a word that is no command, and a command beside a file, go to the agent", async () => {
  const { gateway, sent } = await start()
  await gateway.channel.say("/etc/passwd")
  expect(await sent(1)).toEqual([expect.stringContaining("\n/etc/passwd\n")])
  const media = [{ kind: "image", reference: "r", mimeType: "image/png" } as const]
  await gateway.channel.say("/stop", { media })
  expect((await sent(2))[1]).toContain("\n/stop\n[media: ")
})
