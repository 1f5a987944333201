// The configuration of a gateway that runs, changed by its operator.

import { spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable } from "node:stream"
import { expect, onTestFinished, test, vi } from "vitest"
import type { HealthSnapshot } from "#protocol"
import { CONFIG } from "../server/cli/config-command.ts"
import { runCommands } from "../server/testing/run-commands.ts"
import { connectClient, type TestClient } from "../server/testing/test-client.ts"
import { createGatewayProcess } from "./support/gateway-process.ts"
import { createPuppeteer } from "./support/puppeteer.ts"

const MAIN = join(import.meta.dirname, "..", "server", "main.ts")
const TOKEN = "a token that came later"

/** A hang detector. */
const WAIT = { timeout: 20_000, interval: 50 }

async function healthOf(client: TestClient): Promise<HealthSnapshot> {
  return client.request("health", {})
}

test("[A4, CF5] runs that wait begin as soon as the file lets more work side by side", async () => {
  const puppeteer = await createPuppeteer()
  onTestFinished(() => puppeteer.close())
  const config = (maxConcurrent: number) => ({ agent: { ...puppeteer.config, maxConcurrent } })
  const { environment } = puppeteer
  const gateway = await createGatewayProcess({ environment, config: config(1) })
  onTestFinished(() => gateway.remove())
  await gateway.start()
  const client = await connectClient(gateway.url)
  const finals = ["a", "b"].map((key) =>
    client.request("agent", { message: key, idempotencyKey: key, sessionKey: `web:${key}` }),
  )
  const first = await puppeteer.nextTurn()
  expect(await client.request("status", {})).toMatchObject({ runs: { active: 1, queued: 1 } })
  writeFileSync(join(gateway.stateDir, "clawdis.json"), JSON.stringify(config(2)))
  const second = await puppeteer.nextTurn()
  for (const turn of [second, first]) turn.answer("done")
  for (const final of finals) expect(await final).toMatchObject({ text: "done" })
})

test("[CF5, CF13] a change is applied or told, a mistake changes nothing, and a new token ends connections", async () => {
  const puppeteer = await createPuppeteer()
  onTestFinished(() => puppeteer.close())
  puppeteer.answerAll(() => "the puppet speaks")
  const gateway = await createGatewayProcess({ environment: puppeteer.environment })
  onTestFinished(() => gateway.remove())
  await gateway.start()
  const write = (config: object | string) =>
    writeFileSync(
      join(gateway.stateDir, "clawdis.json"),
      typeof config === "string" ? config : JSON.stringify(config),
    )
  const client = await connectClient(gateway.url)

  write({ agent: puppeteer.config })
  await vi.waitFor(async () => expect((await healthOf(client)).agent.engine).toBe("acp"), WAIT)
  const answer = await client.request("agent", { message: "hello", idempotencyKey: "k" })
  expect(answer).toMatchObject({ text: "the puppet speaks" })

  write('{ agent: { engine: "acp" ')
  await vi.waitFor(async () => expect((await healthOf(client)).config.ok).toBe(false), WAIT)
  const broken = await healthOf(client)
  expect(broken.config).toMatchObject({ lastError: expect.stringContaining("clawdis.json:1:") })
  expect(broken.agent.engine).toBe("acp")

  write({ agent: puppeteer.config, session: { idleMinutes: 7 } })
  await vi.waitFor(
    async () =>
      expect((await healthOf(client)).config).toMatchObject({
        ok: true,
        lastError: "restart needed: session.idleMinutes",
      }),
    WAIT,
  )

  const run = (...words: string[]) =>
    runCommands(
      [CONFIG],
      ["config", ...words],
      { CLAWDIS_STATE_DIR: gateway.stateDir },
      { stdin: Readable.from([TOKEN]) },
    )
  expect(await run("unset", "session.idleMinutes")).toMatchObject({ code: 0 })
  expect(await run("set", "gateway.token", "-")).toMatchObject({ code: 0 })
  expect(await client.closed).toEqual({ code: 1008, reason: "unauthorized" })
  const next = await connectClient(gateway.url, { auth: { token: TOKEN } })
  expect((await healthOf(next)).config).toEqual({ ok: true })
  expect(gateway.output).not.toContain(TOKEN)
})

