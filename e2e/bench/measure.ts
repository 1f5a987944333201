// Runs things many times, in turn, so that what the machine does besides falls on all of them alike.

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { createInterface } from "node:readline"

export interface RunningServer {
  readonly child: ChildProcess
  readonly url: string
  readonly startedAt: number
  stop(): Promise<void>
}

export interface ServerCommand {
  readonly argv: readonly [string, ...string[]]
  readonly environment?: Readonly<Record<string, string>>
}

/** Resolves as soon as the server has said where it listens. */
export async function startServer({ argv, environment }: ServerCommand): Promise<RunningServer> {
  const [program, ...args] = argv
  const startedAt = performance.now()
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  })
  let url = ""
  for await (const line of createInterface({ input: child.stdout })) {
    url = /^control +(ws:\S+)/.exec(line)?.[1] ?? url
    if (url !== "") break
  }
  child.stdout.resume()
  return {
    child,
    url,
    startedAt,
    async stop() {
      const gone = once(child, "exit")
      child.kill("SIGTERM")
      await gone
    },
  }
}

/** How long a command takes from its start to its end. */
export async function timeCommand({ argv, environment }: ServerCommand): Promise<number> {
  const [program, ...args] = argv
  const startedAt = performance.now()
  const child = spawn(program, args, {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, ...environment },
  })
  const [code] = await once(child, "exit")
  if (code !== 0) throw new Error(`${argv.join(" ")} ended with ${code}`)
  return performance.now() - startedAt
}

/** Resident memory of a process, in KiB. */
export function residentKiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8")
  return Number(/^VmRSS:\s+([0-9]+)/m.exec(status)?.[1])
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
