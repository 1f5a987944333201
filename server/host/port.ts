// Who listens on a TCP port, as `lsof` tells, and how to make them leave (`--force`).

import { execFile } from "node:child_process"
import { createServer } from "node:net"
import { type Clock, pause } from "./clock.ts"
import { FatalError } from "./errors.ts"

export interface Listener {
  readonly pid: number
  readonly command: string
}

export interface FindListenersOptions {
  readonly timeoutMs: number
  /** The program to ask; tests bring their own. */
  readonly lsof?: string
  /** Asks no longer: nobody is known to listen then. */
  readonly signal?: AbortSignal
}

/** Every process that listens on the port, never a mere client of it, and never this process. */
export async function findListeners(
  port: number,
  options: FindListenersOptions,
): Promise<readonly Listener[]> {
  const text = await runLsof(["-nPw", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"], options)
  const listeners = new Map<number, Listener>()
  let pid = 0
  for (const line of text.split("\n")) {
    if (line.startsWith("p")) pid = Number(line.slice(1))
    else if (line.startsWith("c") && isOther(pid)) {
      listeners.set(pid, { pid, command: line.slice(1) })
    }
  }
  return [...listeners.values()]
}

/** Anything below 2 would signal a whole group or init. */
function isOther(pid: number): boolean {
  return Number.isSafeInteger(pid) && pid > 1 && pid !== process.pid
}

function runLsof(
  args: readonly string[],
  { lsof = "lsof", signal, timeoutMs }: FindListenersOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, killSignal: "SIGKILL" as const, signal }
    execFile(lsof, args, options, (error, stdout, stderr) => {
      if (signal?.aborted) resolve("")
      else if (error === null) resolve(stdout)
      else if (error.code === "ENOENT") {
        reject(new FatalError("lsof not found; required for --force"))
      } else if (error.killed) {
        reject(new FatalError(`lsof did not answer within ${seconds(timeoutMs)}`))
      } else if (error.code === 1 && stderr.trim() === "") {
        // lsof's way of saying that there are none (or that one of them is gone already).
        resolve(stdout)
      } else reject(new FatalError(`lsof failed: ${firstLine(stderr) || error.message}`))
    })
  })
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0] ?? ""
}

export interface FreePortOptions extends FindListenersOptions {
  /** The address we want to listen on. */
  readonly host: string
  readonly waitMs: number
  readonly clock: Clock
  /** One line about what happens, for the person who waits. */
  readonly say: (line: string) => void
  /** How a process is told to leave; tests bring their own. */
  readonly kill?: (pid: number, signal: NodeJS.Signals) => void
}

const POLL_MS = 100

/**
 * Sends SIGTERM to whoever listens on the port and waits until it is free, `waitMs` in all; never SIGKILL.
 * Resolves with whom it told to leave, and at once when `signal` aborts: from then on nobody is told.
 * Rejects with a FatalError that names who stayed.
 */
export async function freePort(
  port: number,
  { host, waitMs, clock, say, kill = process.kill, ...options }: FreePortOptions,
): Promise<readonly Listener[]> {
  const deadline = clock.monotonic() + waitMs
  const listeners = await findListeners(port, options)
  if (options.signal?.aborted) return []
  if (listeners.length === 0) {
    // Only root is told about the processes of others.
    if ((await whyTaken(port, host)) === "EADDRINUSE") {
      throw new FatalError(
        `port ${port} is taken by a process that lsof does not show, such as another user's; ` +
          "end it as that user or as root, or choose another --port",
      )
    }
    say(`no listeners on port ${port}`)
    return []
  }
  const names = listeners.map(nameOf).join(", ")
  for (const listener of listeners) terminate(listener, kill)
  say(`sent SIGTERM to ${names}; waiting up to ${seconds(waitMs)} for port ${port}`)
  for (;;) {
    if (options.signal?.aborted || (await isPortFree(port, host))) return listeners
    if (clock.monotonic() >= deadline) break
    await pause(clock, Math.min(POLL_MS, deadline - clock.monotonic()), options.signal)
  }
  const left = await findListeners(port, options)
  throw new FatalError(
    `port ${port} is still taken by ${left.map(nameOf).join(", ") || names} ` +
      `${seconds(waitMs)} after SIGTERM; end it yourself or choose another --port`,
  )
}

function terminate(listener: Listener, kill: NonNullable<FreePortOptions["kill"]>): void {
  try {
    kill(listener.pid, "SIGTERM")
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined
    if (code === "ESRCH") return
    const why = code === "EPERM" ? "it belongs to another user" : String(error)
    throw new FatalError(`cannot end ${nameOf(listener)}: ${why}`, { cause: error })
  }
}

function nameOf({ pid, command }: Listener): string {
  return `pid ${pid} (${command})`
}

function seconds(ms: number): string {
  return `${ms / 1_000} s`
}

/** Whether we could listen there now. */
export async function isPortFree(port: number, host: string): Promise<boolean> {
  return (await whyTaken(port, host)) === undefined
}

/** What the system has against our listening there now. */
function whyTaken(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}
