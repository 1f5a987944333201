import { spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { expect, onTestFinished, test } from "vitest"
import { createEvents } from "./events.ts"
import type { WhatsappLab } from "./lab.ts"
import { startLab } from "./start-lab.ts"

type Line = {
  qr?: string
  open?: true
  closed?: number
  id?: string
  text?: string
  stray?: string
}

const ENTRY = fileURLToPath(new URL("client-entry.ts", import.meta.url))

/** A client in its own process, started as the lab tells a person to start the gateway. */
function startProcess(lab: WhatsappLab, folder: string) {
  const child = spawn(process.execPath, ["--import", lab.preload, ENTRY, folder], {
    env: { ...process.env, ...lab.environment },
    stdio: ["ignore", "pipe", "inherit"],
  })
  const events = createEvents()
  const lines: Line[] = []
  createInterface(child.stdout).on("line", (line) => {
    lines.push(JSON.parse(line))
    events.emit({ type: "change" })
  })
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  const kill = () => {
    child.kill("SIGKILL")
    return exited
  }
  onTestFinished(kill)
  return {
    lines,
    kill,
    until: (fits: (line: Line) => unknown) => events.waitFor(() => lines.find(fits)),
  }
}

async function startFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "lab-whatsapp-"))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

test("an unchanged client in another process is pointed at the lab by the preload", async () => {
  const { lab, ada, owner } = await startLab()
  const client = startProcess(lab, await startFolder())
  const { qr = "" } = await client.until((line) => line.qr)
  await owner.scan(qr)
  await client.until(({ closed }) => closed === 515)
  await client.until(({ open }) => open)
  await ada.sendText("hello over there")
  await client.until(({ text }) => text === "hello over there")
})

test("what a killed client had confirmed is gone, what it had not confirmed comes again", async () => {
  const { lab, ada, owner } = await startLab()
  const folder = await startFolder()
  const client = startProcess(lab, folder)
  await owner.scan((await client.until((line) => line.qr)).qr ?? "")
  await client.until(({ open }) => open)
  await lab.untilSettled()

  const { id } = await ada.sendText("confirmed")
  await lab.waitFor(() => lab.state.receipts.find((receipt) => receipt.id === id))
  await client.kill()
  await lab.untilDisconnected()
  await ada.sendText("unconfirmed")

  const next = startProcess(lab, folder)
  await next.until(({ text }) => text === "unconfirmed")
  expect(next.lines.filter(({ text }) => text === "confirmed")).toEqual([])
  expect(lab.state.connections.map(({ purpose }) => purpose)).toEqual(["pairing", "login", "login"])
})

test("a stream that ends while the client is let in leaves its promises to nobody", async () => {
  const { lab, owner } = await startLab()
  const folder = await startFolder()
  const client = startProcess(lab, folder)
  const { qr = "" } = await client.until((line) => line.qr)
  lab.faults.endAtLogin(515, 20)
  await owner.scan(qr)
  expect(await client.until(({ stray }) => stray)).toEqual({ stray: "Error: Connection Closed" })
  lab.faults.heal()
  await client.until(({ open }) => open)
})
