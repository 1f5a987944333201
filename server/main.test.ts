import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { WebSocketServer } from "ws"

const MAIN = join(import.meta.dirname, "main.ts")

async function run(line: string, environment: NodeJS.ProcessEnv = {}) {
  const child = spawn("/bin/sh", ["-c", `"${process.execPath}" "${MAIN}" ${line}`], {
    env: { PATH: process.env["PATH"], HOME: "/nonexistent", ...environment },
  })
  let out = ""
  let err = ""
  child.stdout.on("data", (chunk) => {
    out += chunk
  })
  child.stderr.on("data", (chunk) => {
    err += chunk
  })
  const [code] = await once(child, "close")
  return { code, out, err }
}

test("[CL1, D3] the process ends with the command's exit code", async () => {
  const { code, out, err } = await run("gw:health --port 1")
  expect({ code, out }).toEqual({ code: 3, out: "" })
  expect(err).toContain("Gateway not reachable at ws://127.0.0.1:1 (ECONNREFUSED).")
})

test("[CL10] a closed stdout ends a command quietly", async () => {
  const { out, err } = await run("--help | head -1")
  expect(out).toMatch(/^Usage: clawdis/)
  expect(err).toBe("")
})

test("[CF12] Ctrl-C ends the wait for a token that comes through a pipe", async () => {
  const folder = mkdtempSync(join(tmpdir(), "clawdis-pipe-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const pipe = join(folder, "token")
  expect(spawnSync("mkfifo", [pipe]).status).toBe(0)
  // Open for writing as well, so that it has a writer who never writes.
  const held = openSync(pipe, constants.O_RDWR)
  onTestFinished(() => closeSync(held))
  const child = spawn(process.execPath, [MAIN, "health", "--token-file", pipe], { stdio: "pipe" })
  onTestFinished(() => void child.kill("SIGKILL"))
  const [line] = await once(child.stderr, "data")
  expect(String(line)).toBe(`waiting for what comes through ${pipe} …\n`)
  child.kill("SIGINT")
  // A shell makes 130 of it.
  expect(await once(child, "close")).toEqual([null, "SIGINT"])
})

test("[CL11] nothing is coloured off a terminal", async () => {
  const { out, err } = await run("gateway --help", { FORCE_COLOR: "1" })
  expect(out + err).not.toContain("\u001b")
})

/** A gateway that says hello and then sends ticks for ever. */
async function startTicking(): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" })
  onTestFinished(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  server.on("connection", (socket) => {
    let seq = 0
    const tick = (): void => {
      seq += 1
      const frame = { type: "event", event: "tick", payload: { ts: seq }, seq }
      socket.send(JSON.stringify(frame), (error) => error ?? setTimeout(tick, 10))
    }
    const helloOk = {
      type: "hello-ok",
      protocol: 1,
      server: { version: "9", host: "box", connId: "c" },
      features: { methods: [], events: ["tick"] },
      snapshot: { presence: [], health: {}, stateVersion: { presence: 1, health: 1 }, uptimeMs: 1 },
      policy: { maxPayload: 8_388_608, maxBufferedBytes: 1, tickIntervalMs: 30_000 },
    }
    socket.once("message", () => {
      socket.send(JSON.stringify(helloOk))
      tick()
    })
  })
  await once(server, "listening")
  return (server.address() as AddressInfo).port
}

test("[CL10] a reader who takes one event and leaves ends the command quietly", async () => {
  const { out, err } = await run(`gw:events --port ${await startTicking()} | head -1`)
  expect(JSON.parse(out)).toMatchObject({ event: "tick", seq: 1 })
  expect(err).toBe("")
})

test("[D3] Ctrl-C ends a command with exit code 130", async () => {
  const line = ["gw:events", "--port", String(await startTicking())]
  const env = { PATH: process.env["PATH"], HOME: "/nonexistent" }
  const child = spawn(process.execPath, [MAIN, ...line], { env })
  await once(child.stdout, "data")
  child.kill("SIGINT")
  expect(await once(child, "close")).toEqual([130, null])
})

test("a question to the gateway loads nothing of what the gateway is made of", () => {
  const entries = ["main.ts", "cli/index.ts"]
  const questions = ["call", "events", "health", "send", "status", "agent"]
  const seen = new Set<string>()
  for (const file of [...entries, ...questions.map((name) => `cli/gw/${name}.ts`)]) {
    follow(join(import.meta.dirname, file), seen)
  }
  const libraries = [...seen].filter((name) => !name.startsWith("/") && !name.startsWith("node:"))
  expect(libraries.sort()).toEqual(["commander", "valibot"])
  expect([...seen].some((name) => name.includes("/channels/"))).toBe(false)
})

test("config reads and writes the file with no library of a service, and the schema's only for the schema", () => {
  const seen = new Set<string>()
  for (const name of ["check", "get", "set"]) {
    follow(join(import.meta.dirname, `cli/config-${name}.ts`), seen)
  }
  const libraries = [...seen].filter((name) => !name.startsWith("/") && !name.startsWith("node:"))
  expect(libraries.sort()).toEqual(["@humanwhocodes/momoa", "valibot"])
  expect([...seen].some((name) => name.includes("/gateway/"))).toBe(false)
})

const STATIC = /^(?:import|export|\})(?! type\b)[^"'`]*?\bfrom\s+["']([^"']+)["']/gm

/** Every module that importing `file` loads at once. */
function follow(file: string, seen: Set<string>): void {
  if (seen.has(file)) return
  seen.add(file)
  for (const [, specifier = ""] of readFileSync(file, "utf8").matchAll(STATIC)) {
    if (specifier === "#protocol") follow(join(import.meta.dirname, "../protocol/index.ts"), seen)
    else if (specifier.startsWith(".")) follow(join(dirname(file), specifier), seen)
    else seen.add(specifier)
  }
}
