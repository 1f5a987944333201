import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test, vi } from "vitest"
import { DEFAULT_TIMINGS } from "../config/timings.ts"
import { createCollector } from "../testing/collector.ts"
import { type StartedGateway, startGateway } from "../testing/start-gateway.ts"
import { openInBrowser } from "./browser.ts"
import { COMMANDS } from "./index.ts"
import { toPageAddress } from "./page-address.ts"
import { runProgram } from "./program.ts"

const TOKEN = "a secret/of 24 letters&=#"

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "clawdis-open-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function run(gateway: StartedGateway | undefined, ...line: readonly string[]) {
  const stateDir = makeFolder()
  const instance = { pid: process.pid, port: gateway?.port ?? 1, startedAt: 1, version: "1" }
  writeFileSync(join(stateDir, "gateway.json"), JSON.stringify({ ...instance, webchatPort: 4711 }))
  const stdout = createCollector()
  const stderr = createCollector()
  const code = await runProgram(COMMANDS, {
    argv: line,
    stdout,
    stderr,
    timings: DEFAULT_TIMINGS,
    environment: { CLAWDIS_STATE_DIR: stateDir, CLAWDIS_GATEWAY_TOKEN: TOKEN },
    onInterrupt: () => undefined,
  })
  return { code, out: stdout.text, err: stderr.text }
}

test("open prints the page's address with the token, and nothing else", async () => {
  await using gateway = await startGateway({ token: TOKEN })
  const url = `http://127.0.0.1:4711/#token=${encodeURIComponent(TOKEN)}`
  expect(await run(gateway, "open")).toEqual({ code: 0, out: `${url}\n`, err: "" })
  const far = ["--url", `ws://127.0.0.1:${gateway.port}`, "--token", TOKEN]
  expect((await run(gateway, "open", ...far)).out).toContain(`:${gateway.port}/#`)
  const { out } = await run(gateway, "open", "--no-open", "--json")
  expect(JSON.parse(out)).toEqual({ url, opened: false })
})

test("[CL1] open gives no address at which nobody serves a page", async () => {
  const { code, out, err } = await run(undefined, "open")
  expect({ code, out }).toEqual({ code: 3, out: "" })
  expect(err).toContain("Start it with: clawdis gateway")
})

test("[CL2] open gives no address with a token that the gateway does not take", async () => {
  await using gateway = await startGateway({ token: TOKEN })
  expect(await run(gateway, "open", "--token", "another")).toMatchObject({ code: 4, out: "" })
})

test.for([
  [{ url: "ws://127.0.0.1:18789" }, undefined, "http://127.0.0.1:18789/"],
  [{ url: "ws://127.0.0.1:18789" }, 18_788, "http://127.0.0.1:18788/"],
  // A tunnel to another machine's gateway.
  [{ url: "ws://127.0.0.1:9000" }, 18_788, "http://127.0.0.1:9000/"],
  [{ url: "wss://box.example/gw", token: "a b" }, 18_788, "https://box.example/gw/#token=a%20b"],
  [{ url: "ws://[::1]:18789" }, undefined, "http://[::1]:18789/"],
] as const)("the page of %j beside port %s is at %s", ([link, webchatPort, expected]) => {
  const own = { pid: 1, port: 18_789, startedAt: 1, version: "1" }
  expect(toPageAddress(link, webchatPort === undefined ? own : { ...own, webchatPort })).toBe(
    expected,
  )
})

/** A folder for PATH whose opener writes down what it is asked to open. */
function makeOpener() {
  const folder = makeFolder()
  const file = join(folder, "opened")
  writeFileSync(join(folder, "xdg-open"), `#!/bin/sh\nprintf '%s\\n' "$*" > ${file}\n`)
  chmodSync(join(folder, "xdg-open"), 0o755)
  return { path: folder, opened: () => vi.waitFor(() => readOpened(file), { timeout: 20_000 }) }
}

function readOpened(file: string): string {
  const text = readFileSync(file, "utf8")
  if (!text.endsWith("\n")) throw new Error("the opener is not done yet")
  return text.trim()
}

const SCREEN = { DISPLAY: ":0" }
const options = (environment: Readonly<Record<string, string>>, timeoutMs = 10_000) => ({
  environment,
  platform: "linux",
  timeoutMs,
  signal: new AbortController().signal,
})

test("[CL18] the browser gets an address that works once and leads to the one with the token", async () => {
  const { opened, path } = makeOpener()
  const address = "http://127.0.0.1:18788/#token=abc"
  const done = openInBrowser(address, options({ ...SCREEN, PATH: path }))
  const lent = await opened()
  expect(lent).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f-]{36}$/)
  const guess = await fetch(new URL("/00000000-0000-0000-0000-000000000000", lent))
  expect(guess.status).toBe(404)
  const led = await fetch(lent, { redirect: "manual" })
  expect({ status: led.status, to: led.headers.get("location") }).toEqual({
    status: 302,
    to: address,
  })
  expect(await done).toBeUndefined()
  await expect(fetch(lent)).rejects.toThrow()
})

test("without a token the address itself is opened", async () => {
  const { opened, path } = makeOpener()
  const address = "http://127.0.0.1:18788/"
  expect(await openInBrowser(address, options({ ...SCREEN, PATH: path }))).toBeUndefined()
  expect(await opened()).toBe(address)
})

test("where no browser can be started, or it does not come, that is said", async () => {
  const { opened, path } = makeOpener()
  const address = "http://127.0.0.1:18788/#token=abc"
  expect(await openInBrowser(address, options({ PATH: path }))).toContain("No browser")
  expect(await openInBrowser(address, options({ ...SCREEN, PATH: "/nowhere" }))).toContain(
    "No browser",
  )
  expect(await openInBrowser(address, options({ ...SCREEN, PATH: path }, 1))).toContain(
    "did not ask",
  )
  // It still writes when it is no longer waited for.
  await opened()
})
