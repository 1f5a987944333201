// The first minutes of somebody new: set up, start, open. Each is a process of its own, as a person starts it.

import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { expect, onTestFinished, test } from "vitest"
import { createPuppeteer } from "./support/puppeteer.ts"

const MAIN = join(import.meta.dirname, "..", "server", "main.ts")
const TOKEN = "0123456789abcdef & more"

function makeWorld(environment: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), "clawdis-new-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const env = { ...process.env, ...environment, CLAWDIS_STATE_DIR: folder }
  const start = (...line: readonly string[]) => spawn(process.execPath, [MAIN, ...line], { env })
  const run = (...line: readonly string[]) =>
    new Promise<{ code: unknown; out: string; err: string }>((resolve) => {
      execFile(process.execPath, [MAIN, ...line], { env }, (error, out, err) =>
        resolve({ code: error?.code ?? 0, out, err }),
      ).stdin?.end()
    })
  return { folder, run, start }
}

async function untilReady(gateway: ChildProcess & { readonly stdout: NodeJS.ReadableStream }) {
  onTestFinished(async () => {
    if (gateway.exitCode !== null || gateway.signalCode !== null) return
    gateway.kill("SIGKILL")
    await once(gateway, "exit")
  })
  const lines: string[] = []
  for await (const line of createInterface({ input: gateway.stdout })) {
    lines.push(line)
    if (line.startsWith("ready in ")) return lines
  }
  throw new Error(`the gateway ended:\n${lines.join("\n")}`)
}

test("[CL22] setup, gateway, open: from nothing to a page that knows the token", async () => {
  const puppeteer = await createPuppeteer()
  onTestFinished(() => puppeteer.close())
  const { command, env } = puppeteer.config as { command: string[]; env: string[] }
  const { folder, run, start } = makeWorld({
    ...puppeteer.environment,
    CLAWDIS_GATEWAY_TOKEN: TOKEN,
  })
  const agent = ["--agent", JSON.stringify(command), "--agent-env", env.join(",")]
  const setup = run("setup", "--yes", ...agent, "--number", "assistant", "--allow", "+15550100000")
  const turn = await puppeteer.nextTurn()
  expect(turn.prompt).toContain("one word")
  turn.answer("ok")
  const { code, out, err } = await setup
  expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining("It answers (") })
  expect(out).toContain("No chat service was contacted: nothing has been sent to anyone.")
  expect(statSync(join(folder, "clawdis.json")).mode & 0o777).toBe(0o600)

  const gateway = start("gateway", "--port", "0", "--webchat-port", "0")
  const lines = await untilReady(gateway)
  const page = lines.find((line) => line.startsWith("webchat "))?.replace(/^webchat\s+/, "")
  expect(lines).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^clawdis \d+\.\d+\.\d+ ?(?:\([0-9a-f]{7}\))?$/),
      expect.stringMatching(/^control {3}ws:\/\/127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^webchat {3}http:\/\/127\.0\.0\.1:\d+\/$/),
      "token     token required (from environment CLAWDIS_GATEWAY_TOKEN)",
      `log       ${join(folder, "gateway.log")}`,
      "agent     acp: ready",
      "whatsapp  not linked. Link it with: clawdis login, or on the page",
      expect.stringMatching(/^telegram {2}off\. /),
    ]),
  )

  const opened = await run("open", "--no-open")
  expect(opened).toEqual({ code: 0, out: `${page}#token=${encodeURIComponent(TOKEN)}\n`, err: "" })
  expect((await fetch(opened.out.trim())).status).toBe(200)
  const status = (await run("status")).out
  expect(status).toMatch(/From another machine:\n {2}ssh -N -L .+\n {2}then open http:\S+\n$/)
  gateway.kill("SIGTERM")
  expect((await once(gateway, "exit"))[0]).toBe(0)
})
