// What a change of the file does while the gateway runs, setting by setting: where a part was made with a
// copy of what held at the start, its step fails.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test, vi } from "vitest"
import { connectClient, TEST_HELLO } from "../server/testing/test-client.ts"
import { createTelegramLab } from "./lab/telegram/lab.ts"
import { createGatewayProcess, type GatewayProcess } from "./support/gateway-process.ts"
import { createPuppeteer } from "./support/puppeteer.ts"

const ADA = 42
const TEAM = -1_001
const SHORT_TOKEN = "too-short-1"
const TOKEN = "the token that holds from now on"
const MB = 1024 * 1024

/** A hang detector. */
const WAIT = { timeout: 20_000, interval: 50 }

/** Writes the file, and waits until the gateway says that it took up this setting. */
function createChange(gateway: GatewayProcess) {
  return async (config: object, key: string) => {
    const before = gateway.output.length
    writeFileSync(join(gateway.stateDir, "clawdis.json"), JSON.stringify(config))
    const line = new RegExp(`the configuration has changed applied=.*${key.replace(".", "\\.")}`)
    await vi.waitFor(() => expect(gateway.output.slice(before)).toMatch(line), WAIT)
  }
}

async function startAll() {
  const lab = createTelegramLab()
  await lab.start()
  const puppeteer = await createPuppeteer()
  puppeteer.answerAll((prompt) => `heard ${/one|two|three/.exec(prompt)?.[0]}`)
  const folder = mkdtempSync(join(tmpdir(), "clawdis-live-"))
  const telegram = { botToken: lab.token, apiRoot: lab.apiRoot }
  const first = {
    agent: puppeteer.config,
    channels: { telegram: { ...telegram, allowFrom: [] as number[], groups: {} } },
    limits: { runsPerSender: { count: 1, minutes: 10 } },
    media: { maxMb: 1 },
  }
  const { environment } = puppeteer
  const gateway = await createGatewayProcess({ environment, quiet: true, config: first })
  onTestFinished(async () => {
    await gateway.remove()
    await puppeteer.close()
    await lab.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  await gateway.start()
  await lab.waitFor(() => lab.polling)
  return { lab, gateway, first, telegram, folder, change: createChange(gateway) }
}

test("[CF5] who may write, how often, what size a file has and what is shown follow the file", async () => {
  const { change, first, folder, gateway, lab, telegram } = await startAll()
  const client = await connectClient(gateway.url)
  const path = join(folder, "two.bin")
  writeFileSync(path, Buffer.alloc(2 * MB, 1))
  const sendFile = (idempotencyKey: string) =>
    client.request("send", { to: `telegram:${ADA}`, mediaUrl: path, idempotencyKey })
  const ada = lab.person({ id: ADA, firstName: "Ada" })
  lab.group({ id: TEAM, title: "Team" })

  const rules = { allowFrom: [ADA], groups: { [TEAM]: { anyone: true, mention: false } } }
  const open = { ...first, channels: { telegram: { ...telegram, ...rules } } }
  await change(open, "telegram.allowFrom")
  ada.say("one")
  expect(await lab.nextSent(ADA)).toMatchObject({ text: "heard one" })

  // One run is all that she had.
  const free = { ...open, limits: { runsPerSender: { count: 9, minutes: 10 } } }
  await change(free, "limits.runsPerSender")
  ada.say("two")
  expect(await lab.nextSent(ADA)).toMatchObject({ text: "heard two" })
  ada.say("three", { chat: TEAM })
  expect(await lab.nextSent(TEAM)).toMatchObject({ text: "heard three" })

  await expect(sendFile("a")).rejects.toMatchObject({ details: { reason: "blocked_path" } })
  const wide = { ...free, media: { maxMb: 1, roots: [folder] } }
  await change(wide, "media.roots")
  await expect(sendFile("a")).rejects.toMatchObject({ details: { reason: "media_too_large" } })
  const roomy = { ...wide, media: { ...wide.media, maxMb: 3 } }
  await change(roomy, "media.maxMb")
  expect(await sendFile("b")).toMatchObject({ status: "sent" })

  expect(gateway.output).not.toMatch(/ debug /)
  await change({ ...roomy, logging: { level: "debug" } }, "logging.level")
  await (await connectClient(gateway.url)).close()
  await vi.waitFor(() => expect(gateway.output).toContain("a client connected"), WAIT)
})

test("[CF5] what the agent may do unasked, and how long a turn may take, follow the file", async () => {
  const puppeteer = await createPuppeteer()
  const { config: agent, environment } = puppeteer
  const gateway = await createGatewayProcess({ environment, config: { agent } })
  onTestFinished(async () => {
    await gateway.remove()
    await puppeteer.close()
  })
  await gateway.start()
  const client = await connectClient(gateway.url)
  const change = createChange(gateway)

  const free = { ...agent, permissions: { webchat: "allow" } }
  await change({ agent: free }, "agent.permissions")
  const allowed = client.request("agent", { message: "list", idempotencyKey: "a" })
  const turn = await puppeteer.nextTurn()
  turn.play({ ask: "1", title: "ls" })
  turn.end()
  expect(await allowed).toMatchObject({ text: expect.stringContaining("allow") })

  await change({ agent: { ...free, timeoutSeconds: 1 } }, "agent.timeoutSeconds")
  const endless = client.request("agent", { message: "think", idempotencyKey: "b" })
  await expect(endless).rejects.toMatchObject({ code: "AGENT_TIMEOUT" })
})

test("[AU2, AU28, T8] a token that came while the gateway runs stands in no line, and a short one is warned about", async () => {
  const gateway = await createGatewayProcess()
  onTestFinished(() => gateway.remove())
  await gateway.start()
  const warning = "gateway.token has fewer than 16 characters and can be guessed"
  let hello: Parameters<typeof connectClient>[1] = {}
  for (const token of [SHORT_TOKEN, TOKEN]) {
    const client = await connectClient(gateway.url, hello)
    writeFileSync(join(gateway.stateDir, "clawdis.json"), JSON.stringify({ gateway: { token } }))
    expect(await client.closed).toEqual({ code: 1008, reason: "unauthorized" })
    // Names are written down, and this one is a slip of somebody who pasted the token into the wrong field.
    hello = { auth: { token }, client: { ...TEST_HELLO.client, name: `I am ${token}!` } }
  }
  await (await connectClient(gateway.url, hello)).close()
  expect(await gateway.stop()).toBe(0)
  const filed = readFileSync(join(gateway.stateDir, "gateway.log"), "utf8")
  await vi.waitFor(() => expect(gateway.output).toContain("stopped exitCode=0"), WAIT)
  for (const log of [gateway.output, filed]) {
    expect(log.split(warning)).toHaveLength(2)
    expect(log.match(/I am \[redacted\]!/g)).toHaveLength(2)
    expect(log).not.toMatch(new RegExp(`${SHORT_TOKEN}|${TOKEN}`))
  }
})
