import { spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test, vi } from "vitest"
import { createManualClock } from "../testing/manual-clock.ts"
import { createTranscribe } from "./transcribe.ts"

/** A program of a few lines that stands for the one of an operator. */
async function prepare(program: string) {
  const folder = await mkdtemp(join(tmpdir(), "clawdis-test-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const script = join(folder, "program.mjs")
  await writeFile(script, program)
  const clock = createManualClock()
  const transcribe = createTranscribe({
    command: [process.execPath, script, "--language", "de; rm -rf /"],
    environment: { ...process.env, CLAWDIS_GATEWAY_TOKEN: "secret" },
    clock,
    timeoutMs: 60_000,
  })
  return { clock, transcribe }
}

const { signal } = new AbortController()

test("the program gets the file's path as its last argument and none of our secrets", async () => {
  const { transcribe } = await prepare(`
    console.log(JSON.stringify([process.argv.slice(2), process.env.CLAWDIS_GATEWAY_TOKEN ?? null]))
  `)
  const text = await transcribe("/media/$(id) note.ogg", signal)
  expect(JSON.parse(text)).toEqual([["--language", "de; rm -rf /", "/media/$(id) note.ogg"], null])
})

test("a program that fails, says too much or is not there gives no text", async () => {
  const failing = await prepare("console.log('half'); process.exit(3)")
  await expect(failing.transcribe("/x", signal)).rejects.toThrow("exit code 3")
  const endless = await prepare("for (;;) process.stdout.write('x'.repeat(10_000))")
  await expect(endless.transcribe("/x", signal)).rejects.toThrow("too much")
  const missing = createTranscribe({
    command: ["/nowhere/whisper"],
    environment: {},
    clock: createManualClock(),
    timeoutMs: 1_000,
  })
  await expect(missing("/x", signal)).rejects.toThrow("ENOENT")
})

test("a system without free files gives no text, and the process goes on", () => {
  const module = JSON.stringify(new URL("./transcribe.ts", import.meta.url).href)
  const clock = JSON.stringify(new URL("../host/clock.ts", import.meta.url).href)
  const program = `
    import { openSync } from "node:fs"
    import { createTranscribe } from ${module}
    import { systemClock as clock } from ${clock}
    const parts = { command: ["true"], environment: {}, clock, timeoutMs: 1_000 }
    const transcribe = createTranscribe(parts)
    const { signal } = new AbortController()
    await transcribe("/x", signal)
    try { for (;;) openSync("/dev/null", "r") } catch {}
    await transcribe("/x", signal).catch((error) => console.log(error.message))
    setImmediate(() => console.log("alive"))
  `
  const args = ["-c", 'ulimit -n 64; exec "$0" --input-type=module -e "$1"', process.execPath]
  const { stdout } = spawnSync("sh", [...args, program], { encoding: "utf8" })
  expect(stdout).toMatch(/^the program for transcripts cannot be run \(EMFILE\)\nalive\n$/)
})

/** Holds a line to the test for as long as it lives, and starts another that does. */
const withChild = (port: number) => `
  import { spawn } from "node:child_process"
  import { connect } from "node:net"
  const line = "require('node:net').connect(${port}, '127.0.0.1')"
  spawn(process.execPath, ["-e", line], { stdio: "inherit" })
  connect(${port}, "127.0.0.1")
`

test.for(["the deadline", "the signal"] as const)(
  "%s ends the program and what it started",
  async (cause) => {
    const server = createServer((socket) => lines.push(once(socket.resume(), "close")))
    const lines: Promise<unknown>[] = []
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const { clock, transcribe } = await prepare(withChild(port))
    const controller = new AbortController()
    const failed = expect(transcribe("/x", controller.signal)).rejects.toThrow(
      cause === "the signal" ? "stopped" : "in time",
    )
    await vi.waitFor(() => expect(lines).toHaveLength(2), { timeout: 10_000 })
    if (cause === "the signal") controller.abort()
    else await clock.advance(60_000)
    await failed
    await Promise.all(lines)
  },
)
