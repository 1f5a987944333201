import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { systemClock } from "./clock.ts"
import { FatalError } from "./errors.ts"
import { findListeners, freePort, isPortFree } from "./port.ts"

let folder: string
const children: ChildProcess[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "clawdis-port-"))
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL")
  rmSync(folder, { recursive: true, force: true })
})

/** A program in lsof's place. */
function fakeLsof(script: string): string {
  const path = join(folder, "lsof")
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return path
}

async function startListener(onSigterm: string): Promise<{ child: ChildProcess; port: number }> {
  const code = `
    process.on("SIGTERM", () => { ${onSigterm} })
    const server = require("net").createServer()
    server.listen(0, "127.0.0.1", () => console.log(server.address().port))`
  const child = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] })
  children.push(child)
  const [line] = await once(child.stdout as NonNullable<typeof child.stdout>, "data")
  return { child, port: Number(String(line)) }
}

async function freshPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}

function options(lsof?: string) {
  const said: string[] = []
  const say = (line: string) => void said.push(line)
  const base = { host: "127.0.0.1", clock: systemClock, timeoutMs: 5_000, waitMs: 10_000, say }
  return { said, options: lsof === undefined ? base : { ...base, lsof } }
}

test("[CL12] without lsof nothing is started and nobody is ended", async () => {
  const missing = join(folder, "nothing-here")
  await expect(findListeners(1, { timeoutMs: 5_000, lsof: missing })).rejects.toThrow(
    "lsof not found; required for --force",
  )
})

test("[CL13] a free port is said to have no listeners", async () => {
  const port = await freshPort()
  const { said, options: given } = options()
  expect(await freePort(port, given)).toEqual([])
  expect(said).toEqual([`no listeners on port ${port}`])
})

test("[CL14] a listener is told to leave and waited for", async () => {
  const { child, port } = await startListener("setTimeout(() => process.exit(0), 50)")
  const { said, options: given } = options()
  const ended = await freePort(port, given)
  expect(ended).toEqual([{ pid: child.pid, command: expect.stringContaining("node") }])
  expect(said[0]).toContain(`sent SIGTERM to pid ${child.pid}`)
  expect(await isPortFree(port, "127.0.0.1")).toBe(true)
})

test("[CL14] a listener that ignores SIGTERM is named, and lives", async () => {
  const { child, port } = await startListener("")
  const { options: given } = options()
  await expect(freePort(port, { ...given, waitMs: 200 })).rejects.toThrow(
    `port ${port} is still taken by pid ${child.pid}`,
  )
  expect(child.exitCode).toBeNull()
  expect(child.signalCode).toBeNull()
})

test("[CL15] a listener that is gone already is no failure", async () => {
  const child = spawn("true")
  await once(child, "exit")
  const { options: given } = options(fakeLsof(`printf 'p${child.pid}\\ncold\\n'`))
  expect(await freePort(await freshPort(), given)).toEqual([{ pid: child.pid, command: "old" }])
})

test("[CL15] a listener of another user is named, with the reason", async () => {
  const asked: unknown[] = []
  const kill = (...given: unknown[]) => {
    asked.push(given)
    throw Object.assign(new Error("kill EPERM"), { code: "EPERM" })
  }
  const { options: given, said } = options(fakeLsof("printf 'p4711\\ncsshd\\n'"))
  const refused = freePort(await freshPort(), { ...given, kill })
  await expect(refused).rejects.toThrow("cannot end pid 4711 (sshd): it belongs to another user")
  await expect(refused).rejects.toBeInstanceOf(FatalError)
  expect(asked).toEqual([[4711, "SIGTERM"]])
  expect(said).toEqual([])
})

test("[CL15] a listener that lsof does not show, as another user's is not, is no free port", async () => {
  const { child, port } = await startListener("")
  const { options: given, said } = options(fakeLsof("exit 1"))
  await expect(freePort(port, given)).rejects.toThrow(
    `port ${port} is taken by a process that lsof does not show`,
  )
  expect(said).toEqual([])
  expect(child.signalCode).toBeNull()
})

test("[CL15, D1] an order to stop ends the question to lsof, and then nobody is ended", async () => {
  const started = join(folder, "started")
  const lsof = fakeLsof(`touch ${started}; exec sleep 60`)
  const { options: given, said } = options(lsof)
  const stopping = new AbortController()
  const kill = () => expect.unreachable()
  const freeing = freePort(await freshPort(), { ...given, kill, signal: stopping.signal })
  await vi.waitFor(() => expect(existsSync(started)).toBe(true), { timeout: 20_000 })
  stopping.abort()
  expect(await freeing).toEqual([])
  expect(said).toEqual([])
})

test("[CL14, D1] an order to stop ends the wait for the port", async () => {
  const { child, port } = await startListener("")
  const { options: given } = options()
  const stopping = new AbortController()
  const say = () => stopping.abort()
  const left = await freePort(port, { ...given, say, waitMs: 1e9, signal: stopping.signal })
  expect(left).toMatchObject([{ pid: child.pid }])
})

test("[CL15] an lsof that hangs is given up", async () => {
  const lsof = fakeLsof("exec sleep 60")
  await expect(findListeners(1, { timeoutMs: 50, lsof })).rejects.toThrow("lsof did not answer")
})

test("[CL15] this process and odd pids are never listed", async () => {
  const lsof = fakeLsof(`printf 'p${process.pid}\\ncme\\np1\\ncinit\\np0\\nck\\np-5\\ncgroup\\n'`)
  expect(await findListeners(1, { timeoutMs: 5_000, lsof })).toEqual([])
})

test("[CL15] a mere client of the port is left alone", async () => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  const code = `require("net").connect(${port}, "127.0.0.1", () => console.log("up"))`
  const child = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] })
  children.push(child)
  await once(child.stdout, "data")
  expect(await findListeners(port, { timeoutMs: 5_000 })).toEqual([])
  child.kill("SIGKILL")
  server.close()
})

test("a port that answers is not free", async () => {
  const { port } = await startListener("process.exit(0)")
  expect(await isPortFree(port, "127.0.0.1")).toBe(false)
})
