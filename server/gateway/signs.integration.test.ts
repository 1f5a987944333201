// What people see before the answer: read marks, typing, a draft that grows.

import { expect, test } from "vitest"
import { inGroup, startInbound as start } from "../testing/start-inbound.ts"

test("who may talk sees that their messages were read, once, also while they wait", async () => {
  const gate = Promise.withResolvers<void>()
  const { client, gateway, quiet, until } = await start({
    channel: { allowFrom: ["1"] },
    script: [{ wait: gate.promise }, { say: "ok" }],
  })
  const { read, say } = gateway.channel
  await say("one", { messageId: "one" })
  await client.event("agent")
  await say("two", { messageId: "two" })
  await until(() => read.length === 2)
  expect(gateway.channel.sent).toEqual([])
  gate.resolve()
  await quiet()
  await say("three", { messageId: "three", sender: { id: "9" } })
  await quiet()
  expect(read).toEqual(["one", "two"])
})

test("what is not answered is not marked as read: muted, said to others, said by hand", async () => {
  const { gateway, quiet } = await start({
    channel: { allowFrom: ["*"], groups: { "-5": { anyone: true, mention: true, patterns: [] } } },
  })
  const { read, say } = gateway.channel
  await say("/mute", { messageId: "mute" })
  await quiet()
  await say("unheard", { messageId: "unheard" })
  await say("aside", { ...inGroup({ mentioned: false }), messageId: "aside" })
  const byHand = {
    chat: "3",
    sessionKey: "memory:3",
    sender: { id: "me", self: true },
    byOwner: true,
  }
  await say("mine", { ...byHand, messageId: "mine" })
  await say("thanks", { sender: { id: "3" }, messageId: "thanks" })
  await quiet()
  expect(read).toEqual(["mute"])
})

test("in a direct chat the answer is a draft while it grows, and a message when it is done", async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
  const tool = { phase: "start", callId: "1", name: "look" } as const
  const { gateway, sent, until } = await start({
    script: [
      { think: "hm" },
      { say: "Let me " },
      { say: "see." },
      { wait: gates[0].promise },
      { tool },
      { say: "There." },
      { wait: gates[1].promise },
    ],
  })
  const { drafts, say } = gateway.channel
  await say("where?")
  await until(() => drafts.get("1") === "Let me see.")
  gates[0].resolve()
  await until(() => drafts.get("1") === "Let me see.\n\nThere.")
  expect(gateway.channel.sent).toEqual([])
  gates[1].resolve()
  expect(await sent(1)).toEqual(["1: Let me see.\n\nThere."])
  expect([...drafts]).toEqual([])
})

test("[AU26] a draft never names where a file is, not even while the line grows", async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
  const { gateway, sent, until } = await start({
    script: [
      { say: "Here:\nMED" },
      { say: "IA:" },
      { say: "/etc/pa" },
      { wait: gates[0].promise },
      { say: "sswd\nThere." },
      { wait: gates[1].promise },
    ],
  })
  const { drafts, say } = gateway.channel
  const shown = new Set<string>()
  const { openDraft } = gateway.channel
  Object.assign(gateway.channel, {
    openDraft(...given: Parameters<NonNullable<typeof openDraft>>) {
      const draft = openDraft?.(...given)
      return {
        update(text: string) {
          shown.add(text)
          draft?.update(text)
        },
      }
    },
  })
  await say("where?")
  await until(() => drafts.get("1") === "Here:")
  gates[0].resolve()
  await until(() => drafts.get("1") === "Here:\nThere.")
  gates[1].resolve()
  expect((await sent(1))[0]).toContain("(attachment blocked)")
  expect([...shown].join()).not.toContain("/etc")
})

test.for(["group", "request", "command"] as const)("nothing is drafted for a %s", async (kind) => {
  const gate = Promise.withResolvers<void>()
  const { client, gateway, until } = await start({
    channel: { allowFrom: ["*"], groups: { "-5": { anyone: true, mention: false, patterns: [] } } },
    script: [{ say: "so far" }, { wait: gate.promise }],
  })
  const seen: string[] = []
  const { openDraft } = gateway.channel
  Object.assign(gateway.channel, {
    openDraft: (chat: string, options: never) => {
      seen.push(chat)
      return openDraft?.(chat, options)
    },
  })
  if (kind === "group") {
    await gateway.channel.say("hi", inGroup())
    await until(() => gateway.channel.typing.length === 1)
  } else if (kind === "command") {
    await gateway.channel.say("/status")
    await until(() => gateway.channel.sent.length === 1)
  } else {
    const request = { message: "hi", to: "memory:1", deliver: true, idempotencyKey: "k" }
    client.request("agent", request).catch(() => undefined)
    await client.event("agent", ({ stream }) => stream === "assistant")
    await client.call("system-presence")
    expect(gateway.channel.typing).toEqual([])
  }
  expect(seen).toEqual([])
  gate.resolve()
})

test("a run that is stopped takes its typing and its draft along", async () => {
  const never = new Promise<never>(() => undefined)
  const { client, gateway, sent, until } = await start({ script: [{ say: "so" }, { wait: never }] })
  const { drafts, typing } = gateway.channel
  await gateway.channel.say("hi")
  await until(() => drafts.get("1") === "so")
  expect(typing).toEqual(["1"])
  await client.request("chat.abort", { sessionKey: "memory:1" })
  expect(await sent(1)).toEqual(["1: Stopped."])
  expect([...drafts, ...typing]).toEqual([])
})
