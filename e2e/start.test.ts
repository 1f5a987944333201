import { existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { expect, onTestFinished, test, vi } from "vitest"
import { readInstance } from "../server/host/instance-file.ts"
import { silentLogger } from "../server/host/logger.ts"
import { openDatabase } from "../server/store/database.ts"
import { connectClient } from "../server/testing/test-client.ts"
import { type Daemon, makeStateDir, startDaemon } from "./support/daemon.ts"

// What the daemon meets between its first line and "ready": orders to stop, and what cannot be had.

const TROUBLE = join(import.meta.dirname, "support", "start-entry.ts")
/** A hang detector. */
const WAIT = { timeout: 20_000, interval: 20 }

function startInTrouble(stateDir: string, trouble: "hangs early" | "hangs" | "fails"): Daemon {
  const environment = { NODE_OPTIONS: `--import=${TROUBLE}`, CLAWDIS_TEST_START: trouble }
  return startDaemon(stateDir, { environment })
}

/** Until its start hangs, with everything open. */
async function startHanging(stateDir: string): Promise<Daemon> {
  const daemon = startInTrouble(stateDir, "hangs")
  await vi.waitFor(() => expect(daemon.stdout()).toContain("the start hangs"), WAIT)
  expect(existsSync(join(stateDir, "gateway.json"))).toBe(true)
  return daemon
}

test("[D1, D3] a signal while the start hangs ends it in order, exit 0", async () => {
  const stateDir = makeStateDir()
  const daemon = await startHanging(stateDir)
  const { port } = readInstance(join(stateDir, "gateway.json")) ?? {}
  const client = await connectClient(`ws://127.0.0.1:${port}/`)
  const early = expect(client.call("health")).rejects.toMatchObject({ reason: "shutting_down" })
  daemon.child.kill("SIGTERM")
  await early
  expect(await client.closed).toEqual({ code: 1012, reason: "service restart" })
  expect(await daemon.exit).toBe(0)
  expect(daemon.stdout()).toContain("stopping")
  expect(daemon.stdout()).not.toContain("ready in")
  expect(existsSync(join(stateDir, "gateway.json"))).toBe(false)
})

test("[D1, D3] a signal while the start hangs before anything is open ends it as well, exit 0", async () => {
  const stateDir = makeStateDir()
  const daemon = startInTrouble(stateDir, "hangs early")
  await vi.waitFor(() => expect(daemon.stdout()).toContain("the start hangs"), WAIT)
  daemon.child.kill("SIGTERM")
  expect(await daemon.exit).toBe(0)
  expect(daemon.stderr()).toBe("")
  // The state was closed in order.
  expect(existsSync(join(stateDir, "clawdis.db"))).toBe(true)
  expect(existsSync(join(stateDir, "clawdis.db-running"))).toBe(false)
})

test("[D1, SD3] a second signal while the start hangs ends it at once, exit 1", async () => {
  const stateDir = makeStateDir()
  const daemon = await startHanging(stateDir)
  daemon.child.kill("SIGTERM")
  daemon.child.kill("SIGINT")
  expect(await daemon.exit).toBe(1)
  expect(daemon.stdout()).toMatch(/ stopped .*1$/m)
  expect(daemon.stderr()).toBe("")
  expect(existsSync(join(stateDir, "gateway.json"))).toBe(false)
})

test("[D1, CL14] with --force it says that it waits for the state and for whom, and a signal ends the wait, exit 0", async () => {
  const stateDir = makeStateDir()
  const path = join(stateDir, "clawdis.db")
  const holder = openDatabase({ path, log: silentLogger })
  onTestFinished(() => holder.close())
  const daemon = startDaemon(stateDir, { force: true })
  const line = /waiting up to [0-9]+ s for the state folder, held by another process/
  await vi.waitFor(() => expect(daemon.stderr()).toMatch(line), WAIT)
  daemon.child.kill("SIGTERM")
  expect(await daemon.exit).toBe(0)
  expect(daemon.stdout()).not.toContain("control")
})

test("[D2, D3] what fails after the state was opened ends the start in one sentence, exit 1, and leaves nothing", async () => {
  const stateDir = makeStateDir()
  const daemon = startInTrouble(stateDir, "fails")
  expect(await daemon.exit).toBe(1)
  expect(daemon.stderr()).toContain("The gateway's storage failed: disk I/O error.\n")
  expect(daemon.stderr()).not.toContain("    at ")
  expect(existsSync(join(stateDir, "gateway.json"))).toBe(false)
})

test("[D2] a gateway.json that cannot be written is a warning, and the gateway runs", async () => {
  const stateDir = makeStateDir()
  mkdirSync(join(stateDir, "gateway.json"))
  const daemon = startDaemon(stateDir)
  await daemon.ready
  expect(daemon.stdout()).toMatch(/gateway\.json cannot be written/)
  daemon.child.kill("SIGTERM")
  expect(await daemon.exit).toBe(0)
})
