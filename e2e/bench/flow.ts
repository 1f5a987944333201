// What a healthy client feels, and what the gateway's memory does, while clients that read nothing are sent
// everything: beside a bare `ws` server that is in the same storm.
// Usage: pnpm bench:flow [clients that do not read]

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { WebSocket } from "ws"
import { clientFrame, connectRaw, upgradeRequest } from "../../server/testing/raw-client.ts"
import {
  median,
  type RunningServer,
  residentKiB,
  type ServerCommand,
  startServer,
} from "./measure.ts"

const ROOT = join(import.meta.dirname, "..", "..")
const STORM_MS = 6_000
/** As the built-in engine speaks: three words at a time. */
const PIECE_EVERY_MS = 15
const WORDS = 1_500
const WATCH_EVERY_MS = 100
const BEGIN_MS = 1_000
const NEVER_READING = Number(process.argv[2] ?? 1_000)
/** Not slower than the bare server, but for what a machine does besides. */
const MOST_RATIO = 1.2
const MOST_MEMORY_KIB = 64 * 1024

const hello = (mode: string) =>
  JSON.stringify({
    type: "hello",
    minProtocol: 1,
    maxProtocol: 1,
    client: { name: "bench", version: "1", platform: "bench", mode },
    caps: ["runs"],
  })

const ASK = JSON.stringify({
  type: "req",
  id: "storm",
  method: "agent",
  params: { message: "go ".repeat(WORDS), idempotencyKey: `storm-${process.pid}` },
})

const stateDir = mkdtempSync(join(tmpdir(), "clawdis-bench-"))
const gateway: ServerCommand = {
  argv: [join(ROOT, "bin", "clawdis"), "gateway", "--port", "0", "--webchat-port", "0"],
  environment: { CLAWDIS_STATE_DIR: stateDir },
}
const bare: ServerCommand = {
  argv: [process.execPath, join(import.meta.dirname, "bare-broadcast.js")],
}

interface Measured {
  readonly latenciesMs: readonly number[]
  readonly memoryKiB: number
  /** A usual frame of the storm. */
  readonly frameBytes: number
}

interface Words {
  readonly greeting: string
  readonly call: string
  readonly storm: string
}

try {
  const own = await measure(gateway, {
    greeting: hello("cli"),
    call: JSON.stringify({ type: "req", id: "call", method: "commands.list" }),
    storm: ASK,
  })
  const baseline = await measure(bare, {
    greeting: "hello",
    call: "call",
    storm: `storm 1 frames of ${own.frameBytes} bytes each ${PIECE_EVERY_MS} ms`,
  })
  report(own, baseline)
} finally {
  rmSync(stateDir, { recursive: true, force: true })
}

async function measure(command: ServerCommand, words: Words): Promise<Measured> {
  const server = await startServer(command)
  const stuck = await connectStuck(server, words.greeting)
  const healthy = await connectHealthy(server, words.greeting)
  await wait(1_000)
  const memoryBefore = residentKiB(server.child.pid ?? 0)
  let mostMemory = memoryBefore
  healthy.send(words.storm)
  const watching = setInterval(() => {
    mostMemory = Math.max(mostMemory, residentKiB(server.child.pid ?? 0))
  }, WATCH_EVERY_MS)
  // What begins the storm is work of another kind, which the bare server does not do.
  await wait(BEGIN_MS)
  const latenciesMs: number[] = []
  const until = performance.now() + STORM_MS
  while (performance.now() < until) {
    latenciesMs.push(await healthy.time(words.call))
    await wait(5)
  }
  clearInterval(watching)
  for (const client of stuck) client.socket.destroy()
  healthy.end()
  await server.stop()
  const frameBytes = median(healthy.frames)
  return { latenciesMs, memoryKiB: mostMemory - memoryBefore, frameBytes }
}

/** Clients that read their greeting and then never again. */
async function connectStuck({ url }: RunningServer, greeting: string) {
  const { port } = new URL(url)
  const clients: Awaited<ReturnType<typeof connectRaw>>[] = []
  for (let at = 0; at < NEVER_READING; at += 1) {
    const client = await connectRaw(Number(port))
    client.write(Buffer.concat([Buffer.from(upgradeRequest()), clientFrame(greeting)]))
    await client.until((text) => text.includes('{"type":'))
    client.socket.pause()
    clients.push(client)
  }
  return clients
}

async function connectHealthy({ url }: RunningServer, greeting: string) {
  const socket = new WebSocket(url)
  const frames: number[] = []
  let answered: (() => void) | undefined
  socket.on("message", (data: Buffer) => {
    if (data.includes('"id":"call"')) answered?.()
    else frames.push(data.length)
  })
  await new Promise((resolve, reject) => {
    socket.on("open", resolve)
    socket.on("error", reject)
  })
  socket.send(greeting)
  return {
    frames,
    send: (text: string) => socket.send(text),
    end: () => socket.terminate(),
    async time(call: string): Promise<number> {
      const from = performance.now()
      const { promise, resolve } = Promise.withResolvers<void>()
      answered = resolve
      socket.send(call)
      await promise
      return performance.now() - from
    },
  }
}

function report(own: Measured, baseline: Measured): void {
  const late = (values: readonly number[]) =>
    [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN
  const rows = [
    ["median", median(own.latenciesMs), median(baseline.latenciesMs)],
    ["99th percentile", late(own.latenciesMs), late(baseline.latenciesMs)],
  ] as const
  for (const [name, ownMs, bareMs] of rows) {
    const ratio = ownMs / bareMs
    process.stdout.write(
      `answer to a healthy client beside ${NEVER_READING} that do not read, ${name}: ` +
        `${ownMs.toFixed(1)} ms beside ${bareMs.toFixed(1)} ms, ratio ${ratio.toFixed(2)} ` +
        `(at most ${MOST_RATIO}${ratio <= MOST_RATIO ? "" : ", MISSED"})\n`,
    )
  }
  process.stdout.write(
    `memory that the storm took: ${(own.memoryKiB / 1_024).toFixed(0)} MB beside ` +
      `${(baseline.memoryKiB / 1_024).toFixed(0)} MB (at most 64 MB` +
      `${own.memoryKiB <= MOST_MEMORY_KIB ? "" : ", MISSED"})\n`,
  )
}
