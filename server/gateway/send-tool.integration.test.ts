// What the agent may do by its own tool for writing to somebody.

import { expect, onTestFinished, test } from "vitest"
import { type StartOptions, startGateway } from "../testing/start-gateway.ts"

async function start(options: StartOptions = {}) {
  const gateway = await startGateway({ script: [{ say: "hello" }], ...options })
  onTestFinished(() => gateway[Symbol.asyncDispose]())
  const client = await gateway.connect()
  const sent = async (count: number) => {
    while (gateway.channel.sent.length < count) await client.call("system-presence")
    return gateway.channel.sent
  }
  const write = (input: Record<string, unknown>, sessionKey = "main") => {
    const tool = gateway.tools.get("send_message")
    if (tool === undefined) throw new Error("the tool is missing")
    return tool.call(input, { runId: "r", sessionKey })
  }
  return { client, gateway, sent, write }
}

const NOT_ALLOWED = { code: "INVALID_REQUEST", details: { reason: "target_not_allowed" } }

test("the agent writes to whom the configuration or an operator lets write to it", async () => {
  const { client, gateway, sent, write } = await start({
    channel: {
      allowFrom: ["7"],
      groups: { "-5": { anyone: true, mention: true, patterns: [] } },
    },
  })
  await client.request("senders.allow", { channel: "memory", id: "8" })
  for (const to of ["memory:7", "memory:8", "memory:group:-5"]) {
    expect(await write({ to, message: `hi ${to}` })).toMatchObject({ status: "queued", to })
  }
  await sent(3)
  expect(gateway.channel.sent.map(({ chat }) => chat).sort()).toEqual(["-5", "7", "8"])
  expect(await write({ to: "7", channel: "memory", message: "bare" })).toBeDefined()
})

test("[AU27] the agent writes to nobody else, also when everybody may write to it", async () => {
  const { gateway, write } = await start({ channel: { allowFrom: ["*"] } })
  await expect(write({ to: "memory:66", message: "psst" })).rejects.toMatchObject(NOT_ALLOWED)
  const closed = await start({ channel: { allowFrom: ["7"] } })
  await expect(closed.write({ to: "memory:66", message: "psst" })).rejects.toMatchObject(
    NOT_ALLOWED,
  )
  expect([...gateway.channel.sent, ...closed.gateway.channel.sent]).toEqual([])
})

test("[AU27] who has written while everybody may, and who is being talked to, can be written to", async () => {
  const { client, gateway, sent, write } = await start({ channel: { allowFrom: ["*"] } })
  await gateway.channel.say("hello", { sender: { id: "42" } })
  await sent(1)
  expect(await write({ to: "memory:42", message: "one more thing" })).toBeDefined()
  expect(await sent(2)).toMatchObject([{ chat: "42" }, { chat: "42", text: "one more thing" }])
  await client.request("senders.allow", { channel: "memory", id: "43" })
  const own = await start({ channel: { allowFrom: [], groups: {} } })
  await expect(own.write({ to: "memory:42", message: "x" }, "memory:42")).rejects.toMatchObject(
    NOT_ALLOWED,
  )
})

test.for([
  ["no message", { to: "memory:7" }],
  ["a blank message", { to: "memory:7", message: " " }],
  ["no address", { message: "hi" }],
  ["words that are no address", { to: "somebody", message: "hi" }],
  ["an unknown key", { to: "memory:7", message: "hi", mediaUrl: "/etc/passwd" }],
] as const)("a call with %s is refused", async ([, input]) => {
  const { write } = await start({ channel: { allowFrom: ["7"] } })
  await expect(write(input)).rejects.toMatchObject({ code: "INVALID_REQUEST" })
})

test("what the agent writes waits for a channel that is down", async () => {
  const { client, gateway, sent, write } = await start({ channel: { allowFrom: ["7"] } })
  gateway.channel.disconnect("cable cut")
  await write({ to: "memory:7", message: "later" })
  // Ten answers later it has surely been tried.
  for (let count = 0; count < 10; count += 1) await client.call("system-presence")
  expect((await client.request("outbox.list", {})).deliveries).toHaveLength(1)
  gateway.channel.connect()
  expect(await sent(1)).toMatchObject([{ chat: "7", text: "later" }])
})
