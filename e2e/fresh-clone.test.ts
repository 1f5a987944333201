import { execFileSync, spawn } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { expect, onTestFinished, test } from "vitest"
import { connectClient } from "../server/testing/test-client.ts"

const ROOT = join(import.meta.dirname, "..")
// A hang detector: an installation over the network stands in between.
const LIMIT_MS = 10 * 60_000

test("[H2] one command on a fresh machine leads to hello-ok", { timeout: LIMIT_MS }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "clawdis-fresh-"))
  const clone = join(folder, "clone")
  const home = join(folder, "home")
  mkdirSync(home)
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "-z"], { cwd: ROOT })
  for (const file of files.toString().split("\0").filter(Boolean)) {
    mkdirSync(dirname(join(clone, file)), { recursive: true })
    cpSync(join(ROOT, file), join(clone, file))
  }

  const npx = spawn(
    "npx",
    ["-y", "pnpm@12", "clawdis", "gateway", "--port", "0", "--webchat-port", "0"],
    {
      cwd: clone,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: withoutOurs(process.env["PATH"] ?? ""), HOME: home, CI: "true" },
    },
  )
  onTestFinished(() => {
    // The signal goes to the whole group: npx alone would leave the gateway behind.
    if (npx.pid !== undefined) process.kill(-npx.pid, "SIGTERM")
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 })
  })
  let output = ""
  npx.stderr.on("data", (chunk) => {
    output += chunk
  })
  const url = await new Promise<string>((resolve, reject) => {
    let control = ""
    createInterface({ input: npx.stdout }).on("line", (line) => {
      output += `${line}\n`
      control = /^control +(ws:\S+)/.exec(line)?.[1] ?? control
      if (line.startsWith("ready in ")) resolve(control)
    })
    npx.on("exit", (code) => reject(new Error(`ended with ${code}:\n${output}`)))
  })
  const client = await connectClient(url)
  expect(client.helloOk.snapshot.health).toMatchObject({ ok: true, agent: { engine: "builtin" } })
  const page = await fetch(url.replace(/^ws/, "http"))
  expect(await page.text()).toContain("<script")
  await client.close()
})

/** The PATH without what a package manager put in front for its scripts. */
function withoutOurs(path: string): string {
  return path
    .split(":")
    .filter((entry) => !entry.includes("node_modules"))
    .join(":")
}
