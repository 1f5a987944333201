// The log over the wire (rule M11), on a real gateway with the real log.

import { Writable } from "node:stream"
import { expect, onTestFinished, test } from "vitest"
import { systemClock } from "../host/clock.ts"
import { createLog } from "../host/log.ts"
import { startGateway } from "../testing/start-gateway.ts"

const TOKEN = "a planted token of tangerines"
const MESSAGE = "nobody but the agent reads this"

async function start() {
  const stdout = new Writable({ write: (_chunk, _encoding, done) => done() })
  const log = createLog({
    stdout,
    level: "error",
    maxMb: 1,
    verbose: false,
    secrets: [TOKEN],
    clock: systemClock,
  })
  const gateway = await startGateway({
    log: log.logger,
    token: TOKEN,
    options: { logTail: log.tail },
  })
  onTestFinished(() => gateway[Symbol.asyncDispose]())
  const client = await gateway.connect({ caps: ["runs"], auth: { token: TOKEN } })
  return { client, gateway, log: log.logger }
}

test("[M11] the log is read from its start, whatever level stdout has, and polled forward", async () => {
  const { client, log } = await start()
  log.area("test").info("something happened", { count: 3 })
  const first = await client.request("logs.tail", {})
  expect(first.lines.at(-1)).toEqual({
    ts: expect.any(Number),
    level: "info",
    area: "test",
    text: "something happened count=3",
  })
  log.warn("something else")
  const next = await client.request("logs.tail", { cursor: first.cursor, minLevel: "warn" })
  expect(next.lines.map(({ text }) => text)).toEqual(["something else"])
})

test("[M11] no secret and no message text is in it, though the gateway works with both", async () => {
  const { client, gateway, log } = await start()
  log.info("somebody said", { token: TOKEN, url: `http://x/?t=${encodeURIComponent(TOKEN)}` })
  const run = { message: MESSAGE, idempotencyKey: "k" }
  await client.request("agent", run)
  await gateway.channel.say(MESSAGE)
  await client.event(
    "chat",
    ({ message, sessionKey }) => sessionKey === "memory:1" && message.role === "assistant",
  )
  await expect(client.call("send", { to: MESSAGE, idempotencyKey: "s" })).rejects.toThrow()
  const { lines } = await client.request("logs.tail", { limit: 500 })
  expect(lines.length).toBeGreaterThan(0)
  const text = JSON.stringify(lines)
  expect(text).toContain("[redacted]")
  expect(text).not.toContain("tangerines")
  expect(text).not.toContain(MESSAGE)
})

test("[M11, T4] the longest answer fits into a frame", async () => {
  const { client, log } = await start()
  for (let line = 0; line < 600; line += 1) log.info('\u{1F99E}"'.repeat(1_000))
  const { cursor, lines } = await client.request("logs.tail", { limit: 500 })
  expect(lines.length).toBeGreaterThan(20)
  expect(lines.length).toBeLessThan(500)
  expect(await client.request("logs.tail", { cursor })).toEqual({ lines: [], cursor })
  expect(Math.max(...client.received.map((text) => Buffer.byteLength(text)))).toBeLessThan(
    256 * 1024,
  )
})

test("[M11] what is no cursor is INVALID_REQUEST", async () => {
  const { client } = await start()
  const asked = client.request("logs.tail", { cursor: "later" })
  await expect(asked).rejects.toMatchObject({ code: "INVALID_REQUEST" })
})
