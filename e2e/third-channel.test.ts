// A channel is a folder and a row. The folder is the channel in memory, which passes the contract's suite in
// its own tests; here a copy of the program gets the row, and nothing else of it is changed.

import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { promisify } from "node:util"
import { expect, onTestFinished, test } from "vitest"

const ROOT = join(import.meta.dirname, "..")
const COPIED = ["bin", "docs", "package.json", "protocol", "README.md", "server"]
const run = promisify(execFile)

test("[M1, M2, M5] a third row in the table of channels is in health, status, send and the configuration", async () => {
  const program = await copyWithRow()
  const folder = join(program, "state")
  const environment = { ...process.env, CLAWDIS_STATE_DIR: folder, NO_COLOR: "1" }
  const gateway = spawn(
    process.execPath,
    ["server/main.ts", "gateway", "--port", "0", "--webchat-port", "0"],
    { cwd: program, env: environment, stdio: ["ignore", "pipe", "inherit"] },
  )
  onTestFinished(() => end(gateway))
  const lines = await untilReady(gateway)
  expect(lines).toContain("toy       connected")

  const call = async (...args: string[]) => {
    const { stdout } = await run(process.execPath, ["server/main.ts", ...args], {
      cwd: program,
      env: environment,
    })
    return JSON.parse(stdout) as Record<string, unknown>
  }
  expect(await call("gw:health")).toMatchObject({ ok: true, channels: { toy: { state: "open" } } })
  expect(await call("gw:status")).toMatchObject({
    providerSummary: expect.arrayContaining(["Toy: connected as memory"]),
  })
  expect(await call("gw:send", "--to", "toy:1", "--message", "hello")).toMatchObject({
    channel: "toy",
    chatId: "1",
    status: "sent",
  })
  expect(await call("allow", "toy", "7", "--json")).toMatchObject({ channel: "toy", id: "7" })
})

async function copyWithRow(): Promise<string> {
  const program = await mkdtemp(join(tmpdir(), "clawdis-third-"))
  onTestFinished(() => rm(program, { recursive: true, force: true }))
  for (const name of COPIED) await cp(join(ROOT, name), join(program, name), { recursive: true })
  await symlink(join(ROOT, "node_modules"), join(program, "node_modules"))
  const table = join(program, "server/channels/index.ts")
  const text = await readFile(table, "utf8")
  const changed = text
    .replace("import { telegram }", 'import { toy } from "./toy/index.ts"\nimport { telegram }')
    .replace("[whatsapp, telegram]", "[whatsapp, telegram, toy]")
  expect(changed).toContain("telegram, toy]")
  await writeFile(table, changed)
  await cp(join(program, "server/channels/memory"), join(program, "server/channels/toy"), {
    recursive: true,
  })
  const row = join(program, "server/channels/toy/index.ts")
  const definition = `${await readFile(row, "utf8")}
export const toy = { ...createMemoryDefinition({ id: "toy" }), name: "Toy" }
`
  await writeFile(row, definition)
  return program
}

async function untilReady(gateway: ChildProcess): Promise<string> {
  let printed = ""
  if (gateway.stdout === null) throw new Error("the gateway has no output")
  for await (const line of createInterface({ input: gateway.stdout })) {
    printed += `${line}\n`
    if (line.startsWith("ready in ")) return printed
  }
  throw new Error(`the gateway ended:\n${printed}`)
}

async function end(gateway: ChildProcess): Promise<void> {
  if (gateway.exitCode !== null) return
  gateway.kill("SIGTERM")
  await once(gateway, "exit")
}
