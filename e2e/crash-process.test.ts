// What may happen to the process: failures that nobody waits for, no more descriptors, no more memory,
// starts without end, a state that cannot be had. The gateway is a process of its own.

import { existsSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { connectClient } from "../server/testing/test-client.ts"
import { createTelegramLab } from "./lab/telegram/lab.ts"
import { createGatewayProcess, type GatewayProcessOptions } from "./support/gateway-process.ts"

const CHAT = 42

async function createProcess(options: GatewayProcessOptions = {}) {
  const gateway = await createGatewayProcess(options)
  onTestFinished(() => gateway.remove())
  return gateway
}

async function createWithTelegram(options: GatewayProcessOptions = {}) {
  const lab = createTelegramLab()
  await lab.start()
  onTestFinished(() => lab.stop())
  const bea = lab.person({ id: CHAT, firstName: "Bea", username: "bea_lab" })
  const gateway = await createProcess({
    config: {
      channels: { telegram: { botToken: lab.token, apiRoot: lab.apiRoot, allowFrom: [CHAT] } },
    },
    ...options,
  })
  return { bea, gateway, lab }
}

test("[CR12] what a channel leaves to nobody makes it connect anew; what is nobody's ends the process in order", async () => {
  const { gateway, lab } = await createWithTelegram({
    preloads: [join(import.meta.dirname, "support", "stray-entry.ts")],
  })
  await gateway.start()
  const client = await connectClient(gateway.url)
  const channel = async () => (await client.request("health", {})).channels["telegram"]
  await expect
    .poll(channel, { timeout: 20_000 })
    .toMatchObject({ state: "open", strays: 2, lastError: "a timer threw" })
  const send = { to: `telegram:${CHAT}`, message: "still here", idempotencyKey: "k" }
  expect(await client.request("send", send)).toMatchObject({ status: "sent" })
  expect(lab.sent(CHAT).map(({ text }) => text)).toEqual(["still here"])
  expect(gateway.output).toContain("a promise was left behind for …")

  process.kill(gateway.pid ?? 0, "SIGUSR2")
  expect(await gateway.exited()).toBe(1)
  expect((await client.closed).code).toBe(1012)
  expect(gateway.output).toContain("of nobody")
  // The state was closed as by any stop.
  expect(existsSync(join(gateway.stateDir, "clawdis.db-running"))).toBe(false)
})

test("[CR10] when descriptors run out new connections are closed, open ones are served, and it passes", async () => {
  const { gateway, lab } = await createWithTelegram({ descriptors: 64 })
  await gateway.start()
  const client = await connectClient(gateway.url)
  const sockets = Array.from({ length: 100 }, () => connect(gateway.port, "127.0.0.1"))
  onTestFinished(() => sockets.forEach((socket) => void socket.destroy()))
  let closed = 0
  for (const socket of sockets) {
    socket.on("error", () => undefined)
    socket.on("close", () => {
      closed += 1
    })
  }
  await expect.poll(() => closed, { timeout: 20_000 }).toBeGreaterThan(50)
  await expect(connectClient(gateway.url)).rejects.toThrow()
  await expect
    .poll(async () => (await client.request("health", {})).channels["telegram"]?.state)
    .toBe("open")
  // The channel may open a connection, and the store its files.
  const send = { to: `telegram:${CHAT}`, message: "still here", idempotencyKey: "k" }
  expect(await client.request("send", send)).toMatchObject({ status: "sent" })
  expect(lab.sent(CHAT)).toHaveLength(1)
  expect(gateway.output.match(/warn .*no descriptor is left/g)).toHaveLength(1)

  for (const socket of sockets) socket.destroy()
  const connected = () => connectClient(gateway.url).then(() => "connected", String)
  await expect.poll(connected, { timeout: 20_000 }).toBe("connected")
})