test("[CF5] a change during the start is noticed, and a token that came through a pipe is kept", async () => {
  const stateDir = mkdtempSync(join(tmpdir(), "clawdis-early-"))
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }))
  const file = join(stateDir, "clawdis.json")
  writeFileSync(file, "{}")
  // The gateway has read its file when it begins to listen, and does not watch it yet.
  const next = JSON.stringify({ session: { idleMinutes: 7 } })
  const preload = `
    import { Server } from "node:net"
    import { writeFileSync } from "node:fs"
    const { listen } = Server.prototype
    Server.prototype.listen = function (...words) {
      writeFileSync(${JSON.stringify(file)}, ${JSON.stringify(next)})
      return listen.apply(this, words)
    }`
  const words = ["--import", `data:text/javascript,${encodeURIComponent(preload)}`, MAIN, "gateway"]
  words.push("--port", "0", "--webchat-port", "0", "--token-file", "/dev/stdin")
  const script = `printf '%s' '${TOKEN}' | exec "$@"`
  const child = spawn("sh", ["-c", script, "sh", process.execPath, ...words], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, CLAWDIS_STATE_DIR: stateDir },
    detached: true,
  })
  onTestFinished(() => void process.kill(-(child.pid ?? 0), "SIGKILL"))
  let output = ""
  const ready = new Promise<string>((resolve) => {
    child.stdout.on("data", (chunk) => {
      output += chunk
      const [, url] = /^control +(\S+)$/m.exec(output) ?? []
      if (url !== undefined && output.includes("ready in ")) resolve(url)
    })
  })
  const client = await connectClient(await ready, { auth: { token: TOKEN } })
  expect((await healthOf(client)).config).toMatchObject({
    ok: true,
    lastError: "restart needed: session.idleMinutes",
  })
  await client.close()
})

function run(config: string | undefined, environment: Record<string, string> = {}) {
  const stateDir = mkdtempSync(join(tmpdir(), "clawdis-storm-"))
  onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }))
  if (config !== undefined) writeFileSync(join(stateDir, "clawdis.json"), config)
  const start = (more: Record<string, string> = {}) =>
    spawnSync(process.execPath, [MAIN, "gateway", "--port", "0", "--webchat-port", "0"], {
      encoding: "utf8",
      env: { ...process.env, ...environment, CLAWDIS_STATE_DIR: stateDir, ...more },
    })
  return { stateDir, start }
}

test("[CF10, CF2] a supervisor that tries again and again gets one line and exit 78 each time", () => {
  const { start } = run("{ gateway: ")
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const { status, stderr, stdout } = start()
    expect([status, stdout, stderr.trim().split("\n").length]).toEqual([78, "", 1])
    expect(stderr).toContain("clawdis.json:1:")
  }
})

test("[CF6] a link that leads nowhere is no missing file", () => {
  const { start, stateDir } = run(undefined)
  symlinkSync(join(stateDir, "gone.json"), join(stateDir, "clawdis.json"))
  const { status, stderr } = start()
  expect(status).toBe(78)
  expect(stderr).toContain("clawdis.json")
})

test("[CF8] without a home that can be used there is one line and exit 78", () => {
  const { start, stateDir } = run("{}")
  const file = join(stateDir, "clawdis.json")
  for (const [home, reason] of [
    ["", "HOME is not set"],
    [file, `${file}/.clawdis`],
  ] as const) {
    const { status, stderr, stdout } = start({ HOME: home, CLAWDIS_STATE_DIR: "" })
    expect([status, stdout, stderr.trim().split("\n").length]).toEqual([78, "", 1])
    expect(stderr).toContain(reason)
  }
})

test("[CF11] an odd time zone and LANG=C harm neither the log nor what is said", async () => {
  const gateway = await createGatewayProcess({
    environment: { LANG: "C", LC_ALL: "C", TZ: "Pacific/Kiritimati" },
    config: { logging: { level: "debug" } },
  })
  onTestFinished(() => gateway.remove())
  await gateway.start()
  const client = await connectClient(gateway.url, { caps: ["runs"] })
  const message = "Grüße, 世界 🦀"
  await client.request("agent", { message, idempotencyKey: "k" })
  const { messages } = await client.request("chat.history", { sessionKey: "main" })
  expect(messages[0]?.parts).toMatchObject([{ text: message }])
  await client.request("system-event", { text: message })
  const presence = await client.request("system-presence", {})
  expect(presence.some(({ text }) => text.includes(message))).toBe(true)
})
