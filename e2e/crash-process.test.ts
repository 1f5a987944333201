// What may happen to the process: failures that nobody waits for, no more descriptors, no more memory,
// starts without end, a state that cannot be had. The gateway is a process of its own.

import { existsSync, mkdirSync, rmdirSync } from "node:fs"
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

test("[CR11, ID8] when memory runs out the process ends, and the next one knows all that was accepted", async () => {
  const { gateway, lab } = await createWithTelegram({
    nodeFlags: ["--max-old-space-size=64"],
    preloads: [join(import.meta.dirname, "support", "memory-entry.ts")],
  })
  await gateway.start()
  const client = await connectClient(gateway.url)
  const send = (key: string) => ({ to: `telegram:${CHAT}`, message: key, idempotencyKey: key })
  const sent = await client.request("send", send("before"))
  lab.fault({ method: "sendMessage", kind: "hang" })
  const lost = client.request("send", send("meanwhile")).catch(String)
  await expect
    .poll(() => lab.calls.filter(({ method }) => method === "sendMessage"))
    .toHaveLength(2)
  process.kill(gateway.pid ?? 0, "SIGUSR2")
  expect(await gateway.exited()).not.toBe(0)
  expect(await lost).toContain("closed")

  await gateway.start()
  const later = await connectClient(gateway.url)
  expect(await later.request("send", send("before"))).toEqual(sent)
  await expect(later.request("send", send("meanwhile"))).rejects.toMatchObject({
    reason: "outcome_unknown",
  })
})

test("[CR7, D3] a state that cannot be had at the start is exit 78 with its path", async () => {
  const gateway = await createProcess()
  const path = join(gateway.stateDir, "clawdis.db")
  mkdirSync(path)
  await expect(gateway.start()).rejects.toThrow(`cannot open the state ${path}`)
  rmdirSync(path)
  await gateway.start()
  expect(await gateway.stop()).toBe(0)
})

test("[SD12, CF9] twenty starts one after the other, half of them killed: quick, whole, and few lines each", {
  timeout: 300_000,
}, async () => {
  const gateway = await createProcess()
  await gateway.start()
  const client = await connectClient(gateway.url)
  const run = { message: "/status", idempotencyKey: "k" }
  const first = await client.request("agent", run)
  // That a busy machine held it up is no part of its start.
  const lines = () =>
    gateway.output.split("\n").filter((line) => !line.includes("event loop was blocked")).length
  for (let start = 1; start < 20; start += 1) {
    if (start % 2 === 0) await gateway.kill()
    else expect(await gateway.stop()).toBe(0)
    const before = lines()
    await gateway.start()
    expect(lines() - before).toBeLessThan(20)
  }
  const later = await connectClient(gateway.url)
  expect(await later.request("agent", run)).toEqual(first)
  expect(await later.request("health", {})).toMatchObject({ ok: true, storage: { ok: true } })
  // What it made itself is private from the start.
  expect(gateway.output).not.toContain("too open")
  // Each says how long it took; thirty times what it may take is a hang.
  const took = [...gateway.output.matchAll(/ready in (\d+) ms/g)].map(([, ms]) => Number(ms))
  expect(took).toHaveLength(20)
  expect(Math.max(...took)).toBeLessThan(60_000)
})
