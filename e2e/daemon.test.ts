import { once } from "node:events"
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { expect, onTestFinished, test, vi } from "vitest"
import { connectClient } from "../server/testing/test-client.ts"
import { makeStateDir, startDaemon } from "./support/daemon.ts"
import { createGatewayProcess } from "./support/gateway-process.ts"
import { createPuppeteer } from "./support/puppeteer.ts"

// The daemon as its operator meets it: started by the command line, ended by signals.

/** A hang detector. */
const WAIT = { timeout: 20_000, interval: 50 }

test("[SD1, D1, D3] SIGTERM while idle: shutdown to all, close 1012, exit 0, and no trace of it", async () => {
  const daemon = startDaemon(makeStateDir())
  const client = await connectClient(`ws://127.0.0.1:${await daemon.ready}/`)
  daemon.child.kill("SIGTERM")
  expect(await client.closed).toEqual({ code: 1012, reason: "service restart" })
  expect(client.events.at(-1)).toMatchObject({ event: "shutdown", payload: { reason: "SIGTERM" } })
  expect(await daemon.exit).toBe(0)
})

test.for([
  ["SIGINT", "SIGTERM"],
  ["SIGTERM", "SIGINT"],
] as const)(
  "[SD3] after %s a second signal, %s, ends it at once with exit code 1",
  async ([first, second]) => {
    const puppeteer = await createPuppeteer()
    onTestFinished(() => puppeteer.close())
    const stateDir = makeStateDir({ agent: puppeteer.config })
    const daemon = startDaemon(stateDir, { environment: puppeteer.environment })
    const client = await connectClient(`ws://127.0.0.1:${await daemon.ready}/`)
    const cut = client.request("agent", { message: "take your time", idempotencyKey: "k" })
    cut.catch(() => undefined)
    await puppeteer.nextTurn()
    daemon.child.kill(first)
    await client.event("shutdown", ({ reason }) => reason === first)
    daemon.child.kill(second)
    expect(await daemon.exit).toBe(1)
  },
)

test("[SD2, A2] SIGTERM with a run under way: new requests are refused, the run gets to its end", async () => {
  const puppeteer = await createPuppeteer()
  onTestFinished(() => puppeteer.close())
  const stateDir = makeStateDir({ agent: puppeteer.config })
  const daemon = startDaemon(stateDir, { environment: puppeteer.environment })
  const client = await connectClient(`ws://127.0.0.1:${await daemon.ready}/`)
  const answered = client.request("agent", { message: "nearly done", idempotencyKey: "k" })
  const turn = await puppeteer.nextTurn()
  daemon.child.kill("SIGTERM")
  await client.event("shutdown")
  await expect(client.request("health", {})).rejects.toMatchObject({
    code: "UNAVAILABLE",
    retryable: true,
  })
  turn.answer("Done.")
  expect(await answered).toMatchObject({ status: "ok", text: "Done." })
  expect(await daemon.exit).toBe(0)
})

test("[SD2, A2] SIGTERM with a run that does not end: its agent is ended, and it has its last answer", async () => {
  const puppeteer = await createPuppeteer()
  onTestFinished(() => puppeteer.close())
  const gateway = await createGatewayProcess({
    config: { agent: puppeteer.config },
    environment: puppeteer.environment,
  })
  onTestFinished(() => gateway.remove())
  await gateway.start()
  const client = await connectClient(gateway.url)
  const final = client.request("agent", { message: "for ever", idempotencyKey: "k" })
  const refused = expect(final).rejects.toMatchObject({ code: "UNAVAILABLE", retryable: false })
  const turn = await puppeteer.nextTurn()
  const stopped = gateway.stop()
  await refused
  await turn.dropped
  expect(await stopped).toBe(0)
})

