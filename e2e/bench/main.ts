// What the gateway costs, as ratios beside a bare `ws` server measured in the same run.
// Usage: pnpm bench [rounds]

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { WebSocket } from "ws"
import {
  median,
  type RunningServer,
  residentKiB,
  type ServerCommand,
  startServer,
  timeCommand,
} from "./measure.ts"

const ROOT = join(import.meta.dirname, "..", "..")
const SETTLE_MS = 3_000
const rounds = Number(process.argv[2] ?? 15)

const HELLO = JSON.stringify({
  type: "hello",
  minProtocol: 1,
  maxProtocol: 1,
  client: { name: "bench", version: "1", platform: "bench", mode: "bench" },
})

const stateDir = mkdtempSync(join(tmpdir(), "clawdis-bench-"))
const environment = { CLAWDIS_STATE_DIR: stateDir }
const clawdis = join(ROOT, "bin", "clawdis")
const gateway: ServerCommand = {
  argv: [clawdis, "gateway", "--port", "0", "--webchat-port", "0"],
  environment,
}
const bare: ServerCommand = {
  argv: [process.execPath, join(import.meta.dirname, "bare-server.js")],
}

try {
  await compareStarts()
  await compareCalls()
} finally {
  rmSync(stateDir, { recursive: true, force: true })
}

async function compareStarts(): Promise<void> {
  // The first start of each fills the compile cache.
  for (const command of [bare, gateway]) await (await startServer(command)).stop()
  const times: Record<"bare" | "gateway", number[]> = { bare: [], gateway: [] }
  const memory: Record<"bare" | "gateway", number[]> = { bare: [], gateway: [] }
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, command] of [
      ["bare", bare],
      ["gateway", gateway],
    ] as const) {
      const server = await startServer(command)
      times[name].push(await untilAnswered(server))
      if (round < 3) {
        await wait(SETTLE_MS)
        memory[name].push(residentKiB(server.child.pid ?? 0))
      }
      await server.stop()
    }
  }
  print("process start to the first answer", times, "ms", 3)
  print("resident memory when idle", memory, "KiB", 1.6)
}

async function untilAnswered({ startedAt, url }: RunningServer): Promise<number> {
  const socket = new WebSocket(url)
  await new Promise((resolve, reject) => {
    socket.on("open", () => socket.send(HELLO))
    socket.on("message", resolve)
    socket.on("error", reject)
  })
  const took = performance.now() - startedAt
  socket.terminate()
  return took
}

async function compareCalls(): Promise<void> {
  const bareServer = await startServer(bare)
  const gatewayServer = await startServer(gateway)
  const bareCall: ServerCommand = {
    argv: [process.execPath, join(import.meta.dirname, "bare-client.js"), bareServer.url],
  }
  const gatewayCall: ServerCommand = {
    argv: [clawdis, "gw:health", "--url", gatewayServer.url],
    environment,
  }
  const times: Record<"bare" | "gateway", number[]> = { bare: [], gateway: [] }
  for (const command of [bareCall, gatewayCall]) await timeCommand(command)
  for (let round = 0; round < rounds; round += 1) {
    times.bare.push(await timeCommand(bareCall))
    times.gateway.push(await timeCommand(gatewayCall))
  }
  await bareServer.stop()
  await gatewayServer.stop()
  print("gw:health beside a bare client's call", times, "ms", 2)
}

function print(
  what: string,
  values: Record<"bare" | "gateway", readonly number[]>,
  unit: string,
  atMost: number,
): void {
  const own = median(values.gateway)
  const baseline = median(values.bare)
  const ratio = own / baseline
  process.stdout.write(
    `${what}: ${own.toFixed(0)} ${unit} beside ${baseline.toFixed(0)} ${unit}, ` +
      `ratio ${ratio.toFixed(2)} (at most ${atMost}${ratio <= atMost ? "" : ", MISSED"})\n`,
  )
}
