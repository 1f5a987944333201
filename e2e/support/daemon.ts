// The daemon as its operator starts it: by the command line, in a process of its own.

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { onTestFinished } from "vitest"

const MAIN = join(import.meta.dirname, "..", "..", "server", "main.ts")

export interface DaemonOptions {
  readonly port?: number
  readonly webchatPort?: number
  readonly force?: boolean
  readonly environment?: Readonly<Record<string, string>>
}

export interface Daemon {
  readonly child: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  /** The control port, once it listens. */
  readonly ready: Promise<number>
  readonly exit: Promise<number | null>
}

export function makeStateDir(config: unknown = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "clawdis-daemon-"))
  writeFileSync(join(folder, "clawdis.json"), JSON.stringify(config), { mode: 0o600 })
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

export function startDaemon(
  stateDir: string,
  { port = 0, webchatPort = 0, environment = {}, force = false }: DaemonOptions = {},
): Daemon {
  const flags = ["--port", String(port), "--webchat-port", String(webchatPort)]
  if (force) flags.push("--force")
  const child = spawn(process.execPath, [MAIN, "gateway", ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", ...environment, CLAWDIS_STATE_DIR: stateDir },
  })
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill("SIGKILL")
    await once(child, "exit")
  })
  let stdout = ""
  let stderr = ""
  child.stderr.on("data", (chunk) => {
    stderr += chunk
  })
  const ready = new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      stdout += `${line}\n`
      if (line.startsWith("ready in ")) resolve(Number(/^control .*:([0-9]+)$/m.exec(stdout)?.[1]))
    })
    child.once("exit", (code) => reject(new Error(`ended with ${code}: ${stderr}`)))
  })
  ready.catch(() => undefined)
  const exit = once(child, "close").then(([code]) => code as number | null)
  return { child, stdout: () => stdout, stderr: () => stderr, ready, exit }
}