test("[SD5] with a closed stdout and after SIGHUP it goes on, and its log is a new file", async () => {
  const stateDir = makeStateDir()
  const daemon = startDaemon(stateDir)
  const port = await daemon.ready
  const [, file = ""] = /^log +(.+)$/m.exec(daemon.stdout()) ?? []
  daemon.child.stdout?.destroy()
  renameSync(file, `${file}.old`)
  daemon.child.kill("SIGHUP")
  await vi.waitFor(() => expect(existsSync(file)).toBe(true), WAIT)
  // Something to tell of.
  writeFileSync(join(stateDir, "clawdis.json"), JSON.stringify({ agent: { thinking: "low" } }))
  await vi.waitFor(() => expect(readFileSync(file, "utf8")).toContain("has changed"), WAIT)
  const client = await connectClient(`ws://127.0.0.1:${port}/`)
  expect(await client.request("health", {})).toMatchObject({ ok: true })
  await client.close()
})

test("[CR18] with a log file that cannot be written it serves, says so once, and logs to stdout", async () => {
  const stateDir = makeStateDir()
  // A folder is no file, whoever runs the test.
  const config = (thinking: string) =>
    JSON.stringify({ logging: { file: "." }, agent: { thinking } })
  const write = (thinking: string) =>
    writeFileSync(join(stateDir, "clawdis.json"), config(thinking))
  write("off")
  const daemon = startDaemon(stateDir)
  const client = await connectClient(`ws://127.0.0.1:${await daemon.ready}/`)
  for (const thinking of ["low", "high"]) {
    const before = daemon.stdout().length
    write(thinking)
    const since = () => daemon.stdout().slice(before)
    await vi.waitFor(() => expect(since()).toContain("has changed"), WAIT)
  }
  expect(await client.request("health", {})).toMatchObject({ ok: true })
  expect(daemon.stdout().match(/log file/g)).toHaveLength(1)
  await client.close()
})

test("[CR14, D2] a second gateway on the same port names the first one and exits 1", async () => {
  const stateDir = makeStateDir()
  const first = startDaemon(stateDir)
  const port = await first.ready
  const second = startDaemon(stateDir, { port })
  expect(await second.exit).toBe(1)
  expect(second.stderr()).toContain(
    `another gateway instance is already listening on ws://127.0.0.1:${port} (pid ${first.child.pid})`,
  )
  const stranger = startDaemon(makeStateDir(), { port })
  expect(await stranger.exit).toBe(1)
  expect(stranger.stderr()).toContain(`ws://127.0.0.1:${port} (pid ${first.child.pid}`)
})

test("[CR15, D2] a second gateway on the same state names the holder and exits 1", async () => {
  const stateDir = makeStateDir()
  const first = startDaemon(stateDir)
  await first.ready
  const second = startDaemon(stateDir)
  expect(await second.exit).toBe(1)
  expect(second.stderr()).toContain(`in use by pid ${first.child.pid}`)
})

test("[CR16, D2] after SIGKILL the next one starts at once on what the first one left", async () => {
  const stateDir = makeStateDir()
  const first = startDaemon(stateDir)
  const port = await first.ready
  first.child.kill("SIGKILL")
  await first.exit
  const second = startDaemon(stateDir, { port })
  expect(await second.ready).toBe(port)
})

test("[WC13] a taken WebChat port is a warning that names the holder; the page is at the control port", async () => {
  const holder = createServer().listen(0, "127.0.0.1")
  onTestFinished(() => void holder.close())
  await once(holder, "listening")
  const address = holder.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  const daemon = startDaemon(makeStateDir(), { webchatPort: address.port })
  const port = await daemon.ready
  expect(daemon.stdout()).toContain(`the WebChat port ${address.port} is taken (pid ${process.pid}`)
  const client = await connectClient(`ws://127.0.0.1:${port}/`)
  expect(client.helloOk.snapshot.health).toMatchObject({
    ok: true,
    webchat: { state: "failed", port: address.port },
  })
  expect((await fetch(`http://127.0.0.1:${port}/boot.json`)).status).toBe(200)
  await client.close()
})
