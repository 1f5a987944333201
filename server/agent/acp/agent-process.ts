// A child process in a group of its own, so that ending the group ends whatever it started.

import { type ChildProcessByStdio, spawn } from "node:child_process"
import { once } from "node:events"
import type { Readable, Writable } from "node:stream"
import { type Clock, pause } from "../../host/clock.ts"
import type { AgentCommand } from "./command.ts"
import { createLastWords } from "./last-words.ts"

/** How long the pipes of a process that has ended may still deliver what it wrote. */
const DRAIN_MS = 200

export interface ProcessEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface AgentProcess {
  readonly pid: number
  readonly stdin: Writable
  readonly stdout: Readable
  /** Resolves once, when the process is gone and its output is read. */
  readonly ended: Promise<ProcessEnd>
  /** The end of what it wrote to its standard error, fit for people. */
  lastWords(): string
  /** To the whole group. */
  kill(signal: "SIGTERM" | "SIGKILL"): void
}

export interface SpawnOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Values that must not show in `lastWords`. */
  readonly secrets: readonly string[]
  readonly clock: Clock
}

/** Rejects with the error of the operating system if the program cannot be run. */
export async function spawnAgent(
  command: AgentCommand,
  { cwd, env, secrets, clock }: SpawnOptions,
): Promise<AgentProcess> {
  const child = spawn(command.file, [...command.args], {
    cwd,
    env: { ...env },
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  })
  await once(child, "spawn")
  const { pid } = child
  if (pid === undefined) throw new Error("the process has no id")

  const words = createLastWords(secrets)
  child.stderr.on("data", (chunk: Buffer) => words.add(chunk))
  // A broken pipe shows as the end of the process; without listeners it would end the gateway.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on("error", ignore)

  return {
    pid,
    stdin: child.stdin,
    stdout: child.stdout,
    ended: endOf(child, pid, clock),
    lastWords: () => words.read(),
    kill: (signal) => killGroup(pid, signal),
  }
}

async function endOf(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  pid: number,
  clock: Clock,
): Promise<ProcessEnd> {
  const closed = once(child, "close")
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null]
  // What the process started is of no use without it.
  killGroup(pid, "SIGKILL")
  // Something that left the group may hold the pipes for ever.
  await Promise.race([closed, pause(clock, DRAIN_MS)])
  child.stdin.destroy()
  child.stdout.destroy()
  child.stderr.destroy()
  return { code, signal }
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    // Nobody is left in the group; macOS says EPERM while the last one waits to be collected.
    const { code } = error as NodeJS.ErrnoException
    if (code !== "ESRCH" && code !== "EPERM") throw error
  }
}

function ignore(): void {
  return
}
